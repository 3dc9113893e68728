"""What a fix would change of a text, as stretches to replace: for programs that offer it.

A proposal is what the fix does to the text as it is, by itself. Whether the service would be
the better for it is found out where fixes are tried (`mending`), not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from gravity_lint.edits import Replacement
from gravity_lint.findings.finding import Fix
from gravity_lint.fixing import PLAIN, House, apply
from gravity_lint.sources.spans import Span

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def replacements(text: str, fix: Fix, house: House = PLAIN) -> tuple[Replacement, ...]:
    """Return what *fix* replaces in *text*, in order; nothing where it cannot be carried out."""
    applied = apply(text, [fix], house)
    return tuple(_differences(text, applied.text)) if applied.done else ()


def carried_out(text: str, changes: tuple[Replacement, ...]) -> str:
    """Return *text* with *changes*, which are in order."""
    starts = [0]
    for line in _lines(text):
        starts.append(starts[-1] + len(line))
    for change in reversed(changes):
        span = change.span
        start = starts[span.line - 1] + span.column - 1
        end = starts[span.end_line - 1] + span.end_column - 1
        text = f"{text[:start]}{change.text}{text[end:]}"
    return text


def _differences(before: str, after: str) -> Iterator[Replacement]:
    """Yield what must be replaced in *before* to make *after* of it: whole lines, then less."""
    old, new = _lines(before), _lines(after)
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    middle = old[head : len(old) - tail], new[head : len(new) - tail]
    for kind, start, end, from_, to in SequenceMatcher(None, *middle, autojunk=False).get_opcodes():
        if kind != "equal":
            yield _trimmed(
                "".join(middle[0][start:end]), "".join(middle[1][from_:to]), head + start
            )


def _trimmed(before: str, after: str, line: int) -> Replacement:
    """Return the replacement of *before*, which begins at *line* (from 0), by *after*."""
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    end = len(before) - tail
    if before[head - 1 : head + 1] == "\r\n" or before[end - 1 : end + 1] == "\r\n":
        head = tail = 0  # no place lies within the end of a line
        end = len(before)
    return Replacement(
        Span(*_place(before, head, line), *_place(before, end, line)),
        after[head : len(after) - tail],
    )


def _lines(text: str) -> list[str]:
    """Return the lines of *text* with their ends, cut where Python's tokenizer cuts them."""
    return _LINE.findall(text)


def _place(text: str, offset: int, line: int) -> tuple[int, int]:
    lines = _lines(text[:offset])
    if not lines or lines[-1].endswith(("\n", "\r")):
        return line + len(lines) + 1, 1
    return line + len(lines), len(lines[-1]) + 1


def _common(one: str | list[str], other: str | list[str]) -> int:
    """Return how long the beginning is that *one* and *other* share."""
    shared = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        shared += 1
    return shared
