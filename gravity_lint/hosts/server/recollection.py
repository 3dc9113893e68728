"""What was told of a file while it parsed, for the moments in which somebody types a line of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from difflib import SequenceMatcher
from typing import Generic, TypeAlias, TypeVar

from lsprotocol import types as lsp

from gravity_lint.hosts.server.pages import Pages
from gravity_lint.model import Module
from gravity_lint.sources.source import split_lines

Item = TypeVar("Item", bound=lsp.CodeLens | lsp.DocumentSymbol)
Lines: TypeAlias = list[str]


class Recollection(Generic[Item]):
    """Remembers items of one kind by file; without it, they would come and go with each key."""

    def __init__(self, tell: Callable[[Module, Pages], list[Item]]) -> None:
        self._tell = tell
        self._known: dict[str, tuple[Lines, list[Item]]] = {}

    def of(self, module: Module, pages: Pages) -> list[Item]:
        """Return the items of *module*: where it does not parse, those before, on lines that stay.

        Called in the thread of the desk alone.
        """
        lines = split_lines(pages.text(module.path))
        if module.facts.fault is None:
            found = self._tell(module, pages)
            self._known[module.path] = lines, found
            return found
        before, known = self._known.get(module.path, ([], []))
        places = dict(_kept(before, lines))
        rows = [(item, _place(item).start.line) for item in known]
        return [_moved(item, places[line] - line) for item, line in rows if line in places]


def _kept(before: Lines, after: Lines) -> Iterator[tuple[int, int]]:
    """Yield the lines that stay, changed ones included, by number from 0: then and now."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind in ("equal", "replace"):
            for number in range(last - first):
                yield first + number, min(start + number, end - 1)


def _place(item: lsp.CodeLens | lsp.DocumentSymbol) -> lsp.Range:
    return item.selection_range if isinstance(item, lsp.DocumentSymbol) else item.range


def _moved(item: Item, lines: int) -> Item:
    moved = copy(item)
    moved.range = _below(item.range, lines)
    if isinstance(moved, lsp.DocumentSymbol):
        moved.selection_range = _below(moved.selection_range, lines)
    return moved


def _below(place: lsp.Range, lines: int) -> lsp.Range:
    start, end = place.start, place.end
    return lsp.Range(
        lsp.Position(max(start.line + lines, 0), start.character),
        lsp.Position(max(end.line + lines, 0), end.character),
    )
