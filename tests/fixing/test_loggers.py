"""Where a logger can become structlog's, and why it stays where it cannot.

The cases are in ``loggers.md``, in the grammar of the rules' own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cases
from tests.rules.test_cases import RULES, hold

CASES = cases.parse((Path(__file__).parent / "loggers.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", [pytest.param(x, id=f"{x.line} {x.title}") for x in CASES])
def test_case(case: Any) -> None:
    assert case.prose.strip()
    hold(RULES["stdlib-logger"], case)
