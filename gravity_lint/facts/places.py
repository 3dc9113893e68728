"""Where the nodes of a tree stand, in characters: `ast` counts the UTF-8 bytes of a line."""

import ast
from collections.abc import Sequence
from functools import cache
from typing import Any

from gravity_lint.sources.source import character_column
from gravity_lint.sources.spans import shape_of

_shape = cache(shape_of)
"""Gives the number of each shape once, for all places of that shape in all files."""


class Places:
    """The places of the nodes of one tree, whose file has these *lines*."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._ascii = [line.isascii() for line in lines]
        self._all_ascii = all(self._ascii)
        self._numbers = list(range(len(lines) + 2))
        """The number of each line once, for all places on it: `ast` makes another for every one."""
        self._forward: tuple[int, int] | None = None
        """The place of all nodes, while they come from a string or a field of an f-string."""

    def _column(self, line: int, offset: int) -> int:
        if line <= len(self._ascii) and self._ascii[line - 1]:
            return offset + 1
        return character_column(self._lines[line - 1] if line <= len(self._lines) else "", offset)

    def _place(self, node: Any) -> tuple[int, int]:
        """Return the line and the shape of *node* (`Span.place`)."""
        if self._forward is not None:
            return self._forward
        line, last = node.lineno, node.end_lineno
        first, end = node.col_offset + 1, node.end_col_offset + 1
        if not self._all_ascii:  # else bytes are characters
            first, end = self._column(line, first - 1), self._column(last, end - 1)
        return self._numbers[line], _shape(first, last - line, end)

    def _signature(self, node: Any) -> int:
        """Return the shape of what stands before the body of a definition."""
        line = node.lineno
        first = node.body[0]
        decorators = getattr(first, "decorator_list", None)
        behind = decorators[0].lineno if decorators else first.lineno
        last = line
        if isinstance(node, ast.ClassDef):
            parts: list[ast.AST] = [*node.bases, *(k.value for k in node.keywords)]
        else:
            a = node.args
            parts = [*a.posonlyargs, *a.args, *a.kwonlyargs, *a.defaults]
            parts += [x for x in (a.vararg, a.kwarg, node.returns, *a.kw_defaults) if x]
        for part in parts:
            last = max(last, getattr(part, "end_lineno", last))
        # The closing parenthesis and colon may stand on lines of their own.
        while last + 1 < behind and not self._lines[last - 1].split("#")[0].rstrip().endswith(":"):
            last += 1
        column = self._column(line, node.col_offset)
        return _shape(column, last - line, len(self._lines[last - 1].rstrip()) + 1)

    def _name_of(self, node: Any) -> int:
        """Return the shape of the name of a definition, which stands on its first line."""
        column = self._column(node.lineno, node.col_offset)
        text = self._lines[node.lineno - 1] if node.lineno <= len(self._lines) else ""
        keyword = "class" if isinstance(node, ast.ClassDef) else "def"
        at = text.find(keyword, column - 1)
        start = text.find(node.name, at + len(keyword)) if at >= 0 else -1
        if start < 0:
            return _shape(column, 0, column + 1)
        return _shape(start + 1, 0, start + 1 + len(node.name))
