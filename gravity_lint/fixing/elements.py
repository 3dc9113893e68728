"""Lists between parentheses: arguments of a call, names of an import, in the layout they have."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from gravity_lint.fixing.sheet import Sheet
from gravity_lint.fixing.splices import BEHIND, Splice


class Element(msgspec.Struct, frozen=True):
    """One element of a list, and where the comma behind it ends if there is one."""

    start: int
    end: int
    comma: int | None


class Listing:
    """The elements between the offsets *opening* and *closing*."""

    def __init__(
        self, sheet: Sheet, elements: Sequence[Element], opening: int, closing: int
    ) -> None:
        self._sheet = sheet
        self._elements = elements
        self._opening = opening
        self._closing = closing

    def change(
        self, added: Mapping[int, Sequence[str]], dropped: Collection[int] = ()
    ) -> list[Splice]:
        """Return what adds the texts of *added* and takes the elements *dropped* away.

        Each text goes behind the element with its index, with -1 to the front.
        """
        kept = [index for index in range(len(self._elements)) if index not in dropped]
        behind: dict[int, list[str]] = {}
        for index, texts in sorted(added.items()):
            anchor = max((k for k in kept if k <= index), default=-1)
            behind.setdefault(anchor, []).extend(texts)
        if not kept:
            return self._fill([text for texts in behind.values() for text in texts])
        splices = self._removals(kept)
        for anchor, texts in behind.items():
            if texts:
                splices += self._insertions(anchor, texts, kept)
        return splices

    def _fill(self, texts: Sequence[str]) -> list[Splice]:
        """Return what makes *texts* the only elements."""
        sheet = self._sheet
        if self._elements:
            first, last = self._elements[0], self._elements[-1]
            own_line = sheet.opens_line(first.start)
            between = f",{sheet.newline(first.start)}{sheet.indent(first.start)}"
            if texts:
                joined = (between if own_line else ", ").join(texts)
                return [Splice(first.start, last.end, joined)]
            return [Splice(self._opening, self._closing, "")]
        if not texts:
            return []
        inside = sheet.text[self._opening : self._closing]
        if not inside.strip():
            return [Splice(self._opening, self._closing, ", ".join(texts), BEHIND)]
        start = sheet.line_start(self._closing)
        indent, newline = sheet.indent(self._closing) + sheet.unit, sheet.newline(self._opening)
        return [Splice(start, start, "".join(f"{indent}{x},{newline}" for x in texts), BEHIND)]

    def _removals(self, kept: Sequence[int]) -> list[Splice]:
        splices = []
        for left, right in zip([-1, *kept], [*kept, None], strict=True):
            if right is not None and right - left > 1:
                start, end = self._elements[left + 1].start, self._elements[right].start
                splices.append(Splice(start, end, ""))
            elif right is None and left < len(self._elements) - 1:
                before, last = self._elements[left], self._elements[-1]
                if last.comma is not None and before.comma is not None:
                    splices.append(Splice(before.comma, last.comma, ""))
                else:
                    splices.append(Splice(before.end, last.end, ""))
        return splices

    def _insertions(self, anchor: int, texts: Sequence[str], kept: Sequence[int]) -> list[Splice]:
        sheet = self._sheet
        if anchor == -1:
            start = self._elements[kept[0]].start
            between = ", "
            if sheet.opens_line(start):
                between = f",{sheet.newline(start)}{sheet.indent(start)}"
            return [Splice(start, start, "".join(text + between for text in texts), BEHIND)]
        element = self._elements[anchor]
        becomes_last = anchor == kept[-1]
        last = self._elements[-1]
        comma = None if becomes_last and last.comma is None else element.comma
        end = element.end if comma is None else comma
        separator = " "
        if self._has_its_line(element):
            separator = f"{sheet.newline(element.start)}{sheet.indent(element.start)}"
        if comma is None:
            lines = "".join(f",{separator}{text}" for text in texts)
        else:
            lines = "".join(f"{separator}{text}," for text in texts)
        line_end = sheet.line_end(end)
        behind_comment = separator != " " and sheet.closes_line(end) and line_end > end
        if not behind_comment or (becomes_last and element is not last):
            return [Splice(end, end, lines, BEHIND)]
        if comma is not None:
            return [Splice(line_end, line_end, lines, BEHIND)]
        return [Splice(end, end, ",", BEHIND), Splice(line_end, line_end, lines[1:], BEHIND)]

    def _has_its_line(self, element: Element) -> bool:
        """Tell whether no other element stands on the lines of *element*."""
        sheet = self._sheet
        end = element.end if element.comma is None else element.comma
        if not sheet.text.startswith(")", self._closing):
            return False  # lines that a backslash joins
        alone = sheet.closes_line(end) or not sheet.text[end : self._closing].strip()
        return alone and sheet.opens_line(element.start)
