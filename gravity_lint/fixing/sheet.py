r"""One text as the fixes see it: its concrete syntax, and what stands where.

libcst gives the places of all tokens that `ast` forgets (commas, parentheses,
comments). Edits become splices of the text itself and the tree is never
printed, so whatever no edit touches stays as it is, to the last byte.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from operator import itemgetter

import libcst as cst

from gravity_lint.fixing.printing import Printing
from gravity_lint.sources.spans import Span

_LINE_END = re.compile(r"\r\n|\r|\n")
_FEED_LINE = re.compile(r"(?<![^\r\n])[ \t]*\f[ \t\f]*(?=[\r\n]|\Z)")
_LONE_RETURN = re.compile(r"\r(?!\n)")
_WIDTHS = (88, 100, 120)
_UNBREAKABLE = re.compile(r"[ \t]*(?:#|(?:\w+ ?[:=] ?)?[A-Za-z]{0,2}[\"'])")
_INDENT = re.compile(r"[ \t\f]*")


class MisfitError(Exception):
    """An edit cannot be carried out on this text; the message says why."""


class Sheet:
    """A text with its concrete syntax tree. Offsets count characters from 0."""

    def __init__(self, text: str, width: int | None = None) -> None:
        """Parse *text*; raises MisfitError if libcst does not read it as Python does.

        *width* is how long its lines may get, None where nobody says so.
        """
        self.text = text
        self._width = width
        ends = list(_LINE_END.finditer(text))
        self._starts = [0, *(end.end() for end in ends)]
        self._ends = [*(end.start() for end in ends), len(text)]
        # libcst drops form feeds, which are as good as blanks on lines of their own, ends no line
        # at a lone carriage return, and loses an empty line before blanks at the very end.
        legible = _FEED_LINE.sub(lambda found: " " * len(found[0]), text)
        legible = _LONE_RETURN.sub("\n", legible)
        legible = _without_rest(legible)
        try:
            tree = cst.parse_module(legible)
        except Exception as error:  # ParserSyntaxError, and whatever its native part raises
            raise MisfitError("the file cannot be parsed without loss") from error
        self.tree = tree
        printing = Printing(tree)
        if printing.code != legible:
            raise MisfitError("the file cannot be parsed without loss")
        self._nodes, self._places = printing.nodes, printing.places

    # -- places ---------------------------------------------------------------------------

    def offset(self, line: int, column: int) -> int:
        """Return the offset of *line* and *column*, both from 1."""
        if not 0 < line <= len(self._starts):
            raise MisfitError("it points behind the end of the file")
        return self._starts[line - 1] + column - 1

    def syntax_place(self, offset: int) -> tuple[int, int]:
        """Return line (from 1) and column (UTF-8 bytes, from 0) of *offset*, as `ast` does."""
        number = bisect_right(self._starts, offset)
        before = self.text[self._starts[number - 1] : offset]
        return number, len(before if before.isascii() else before.encode("utf-8", "surrogatepass"))

    def stretch(self, span: Span) -> tuple[int, int]:
        """Return the offsets of *span*."""
        return self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)

    def place(self, node: cst.CSTNode) -> tuple[int, int]:
        """Return the offsets between which *node* stands, without its own parentheses."""
        return self._places[id(node)]

    def source(self, node: cst.CSTNode) -> str:
        """Return the text of *node*."""
        start, end = self.place(node)
        return self.text[start:end]

    def line_start(self, offset: int) -> int:
        """Return where the line of *offset* begins."""
        return self._starts[bisect_right(self._starts, offset) - 1]

    def line_end(self, offset: int) -> int:
        """Return where the line of *offset* ends, before its newline."""
        return self._ends[bisect_right(self._starts, offset) - 1]

    def next_line(self, offset: int) -> int:
        """Return where the line after that of *offset* begins; the end of the text if none does."""
        number = bisect_right(self._starts, offset)
        return self._starts[number] if number < len(self._starts) else len(self.text)

    def before(self, offset: int) -> str:
        """Return what stands on the line before *offset*."""
        return self.text[self.line_start(offset) : offset]

    def after(self, offset: int) -> str:
        """Return what stands on the line from *offset* on."""
        return self.text[offset : self.line_end(offset)]

    def code_after(self, offset: int) -> str:
        """Return what stands on the line from *offset* on, without a comment and blanks."""
        end = self.line_end(offset)
        for start, _ in self.comments(offset, end + 1):
            end = min(end, start)
        return self.text[offset:end].rstrip()

    def opens_line(self, offset: int) -> bool:
        """Tell whether only blanks precede *offset* on its line."""
        return not self.before(offset).strip()

    def closes_line(self, offset: int) -> bool:
        """Tell whether at most a comment follows *offset* on its line."""
        return self.after(offset).lstrip()[:1] in ("", "#")

    def indent(self, offset: int) -> str:
        """Return the blanks with which the line of *offset* begins."""
        found = _INDENT.match(self.text, self.line_start(offset))
        return found.group() if found else ""

    @property
    def unit(self) -> str:
        """One step of the file's indentation."""
        return self.tree.default_indent

    def newline(self, offset: int) -> str:
        """Return the line ending that is in use around *offset*."""
        number = bisect_right(self._starts, offset) - 1
        for candidate in (number, number - 1):
            if 0 <= candidate < len(self._starts) - 1:
                return self.text[self._ends[candidate] : self._starts[candidate + 1]]
        return "\n"

    @cached_property
    def width(self) -> int:
        """How long the lines of the file may get, if nobody says to judge by those that it has."""
        if self._width is not None:
            return self._width
        long = [line for line in self._breakable if len(line) > _WIDTHS[0]]
        for width in _WIDTHS:
            if sum(len(line) > width for line in long) * 50 <= len(self._starts):
                return width
        return max(map(len, long))

    @property
    def _breakable(self) -> Iterator[str]:
        """The long lines that a formatter could break: comments and strings stay as they are."""
        texts: set[int] = set()
        for node in self.nodes(cst.SimpleString, cst.FormattedString):
            first, last = (bisect_right(self._starts, offset) for offset in self.place(node))
            if first != last:
                texts.update(range(first, last + 1))
        for number, (start, end) in enumerate(zip(self._starts, self._ends, strict=True), 1):
            if end - start > _WIDTHS[0] and number not in texts:
                line = self.code_after(start)
                if not _UNBREAKABLE.match(line):
                    yield line

    # -- nodes ----------------------------------------------------------------------------

    @cached_property
    def _by_stretch(self) -> dict[tuple[int, int], list[cst.CSTNode]]:
        kinds = (cst.BaseExpression, cst.BaseSmallStatement, cst.BaseCompoundStatement)
        found: dict[tuple[int, int], list[cst.CSTNode]] = {}
        for node in self.nodes(*kinds):
            match node:
                case cst.Call(args=[cst.Arg(value=cst.GeneratorExp(lpar=[]) as generator)]):
                    # `ast` lends a lone generator the parentheses of its call.
                    _, end = self.place(node)
                    start, _ = self.place(node.whitespace_before_args)
                    found.setdefault((start - 1, end), []).append(generator)
                case (
                    cst.Tuple(lpar=[*_, left], rpar=[right, *_])
                    | cst.GeneratorExp(lpar=[*_, left], rpar=[right, *_])
                ):
                    key = (self.place(left)[0], self.place(right)[1])
                    found.setdefault(key, []).append(node)
            found.setdefault(self.place(node), []).append(node)
        return found

    def expressions(self, span: Span) -> list[cst.BaseExpression]:
        """Return what stands exactly at *span*."""
        nodes = self._by_stretch.get(self.stretch(span), ())
        return [node for node in nodes if isinstance(node, cst.BaseExpression)]

    def expression(self, span: Span, code: str = "") -> cst.BaseExpression:
        """Return the expression at *span*; *code* inside the f-string at one without length."""
        if span.empty:
            return self._inside(self.offset(span.line, span.column), code)
        for node in self.expressions(span):
            return node
        raise MisfitError("there is no such expression any more")

    def _inside(self, start: int, code: str) -> cst.BaseExpression:
        """Return the expression *code* in the f-string that begins at *start*."""
        if not code:
            raise MisfitError("it stands inside a string, where this fix cannot write")
        kinds = (cst.FormattedString, cst.ConcatenatedString)
        strings = [node for kind in kinds for node in self.nodes(kind)]
        whole = [node for node in strings if self.place(node)[0] == start]
        wanted = _dumped(code)
        if not whole or wanted is None:
            raise MisfitError("there is no such string any more")
        below: list[cst.CSTNode] = [max(whole, key=lambda node: self.place(node)[1])]
        found: list[cst.BaseExpression] = []
        shown = False
        for node in below:
            below += _children(node)
            if isinstance(node, cst.BaseExpression) and _dumped(self.source(node)) == wanted:
                found.append(node)
            shown = shown or (isinstance(node, cst.FormattedStringExpression) and bool(node.equal))
        if shown:
            raise MisfitError("it stands inside a string that shows its code (`=`)")
        if len(found) > 1:
            raise MisfitError("it stands inside a string that says the same several times")
        if not found:
            raise MisfitError("where it stands inside of its string is not certain")
        return found[0]

    def statement(self, span: Span) -> tuple[int, int]:
        """Return the offsets of the statement at *span*, which has its lines for itself.

        An import is found by one of its names as well.
        """
        start, end = self._import_around(*self.stretch(span))
        nodes = self._by_stretch.get((start, end), ())
        if not any(
            isinstance(n, cst.BaseSmallStatement | cst.BaseCompoundStatement) for n in nodes
        ):
            raise MisfitError("there is no such statement any more")
        if not (self.opens_line(start) and self.closes_line(end)):
            raise MisfitError("the statement shares its line with others")
        return start, end

    def _import_around(self, start: int, end: int) -> tuple[int, int]:
        """Return where the import stands that has a name from *start* to *end*; else just these."""
        for node in self.nodes(cst.Import, cst.ImportFrom):
            first, last = self.place(node)
            if first <= start and end <= last:
                return first, last
        return start, end

    def definition(self, span: Span) -> cst.FunctionDef | cst.ClassDef:
        """Return the function or class whose ``def`` or ``class`` statement stands at *span*."""
        for node in self._by_stretch.get(self.stretch(span), ()):
            if isinstance(node, cst.FunctionDef | cst.ClassDef):
                return node
        raise MisfitError("there is no such definition any more")

    @cached_property
    def _by_kind(self) -> dict[type, list[tuple[int, cst.CSTNode]]]:
        """All nodes by their kind, each with its number; asking each for its bases takes long."""
        found: dict[type, list[tuple[int, cst.CSTNode]]] = {}
        for row in enumerate(self._nodes):
            found.setdefault(type(row[1]), []).append(row)
        return found

    def nodes(self, *kinds: type) -> list[cst.CSTNode]:
        """Return all nodes of some *kinds*, in the order of their places."""
        own = [rows for kind, rows in self._by_kind.items() if issubclass(kind, kinds)]
        return [node for _, node in sorted(chain(*own), key=itemgetter(0))]

    @cached_property
    def _logical_lines(self) -> list[tuple[int, int]]:
        found = []
        for node in self.nodes(cst.SimpleStatementLine, cst.Decorator, cst.FunctionDef):
            match node:
                case cst.SimpleStatementLine(body=[first, *_, last]):
                    found.append((self.place(first)[0], self.place(last)[1]))
                case cst.SimpleStatementLine(body=[only]):
                    found.append(self.place(only))
                case cst.Decorator():
                    found.append(self.place(node))
                case cst.FunctionDef(whitespace_before_colon=blank):
                    found.append((self.place(node)[0], self.place(blank)[1] + 1))
        return sorted(found)

    def logical_line(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the offsets of the statement, decorator or header in which *start* to *end* lies.

        Only of one that begins its line; None if there is none.
        """
        place = bisect_right(self._logical_lines, (start, len(self.text) + 1)) - 1
        if place < 0:
            return None
        found = self._logical_lines[place]
        return found if end <= found[1] and self.opens_line(found[0]) else None

    @cached_property
    def _clauses(self) -> dict[int, cst.CSTNode]:
        clauses = self.nodes(cst.ExceptHandler, cst.ExceptStarHandler)
        return {self.place(node)[0]: node for node in clauses}

    def clause(self, span: Span) -> int:
        """Return the offset of the except clause at *span*."""
        start, _ = self.stretch(span)
        if start not in self._clauses:
            raise MisfitError("there is no such except clause any more")
        return start

    @cached_property
    def _parents(self) -> dict[cst.CSTNode, cst.CSTNode]:
        return {child: node for node in self._nodes for child in _children(node)}

    def parent(self, node: cst.CSTNode) -> cst.CSTNode:
        """Return the node around *node*."""
        return self._parents[node]

    @cached_property
    def _comments(self) -> list[tuple[int, int]]:
        return sorted(map(self.place, self.nodes(cst.Comment)))

    def comments(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the places of the comments that begin between *start* and *end*."""
        place = bisect_left(self._comments, (start, start))
        return [found for found in self._comments[place:] if found[0] < end]

    @cached_property
    def syntax(self) -> ast.Module:
        """The tree that Python itself makes of the text."""
        return ast.parse(self.text)


def _without_rest(text: str) -> str:
    """Return *text* up to the end of its last line that is not blank."""
    code = text.rstrip(" \t\r\n")
    end = _LINE_END.search(text, len(code))
    return text if end is None or code.endswith("\\") else text[: end.end()]


def _dumped(code: str) -> str | None:
    """Return what tells the expression *code* from others; None if it is none."""
    try:
        return ast.dump(ast.parse(f"({code}\n)", mode="eval"))
    except (SyntaxError, ValueError):
        return None


_FIELDS: dict[type[cst.CSTNode], tuple[str, ...]] = {}


def _children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the nodes that *node* holds; its own property of that name walks all that is below."""
    kind = type(node)
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(field.name for field in dataclasses.fields(node))
    for name in _FIELDS[kind]:
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, list | tuple):
            yield from (item for item in value if isinstance(item, cst.CSTNode))
