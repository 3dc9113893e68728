"""An alias that leads back to itself is unknown, and no reason to stop."""

from __future__ import annotations

import pytest

import cases
from gravity_lint.configuration.settings import Settings
from gravity_lint.model.api.dependencies import metadata
from gravity_lint.model.api.schemas import unfold
from gravity_lint.model.code.types import annotated_type


@pytest.mark.parametrize(
    "code",
    [
        "A = B\nB = A\ndef f(a: A): ...\n",
        "class M:\n    A = A | None\n    def f(self, a: A): ...\n",
        "from typing import Annotated\nA = Annotated[A, 1]\ndef f(a: A): ...\n",
        'from typing import Union\nA = Union["A", int]\ndef f(a: A): ...\n',
        'A = dict[str, "A"] | list["A"]\ndef f(a: A): ...\n',
    ],
)
def test_circles_of_aliases(code: str) -> None:
    function = cases.service_of({"app/a.py": code}, Settings()).functions[-1]
    assert function.parent is not None
    annotation = function.parameters[-1].annotation
    annotated_type(function.parent, annotation)
    assert len(list(unfold(function.parent, annotation))) < 10
    assert len(metadata(function.parent, annotation)) < 10
