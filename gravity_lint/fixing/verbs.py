"""What each verb does to a text: edits in, splices out."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Sequence

import libcst as cst
import msgspec

from gravity_lint import edits as e
from gravity_lint.fixing.elements import Element, Listing
from gravity_lint.fixing.expressions import fitted
from gravity_lint.fixing.sheet import MisfitError, Sheet
from gravity_lint.fixing.splices import BEFORE, BELOW, Splice
from gravity_lint.sources.spans import Span

_STEP = "    "
_WORD = re.compile(r"\w+")
_ENDING = frozenset("'\"\\#{}\r\n")
"""What may not be written inside an f-string, whatever its quotes."""


class Arguments:
    """What is to become of the arguments of one call."""

    def __init__(self, sheet: Sheet, call: cst.Call) -> None:
        self._sheet = sheet
        self._call = call
        self._opening, _ = sheet.place(call.whitespace_before_args)
        self._closing = sheet.place(call)[1] - 1
        self._elements = [_element(sheet, argument) for argument in call.args]
        self.values: dict[str, str] = {}
        self.leading = False
        self.dropped: set[int] = set()
        self.exchanged: dict[int, tuple[str, ...]] = {}

    @property
    def key(self) -> int:
        """What tells this call from the others of the file."""
        return self._opening

    def set(self, name: str, text: str, leading: bool) -> None:
        """Give the call the keyword argument ``name=text``, before its others when *leading*."""
        self.leading = self.leading or leading
        if self.values.setdefault(name, text) != text:
            raise MisfitError(f"it sets `{name}` twice")

    def drop(self, span: Span) -> None:
        """Take the argument away whose value, with its star if it has one, stands at *span*."""
        self.dropped.add(self._index(span))

    def exchange(self, span: Span, texts: tuple[str, ...]) -> None:
        """Put the arguments *texts* where the one at *span* stands."""
        self.exchanged[self._index(span)] = texts

    def _index(self, span: Span) -> int:
        values, stretch = self._sheet.expressions(span), self._sheet.stretch(span)
        for index, argument in enumerate(self._call.args):
            if argument.value in values or self._sheet.place(argument) == stretch:
                return index
        raise MisfitError("there is no such argument any more")

    def agrees(self, other: Arguments) -> bool:
        """Tell whether both changes to the same call can be made at once."""
        mine, others = (self.dropped, self.exchanged), (other.dropped, other.exchanged)
        if any(mine) or any(others):
            return mine == others and self.values == other.values
        return all(other.values.get(name, text) == text for name, text in self.values.items())

    def join(self, other: Arguments) -> None:
        """Take over what *other*, which agrees, wants done."""
        self.values.update(other.values)

    def splices(self) -> list[Splice]:
        """Return the changes as a group of splices."""
        present = {
            argument.keyword.value: index
            for index, argument in enumerate(self._call.args)
            if argument.keyword is not None and index not in self.dropped
        }
        splices: list[Splice] = []
        fresh: list[str] = []
        for name, text in self.values.items():
            if name in present:
                value = self._call.args[present[name]].value
                splices.append(Splice(*self._sheet.place(value), fitted(self._sheet, value, text)))
            else:
                fresh.append(f"{name}={text}")
        for index, texts in self.exchanged.items():
            splices.append(self._seated(self._elements[index], texts))
        dropped = set(self.dropped)
        seat = self._seat() if fresh else None
        if seat is not None:
            dropped.discard(seat)
            splices.append(self._seated(self._elements[seat], fresh))
            fresh = []
        last = len(self._elements) - 1
        if self.leading:
            last = sum(
                argument.keyword is None and not argument.star for argument in self._call.args
            )
            last -= 1
        listing = Listing(self._sheet, self._elements, self._opening, self._closing)
        if fresh and last >= 0 and last not in dropped:
            splices += self._enclosed_generator()
        splices += listing.change({last: fresh} if fresh else {}, dropped)
        return [msgspec.structs.replace(splice, group=self.key + 1) for splice in splices]

    def _seat(self) -> int | None:
        """Return which dropped argument new keywords can take the place of, None: none."""
        seat = None
        for index, argument in enumerate(self._call.args):
            if index in self.dropped:
                seat = index if seat is None else seat
            elif argument.keyword is None and argument.star != "**":
                seat = None
        return seat

    def _seated(self, element: Element, texts: Sequence[str]) -> Splice:
        between = ", "
        if self._sheet.opens_line(element.start):
            newline = self._sheet.newline(element.start)
            between = f",{newline}{self._sheet.indent(element.start)}"
        return Splice(element.start, element.end, between.join(texts))

    def _enclosed_generator(self) -> list[Splice]:
        match self._call.args:
            case [cst.Arg(value=cst.GeneratorExp(lpar=[]) as generator)]:
                start, end = self._sheet.place(generator)
                return [Splice(start, start, "("), Splice(end, end, ")")]
        return []


def _names(text: str) -> set[str]:
    """Return the names that *text*, an expression or statements, reads and does not bind."""
    try:
        tree = ast.parse(text.strip())
    except (SyntaxError, ValueError):
        return set()
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    stored = {x.id for x in names if not isinstance(x.ctx, ast.Load)}
    return {x.id for x in names} - stored


def _element(sheet: Sheet, node: cst.Arg) -> Element:
    start, end = sheet.place(node)
    comma = sheet.place(node.comma)[1] if isinstance(node.comma, cst.Comma) else None
    return Element(start, end, comma)


class Draft:
    """What one fix does to a text.

    Raises MisfitError where it cannot be done as a whole.
    """

    def __init__(self, sheet: Sheet, edits: Iterable[e.Edit]) -> None:
        self._sheet = sheet
        self.calls: dict[int, Arguments] = {}
        self.own: list[Splice] = []
        self.added: list[e.AddImport] = []
        self.written: set[tuple[str, int]] = set()
        self.removed: list[e.RemoveImport] = []
        for edit in edits:
            self._plan(edit)
        splices: list[Splice] = []
        for splice in self.splices():
            if any(splice.conflicts(other) for other in splices):
                raise MisfitError("its edits overlap")
            splices.append(splice)
            self._spare_comments(splice)

    def splices(self) -> list[Splice]:
        """Return all changes but those to imports."""
        return [*self.own, *(s for change in self.calls.values() for s in change.splices())]

    def _plan(self, edit: e.Edit) -> None:
        sheet = self._sheet
        match edit:
            case e.ReplaceExpression(at, text) | e.ReplaceDecorator(at, text):
                code = edit.code if isinstance(edit, e.ReplaceExpression) else ""
                node = sheet.expression(at, code)
                text = self._broken(text, at)
                self.own.append(Splice(*sheet.place(node), fitted(sheet, node, text)))
                self._write(text, *sheet.place(node))
            case e.WrapExpression(at, before, after):
                node = sheet.expression(at)
                self._wrap(node, self._broken(before, at), self._broken(after, at))
                self._write(f"{before}0{after}", *sheet.place(node))
            case e.SetKeyword(call, name, text, leading, code):
                self._arguments(call, code).set(name, self._broken(text, call), leading)
                self._write(text, *sheet.stretch(call))
            case e.RemoveArgument(call, argument):
                self._arguments(call).drop(argument)
            case e.ReplaceArgument(call, argument, texts):
                broken = tuple(self._broken(text, call) for text in texts)
                self._arguments(call).exchange(argument, broken)
                for text in texts:
                    self._write(text, *sheet.stretch(call))
            case e.SetReturns(function, text):
                definition = self._function(function)
                self._set_returns(definition, text)
                self._write(text, sheet.place(definition)[0])
            case e.MakeAsync(function):
                definition = self._function(function)
                if definition.asynchronous is None:
                    start, _ = sheet.place(definition)
                    self.own.append(Splice(start, start, "async "))
            case e.AddDecorator(at, text, innermost):
                decorated = sheet.definition(at)
                self._add_decorator(decorated, text, innermost)
                self._write(text, sheet.place(decorated)[0])
            case e.InsertHandler(before, text):
                clause = sheet.clause(before)
                self._insert_handler(clause, text)
                self._write(f"try: ...\n{textwrap.dedent(text)}", clause)
            case e.InsertStatement(after, text):
                start, end = sheet.statement(after)
                self._insert_statement(start, end, text)
                self._write(textwrap.dedent(text), end)
            case e.ReplaceComment(line, text):
                self._replace_comment(sheet.offset(line, 1), text)
            case e.AddImport():
                self.added.append(edit)
            case e.RemoveImport():
                self.removed.append(edit)

    def _broken(self, text: str, at: Span) -> str:
        """Return *text* with its lines ended as those of the file are.

        Inside a string it must not end that, nor hold what Python before 3.12 does not read there.
        """
        if at.empty and not _ENDING.isdisjoint(text):
            raise MisfitError("what it would write does not fit into the string around it")
        return text.replace("\n", self._sheet.newline(self._sheet.stretch(at)[0]))

    def _write(self, text: str, start: int, end: int | None = None) -> None:
        """Note the names that *text* reads, but for those that stand from *start* to *end* now."""
        names = _names(text)
        if end is not None:
            names -= set(_WORD.findall(self._sheet.text, start, end))
        self.written.update((name, start) for name in names)

    def _arguments(self, call: Span, code: str = "") -> Arguments:
        node = self._sheet.expression(call, code)
        if isinstance(node, cst.SimpleString | cst.ConcatenatedString):
            raise MisfitError("it stands inside a string, where this fix cannot write")
        if not isinstance(node, cst.Call):
            raise MisfitError("there is no such call any more")
        change = Arguments(self._sheet, node)
        return self.calls.setdefault(change.key, change)

    def _function(self, span: Span) -> cst.FunctionDef:
        node = self._sheet.definition(span)
        if not isinstance(node, cst.FunctionDef):
            raise MisfitError("there is no such function any more")
        return node

    def _wrap(self, node: cst.BaseExpression, before: str, after: str) -> None:
        start, end = self._sheet.place(node)
        whole = f"{before}{self._sheet.text[start:end]}{after}"
        if fitted(self._sheet, node, whole) != whole:
            before, after = f"({before}", f"{after})"
        self.own.append(Splice(start, start, before))
        self.own.append(Splice(end, end, after))

    def _set_returns(self, node: cst.FunctionDef, text: str) -> None:
        if node.returns is not None:
            old = node.returns.annotation
            self.own.append(Splice(*self._sheet.place(old), fitted(self._sheet, old, text)))
        else:
            offset, _ = self._sheet.place(node.whitespace_before_colon)
            self.own.append(Splice(offset, offset, f" -> {text}"))

    def _add_decorator(
        self, node: cst.FunctionDef | cst.ClassDef, text: str, innermost: bool
    ) -> None:
        sheet = self._sheet
        place, _ = sheet.place(node)
        if node.decorators and not innermost:
            place, _ = sheet.place(node.decorators[0])
        line = f"{sheet.indent(place)}@{text}{sheet.newline(place)}"
        start = sheet.line_start(place)
        self.own.append(Splice(start, start, line, BEFORE))

    def _insert_handler(self, clause: int, text: str) -> None:
        """Put the clause above the comments that belong to the one it goes before."""
        sheet = self._sheet
        start = sheet.line_start(clause)
        indent, newline = sheet.indent(clause), sheet.newline(clause)
        while start > 0:
            above = sheet.line_start(start - 1)
            if not sheet.text.startswith(f"{indent}#", above):
                break
            start = above
        lines = "".join(line + newline for line in self._laid_out(text, indent))
        self.own.append(Splice(start, start, lines, BEFORE))

    def _insert_statement(self, start: int, end: int, text: str) -> None:
        sheet = self._sheet
        newline = sheet.newline(end)
        above = len(text) - len(text.lstrip("\n"))
        lines = newline * above
        lines += "".join(newline + line for line in self._laid_out(text, sheet.indent(start)))
        line_end = sheet.line_end(end)
        self.own.append(Splice(line_end, line_end, lines, BELOW))

    def _laid_out(self, text: str, indent: str) -> list[str]:
        """Return the lines of *text* at *indent*, with the file's own steps of indentation."""
        lines = []
        for line in textwrap.dedent(text).strip("\n").split("\n"):
            body = line.lstrip(" ")
            steps, rest = divmod(len(line) - len(body), len(_STEP))
            lines.append(indent + self._sheet.unit * steps + " " * rest + body if body else "")
        return lines

    def _replace_comment(self, line: int, text: str) -> None:
        sheet = self._sheet
        found = sheet.comments(line, sheet.line_end(line) + 1)
        if not found:
            raise MisfitError("there is no such comment any more")
        start, end = found[-1]
        if not text and sheet.opens_line(start):
            start, end = line, sheet.next_line(line)
        elif not text:
            start = line + len(sheet.before(start).rstrip())
        self.own.append(Splice(start, end, text, loses_comments=True))

    def _spare_comments(self, splice: Splice) -> None:
        if splice.inserts or splice.loses_comments:
            return
        for start, end in self._sheet.comments(splice.start, splice.end):
            if self._sheet.text[start:end] not in splice.text:
                raise MisfitError("a comment would be lost")
