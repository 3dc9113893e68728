"""A fix that is not offered says why, and the finding carries the words."""

from __future__ import annotations

from typing import Any

import pytest

import cases
from gravity_lint.configuration.settings import Settings
from gravity_lint.edits import ReplaceExpression
from gravity_lint.model.code.subjects import place
from gravity_lint.model.logs.calls import LogCall, log_calls
from gravity_lint.rule import (
    UNTOLD,
    Answer,
    Applicability,
    Edits,
    Rule,
    Scope,
    Severity,
    Violation,
    Withheld,
    rule,
)

CODE = "import structlog\n\nlogger = structlog.get_logger()\nlogger.info('begun')\n"


def answering(edits: Any) -> Rule[LogCall]:
    """Return a rule that minds every log call, and whose fix answers what *edits* returns."""

    @rule(
        code="GRV999",
        severity=Severity.WARNING,
        scope=Scope.FILE,
        pattern="",
        subjects=log_calls,
    )
    def check(call: LogCall) -> Answer:
        return Violation("minded")

    if edits is not None:

        @check.fix(Applicability.SAFE)
        def fix(call: LogCall) -> Edits:
            found: Edits = edits(call)
            return found

    return check


@pytest.mark.parametrize(
    ("edits", "withheld"),
    [
        (None, None),
        (lambda call: None, UNTOLD),
        (lambda call: (), UNTOLD),
        (lambda call: Withheld(f"held at {place(call.module, call.span)}"), "held at app/a.py:4"),
        (lambda call: (ReplaceExpression(call.span, "done()"),), None),
    ],
)
def test_a_finding_has_a_fix_or_a_reason(edits: Any, withheld: str | None) -> None:
    (found,) = cases.lint(answering(edits), {"app/a.py": CODE}, Settings())
    assert found.withheld == withheld
    assert (found.fix is None) is (edits is None or withheld is not None)
