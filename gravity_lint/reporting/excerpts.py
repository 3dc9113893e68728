"""Pieces of source text with a span marked, safe to put on any terminal."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gravity_lint.reporting.text import visible_code
from gravity_lint.sources.spans import Span

_LINE_END = re.compile(r"\r\n|\r|\n")
_WHOLE = 3
"""Spans of up to this many lines are shown in full, longer ones by their first and last line."""
_ELLIPSIS = "..."
_TAB = "    "
_LEAST = 20


class Row(NamedTuple):
    """One line of an excerpt; *number* is None for the lines left out, which *text* counts.

    *start* and *length* are the cells of the line to be underlined.
    """

    number: int | None
    text: str
    start: int = 0
    length: int = 0


def split(text: str) -> list[str]:
    """Return the lines of *text* as Python counts them: form feeds and the like end none."""
    return _LINE_END.split(text)


def excerpt(lines: Sequence[str], span: Span, width: int) -> Iterator[Row]:
    """Yield the rows that show *span* of the file made of *lines*, at most *width* cells wide.

    A span that lies outside the file has no rows.
    """
    last = min(span.end_line, len(lines))
    if not 1 <= span.line <= last:
        return
    left_out = last - span.line - 1
    for number in range(span.line, last + 1):
        if last - span.line >= _WHOLE and span.line < number < last:
            if number == span.line + 1:
                yield Row(None, f"{_ELLIPSIS} {left_out} lines {_ELLIPSIS}")
            continue
        line = lines[number - 1]
        start = span.column - 1 if number == span.line else len(line) - len(line.lstrip())
        end = span.end_column - 1 if number == span.end_line else len(line.rstrip())
        yield _row(number, line, start, end, max(width, _LEAST))


def _row(number: int, line: str, start: int, end: int, width: int) -> Row:
    start = min(max(start, 0), len(line))
    end = min(max(end, start), len(line))
    # A line may be a megabyte of generated text: look only at what can be in view.
    first, last = max(0, start - width), min(len(line), start + width)
    first, last = _window(line, first, last, start, end, width)
    before = _ELLIPSIS if first else ""
    after = _ELLIPSIS if last < len(line) else ""
    lead = before + _display(line[first:start])
    marked = _display(line[start : min(end, last)])
    text = lead + marked + _display(line[max(start, min(end, last)) : last]) + after
    return Row(number, text, _cells(lead), max(_cells(marked), 1))


def _window(line: str, first: int, last: int, start: int, end: int, width: int) -> tuple[int, int]:
    """Return what part of *line* to show: all that fits, the start of the marked part first."""
    if first == 0 and last == len(line) and _cells(_display(line)) <= width:
        return first, last
    room = width - 2 * len(_ELLIPSIS)
    widths = [_cells(_display(character)) for character in line[first:last]]
    marked = sum(widths[start - first : end - first])
    # As much as is left over by the marked part comes before it, but at least some context.
    context = max(room - marked, room // 4)
    left = start
    while left > first and widths[left - 1 - first] <= context:
        left -= 1
        context -= widths[left - first]
    used = sum(widths[left - first : start - first])
    right = start
    while right < last and used + widths[right - first] <= room:
        used += widths[right - first]
        right += 1
    return left, right


def _display(text: str) -> str:
    return visible_code(text.replace("\t", _TAB))


def _cells(text: str) -> int:
    """Return how many cells of a terminal *text* takes up, which is `_display`ed."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # few lines of code need it

    return cell_len(text)
