"""Where the nodes of a tree stand, in characters: `ast` counts the UTF-8 bytes of a line."""

import ast
from collections.abc import Sequence
from typing import Any

from gravity_lint.sources.source import character_column
from gravity_lint.sources.spans import Span


class Places:
    """The places of the nodes of one tree, whose file has these *lines*."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._ascii = [line.isascii() for line in lines]
        self._all_ascii = all(self._ascii)
        self._numbers = list(range(len(lines) + 2))
        """The number of each line once, for all places on it: `ast` makes another for every one."""
        self._forward: Span | None = None
        """The place of all nodes, while they come from a string or a field of an f-string."""

    def _column(self, line: int, offset: int) -> int:
        if line <= len(self._ascii) and self._ascii[line - 1]:
            return offset + 1
        return character_column(self._lines[line - 1] if line <= len(self._lines) else "", offset)

    def _span(self, node: Any) -> Span:
        if self._forward is not None:
            return self._forward
        line, last = self._numbers[node.lineno], self._numbers[node.end_lineno]
        # As nearly all lines are: bytes are characters there.
        if self._all_ascii or (line == last <= len(self._ascii) and self._ascii[line - 1]):
            return Span(line, node.col_offset + 1, last, node.end_col_offset + 1)
        first, end = self._column(line, node.col_offset), self._column(last, node.end_col_offset)
        return Span(line, first, last, end)

    def _whole(self, node: Any) -> Span:
        own = self._span(node)
        if not node.decorator_list:
            return own
        first = self._span(node.decorator_list[0])
        return Span(first.line, max(1, first.column - 1), own.end_line, own.end_column)

    def _signature(self, node: Any) -> Span:
        own = self._span(node)
        first = node.body[0]
        decorators = getattr(first, "decorator_list", None)
        line = decorators[0].lineno if decorators else first.lineno
        last = own.line
        if isinstance(node, ast.ClassDef):
            parts: list[ast.AST] = [*node.bases, *(k.value for k in node.keywords)]
        else:
            a = node.args
            parts = [*a.posonlyargs, *a.args, *a.kwonlyargs, *a.defaults]
            parts += [x for x in (a.vararg, a.kwarg, node.returns, *a.kw_defaults) if x]
        for part in parts:
            last = max(last, getattr(part, "end_lineno", last))
        # The closing parenthesis and colon may stand on lines of their own.
        while last + 1 < line and not self._lines[last - 1].split("#")[0].rstrip().endswith(":"):
            last += 1
        return Span(own.line, own.column, last, len(self._lines[last - 1].rstrip()) + 1)

    def _name_span(self, node: Any) -> Span:
        own = self._span(node)
        text = self._lines[own.line - 1] if own.line <= len(self._lines) else ""
        keyword = "class" if isinstance(node, ast.ClassDef) else "def"
        at = text.find(keyword, own.column - 1)
        start = text.find(node.name, at + len(keyword)) if at >= 0 else -1
        if start < 0:
            return Span(own.line, own.column, own.line, own.column + 1)
        return Span(own.line, start + 1, own.line, start + 1 + len(node.name))
