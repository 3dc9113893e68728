"""A concrete syntax tree printed: its code, and where in it each node stands.

libcst has providers of positions of its own. They count lines and columns token by token, which
takes longer than to parse, and its wrapper of metadata prints a tree once more for its code.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType

import libcst as cst
from libcst._nodes.internal import CodegenState


class Printing(CodegenState):
    """A printed tree; *places* gives the offsets of each of its *nodes*, by `id`.

    As with libcst's `PositionProvider`, blanks and parentheses around a node are no part of it.
    """

    def __init__(self, tree: cst.Module) -> None:
        """Print *tree*."""
        super().__init__(tree.default_indent, tree.default_newline)
        self.nodes: list[cst.CSTNode] = []
        self.places: dict[int, tuple[int, int]] = {}
        self.at = 0
        self._begun: list[int] = []
        tree._codegen(self)
        self.code = "".join(self.tokens)

    def note(self, node: cst.CSTNode, start: int, end: int) -> None:
        """Note that *node* stands from offset *start* to *end*."""
        if id(node) not in self.places:
            self.nodes.append(node)
        self.places[id(node)] = start, end

    # -- what libcst calls as it prints ----------------------------------------------------

    def add_indent_tokens(self) -> None:
        """Print the blanks with which a line begins."""
        self.tokens.extend(self.indent_tokens)
        self.at += sum(map(len, self.indent_tokens))

    def add_token(self, value: str) -> None:
        """Print *value*."""
        self.tokens.append(value)
        self.at += len(value)

    def before_codegen(self, node: cst.CSTNode) -> None:
        """Note where *node* begins."""
        self._begun.append(self.at)

    def after_codegen(self, node: cst.CSTNode) -> None:
        """Note where *node* stands if it has not said so itself."""
        start = self._begun.pop()
        if id(node) not in self.places:
            self.nodes.append(node)
            self.places[id(node)] = start, self.at

    def record_syntactic_position(  # type: ignore[override]
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> AbstractContextManager[None]:
        """Note that *node* is what is printed meanwhile, or what is from one node to another."""
        return _Syntax(self, node, start_node, end_node)


class _Syntax(AbstractContextManager[None]):
    """A node while it prints itself, without what is around it."""

    __slots__ = ("_end", "_node", "_printing", "_start", "_started")

    def __init__(
        self,
        printing: Printing,
        node: cst.CSTNode,
        start: cst.CSTNode | None,
        end: cst.CSTNode | None,
    ) -> None:
        self._printing, self._node, self._start, self._end = printing, node, start, end

    def __enter__(self) -> None:
        self._started = self._printing.at

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        printing, start, end = self._printing, self._start, self._end
        printing.note(
            self._node,
            self._started if start is None else printing.places[id(start)][0],
            printing.at if end is None else printing.places[id(end)][1],
        )
