"""Where something stands in a text, for the edits of tests."""

from __future__ import annotations

import re

from gravity_lint.edits import Edit
from gravity_lint.findings.finding import Fix
from gravity_lint.findings.severities import Applicability
from gravity_lint.fixing import Applied, apply
from gravity_lint.sources.spans import Span


def at(text: str, part: str, number: int = 1) -> Span:
    """Return the span of the *number*th occurrence of *part* in *text*."""
    start = -1
    for _ in range(number):
        start = text.index(part, start + 1)
    return Span(*_place(text, start), *_place(text, start + len(part)))


def _place(text: str, offset: int) -> tuple[int, int]:
    lines = re.split(r"\r\n|\r|\n", text[:offset])
    return len(lines), len(lines[-1]) + 1


def fix(*edits: Edit) -> Fix:
    """Return a fix of *edits*."""
    return Fix(Applicability.SAFE, edits)


def mended(text: str, *edits: Edit) -> str:
    """Return *text* after one fix of *edits*, which must be applied."""
    applied = apply(text, [fix(*edits)])
    assert applied.done == (0,), applied.failed
    return applied.text


def refused(text: str, *edits: Edit) -> str:
    """Return why a fix of *edits* is not applied."""
    applied: Applied = apply(text, [fix(*edits)])
    assert applied.text == text
    return applied.failed[0]
