"""Changes to a text as stretches to replace: when two get along, and what they make of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

import msgspec

IMPORT, BEFORE, WITHIN, BEHIND, IMPORT_BELOW, BELOW = range(6)


class Splice(msgspec.Struct, frozen=True, order=True):
    """*text* in place of what stands from offset *start* to *end*.

    *rank* orders what is inserted at one offset: imports and other whole lines that go before it,
    what belongs to the expression there, what goes behind that (an element), whole lines below it.
    Splices of one *group* (the arguments of one call) have been fitted to each
    other and never conflict. *loses_comments*: it may.
    """

    start: int
    end: int
    text: str
    rank: int = WITHIN
    group: int = 0
    loses_comments: bool = False

    @property
    def inserts(self) -> bool:
        """Tell whether this takes nothing away."""
        return self.start == self.end

    def conflicts(self, other: Splice) -> bool:
        """Tell whether the outcome would depend on which of the two comes first."""
        if self == other or (self.group and self.group == other.group):
            return False
        if self.inserts and other.inserts:
            return self.start == other.start and self.rank == other.rank
        if self.inserts or other.inserts:
            point, stretch = (self, other) if self.inserts else (other, self)
            if point.rank != WITHIN:
                return stretch.start < point.start < stretch.end
            return stretch.start <= point.start <= stretch.end
        return self.start < other.end and other.start < self.end


class Splices:
    """Splices that get along with each other, in the order of the text."""

    def __init__(self, splices: Iterable[Splice] = ()) -> None:
        self._sorted: list[Splice] = []
        for splice in splices:
            self.add(splice)

    def add(self, splice: Splice) -> None:
        """Take *splice*, which conflicts with none, unless it is there already."""
        place = bisect_left(self._sorted, splice)
        if self._sorted[place : place + 1] != [splice]:
            self._sorted.insert(place, splice)

    def conflict(self, splice: Splice) -> bool:
        """Tell whether *splice* conflicts with one of these."""
        place = bisect_left(self._sorted, splice)
        for other in self._sorted[place:]:
            if other.start > splice.end:
                break
            if splice.conflicts(other):
                return True
        for other in reversed(self._sorted[:place]):
            if splice.conflicts(other):
                return True
            if other.end < splice.start:
                break
        return False

    def __iter__(self) -> Iterator[Splice]:
        return iter(self._sorted)

    def carry_out(self, text: str, start: int = 0, end: int | None = None) -> str:
        """Return what stands from *start* to *end* of *text*, where all splices are, with them."""
        parts: list[str] = []
        done = start
        for splice in sorted(self._sorted, key=lambda s: (s.start, s.end, s.rank)):
            parts += (text[done : splice.start], splice.text)
            done = splice.end
        return "".join((*parts, text[done:end]))
