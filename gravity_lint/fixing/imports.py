"""Imports added and removed, in the order and the layout that the file's imports have."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias

import libcst as cst
import msgspec

from gravity_lint.edits import AddImport, RemoveImport
from gravity_lint.fixing.elements import Element, Listing
from gravity_lint.fixing.presence import Presence, Standing, bindings
from gravity_lint.fixing.sheet import MisfitError, Sheet
from gravity_lint.fixing.splices import BEFORE, BELOW, IMPORT, IMPORT_BELOW, Splice

ImportKey: TypeAlias = tuple[str, str | None, str]
"""A module, the name imported from it if one is, and the name that is bound."""
Leftover: TypeAlias = tuple[int, str]
"""The line of an import statement, and one of its names as it is written there."""

_FUTURE, _STANDARD, _THIRD_PARTY, _OWN, _RELATIVE = range(5)


class _Statement(msgspec.Struct, frozen=True):
    """One import statement at the top level of the file, alone on its lines."""

    node: cst.Import | cst.ImportFrom
    module: str
    section: int
    start: int
    end: int

    @property
    def is_from(self) -> bool:
        return isinstance(self.node, cst.ImportFrom)

    @property
    def order(self) -> tuple[bool, str]:
        return (self.is_from, self.module.lower())


class Imports:
    """The imports of one sheet; *own* are the service's own packages."""

    def __init__(self, sheet: Sheet, own: frozenset[str]) -> None:
        self._sheet = sheet
        self._own = own

    # -- what is bound --------------------------------------------------------------------

    def needed(
        self, wanted: Iterable[AddImport], written: Collection[tuple[str, int]]
    ) -> list[AddImport]:
        """Return what is to be imported so that every name *written*, with its offset, is bound.

        That is what of *wanted* the file does not import on every way to these
        places, and what it imports on some ways only. Raises MisfitError where a
        name means something else, or where nobody can tell whether it is there.
        """
        needed: list[AddImport] = []
        for one in dict.fromkeys(wanted):
            name = bound_name(one)
            standings = {self._presence.of(x, offset) for x, offset in written if x == name}
            if Standing.LOCAL in standings:
                raise MisfitError(f"`{name}` may not be bound there")
            if not self._has(one, standings):
                needed.append(one)
        known = {bound_name(one) for one in wanted}
        for name, offset in written:
            standing = Standing.BOUND if name in known else self._presence.of(name, offset)
            if standing is Standing.LOCAL:
                raise MisfitError(f"`{name}` may not be bound there")
            if standing is Standing.DOUBTFUL:
                needed.append(self._certain(name))
                known.add(name)
        return needed

    def _has(self, wanted: AddImport, standings: set[Standing]) -> bool:
        """Tell whether the file imports *wanted*, which stands as *standings* where it is read."""
        name = bound_name(wanted)
        found = self._bound.get(name, set())
        if not found:
            return False
        if found != {_path(wanted)}:
            raise MisfitError(f"`{name}` means something else in this file")
        if wanted.name is None and wanted.alias is None and "." in wanted.module:
            if not any(f"{x}.".startswith(f"{wanted.module}.") for x in self._loaded):
                return False
        present = standings <= {Standing.BOUND} if standings else self._presence.shared(name)
        if not present:
            self._certain(name)
        return present

    def _certain(self, name: str) -> AddImport:
        """Return the import that binds *name* on every way, as another one does on some.

        Raises MisfitError where that could do harm: what stands in a ``try``
        may not be installed, and modules of the service may import each other.
        """
        found: set[AddImport] = set()
        for node, guarded in _import_statements(self._sheet.syntax.body):
            for alias in node.names:
                module = node.module if isinstance(node, ast.ImportFrom) else alias.name
                one = AddImport(
                    module or "",
                    alias.name if isinstance(node, ast.ImportFrom) else None,
                    alias.asname,
                )
                if bound_name(one) == name:
                    own = self._section(module or ".") >= _OWN
                    if guarded or own or (isinstance(node, ast.ImportFrom) and node.level):
                        raise MisfitError(f"`{name}` may not be bound there")
                    found.add(one)
        if len(found) != 1 or self._bound[name] != {_path(*found)}:
            raise MisfitError(f"`{name}` may not be bound there")
        return found.pop()

    @cached_property
    def _presence(self) -> Presence:
        return Presence(self._sheet)

    @cached_property
    def _bound(self) -> dict[str, set[str]]:
        """What each name at the top of the module stands for: paths, "" for anything else."""
        bound: dict[str, set[str]] = {}
        for name, path in bindings(self._sheet.syntax.body):
            bound.setdefault(name, set()).add(path)
        return bound

    @cached_property
    def _loaded(self) -> frozenset[str]:
        """The modules that plain imports at the top name."""
        return frozenset(
            alias.name
            for node in self._sheet.syntax.body
            if isinstance(node, ast.Import)
            for alias in node.names
            if alias.asname is None
        )

    # -- adding ---------------------------------------------------------------------------

    def add(self, wanted: Iterable[AddImport], limit: int) -> list[Splice]:
        """Return what imports everything *wanted* before what stands at offset *limit*."""
        modules: dict[tuple[str, bool], list[AddImport]] = {}
        for one in dict.fromkeys(wanted):
            modules.setdefault((one.module, one.name is not None), []).append(one)
        head = [x for x in self._head if x.end < limit]
        fresh: list[tuple[str, bool, str]] = []
        splices: list[Splice] = []
        for (module, is_from), ones in modules.items():
            host = self._host(module, head) if is_from else None
            if host is not None:
                splices += self._join(host, [_alias(one) for one in ones])
            elif is_from:
                names = sorted((_alias(one) for one in ones), key=_rank)
                fresh.append((module, True, f"from {module} import {', '.join(names)}"))
            else:
                fresh += [(module, False, f"import {_alias(one)}") for one in ones]
        return splices + self._placed(fresh, head)

    @cached_property
    def _statements(self) -> list[_Statement]:
        """The import statements at the top level."""
        return list(self._among(self._sheet.tree.body))

    @cached_property
    def _all_statements(self) -> list[_Statement]:
        """The import statements everywhere."""
        return list(self._among(self._sheet.nodes(cst.SimpleStatementLine)))

    def _among(self, lines: Iterable[cst.CSTNode]) -> Iterator[_Statement]:
        for line in lines:
            if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
                continue
            node = line.body[0]
            if not isinstance(node, cst.Import | cst.ImportFrom):
                continue
            start, end = self._sheet.place(node)
            if self._sheet.opens_line(start) and self._sheet.closes_line(end):
                module = self._module(node)
                yield _Statement(node, module, self._section(module), start, end)

    @cached_property
    def _head(self) -> list[_Statement]:
        """Those before the first definition."""
        definitions = (cst.FunctionDef, cst.ClassDef)
        places = [
            self._sheet.place(x)[0] for x in self._sheet.tree.body if isinstance(x, definitions)
        ]
        end = min(places, default=len(self._sheet.text) + 1)
        return [x for x in self._statements if x.end < end]

    def _module(self, node: cst.Import | cst.ImportFrom) -> str:
        if isinstance(node, cst.Import):
            return "".join(self._sheet.source(node.names[0].name).split())
        name = self._sheet.source(node.module) if node.module is not None else ""
        return "." * len(node.relative) + "".join(name.split())

    def _section(self, module: str) -> int:
        top = module.partition(".")[0]
        if module.startswith("."):
            return _RELATIVE
        if module == "__future__":
            return _FUTURE
        if top in self._own:
            return _OWN
        return _STANDARD if top in sys.stdlib_module_names else _THIRD_PARTY

    def _host(self, module: str, head: Sequence[_Statement]) -> _Statement | None:
        """Return the statement that already imports names from *module*."""
        for statement in head:
            node = statement.node
            if isinstance(node, cst.ImportFrom) and not isinstance(node.names, cst.ImportStar):
                if statement.module == module:
                    return statement
        return None

    def _join(self, host: _Statement, names: Sequence[str]) -> list[Splice]:
        """Return what adds *names* to a statement, sorted in if its names are sorted."""
        sheet, node = self._sheet, host.node
        assert isinstance(node, cst.ImportFrom)
        assert not isinstance(node.names, cst.ImportStar)
        old = [sheet.source(alias) for alias in node.names]
        key = _sorting(old)
        names = sorted(names, key=key or _rank)
        text = f"from {host.module} import {', '.join([*old, *names])}"
        if node.lpar is None and len(text) > sheet.width and "\n" not in text:
            together = sorted([*old, *names], key=key) if key else [*old, *names]
            newline = sheet.newline(host.start)
            lines = "".join(f"{sheet.unit}{name},{newline}" for name in together)
            text = f"from {host.module} import ({newline}{lines})"
            return [Splice(host.start, host.end, text)]
        added: dict[int, list[str]] = {}
        for name in names:
            after = len(old) - 1
            if key is not None:
                after = max((i for i, x in enumerate(old) if key(x) <= key(name)), default=-1)
            added.setdefault(after, []).append(name)
        return self._listing(node).change(added)

    def _listing(self, node: cst.ImportFrom) -> Listing:
        sheet = self._sheet
        assert not isinstance(node.names, cst.ImportStar)
        elements = []
        for alias in node.names:
            comma = sheet.place(alias.comma)[1] if isinstance(alias.comma, cst.Comma) else None
            elements.append(Element(*sheet.place(alias), comma))
        opening, closing = elements[0].start, elements[-1].end
        if node.lpar is not None and node.rpar is not None:
            opening, closing = sheet.place(node.lpar)[0] + 1, sheet.place(node.rpar)[1] - 1
        return Listing(sheet, elements, opening, closing)

    def _placed(
        self, fresh: Iterable[tuple[str, bool, str]], head: Sequence[_Statement]
    ) -> list[Splice]:
        """Return what puts new statements (module, from-import or not, text) where they belong."""
        places: dict[tuple[int, int], list[tuple[int, tuple[bool, str], str]]] = {}
        for module, is_from, text in fresh:
            order = (is_from, module.lower())
            place = self._place(self._section(module), order, head)
            places.setdefault(place, []).append((self._section(module), order, text))
        return [self._put(place, sorted(new), head) for place, new in places.items()]

    def _place(
        self, section: int, order: tuple[bool, str], head: Sequence[_Statement]
    ) -> tuple[int, int]:
        """Return at which offset a new statement goes, and whether before or behind it."""
        peers = [x for x in head if x.section == section]
        earlier = [x for x in peers if x.order <= order]
        lower = [x for x in head if x.section < section]
        if earlier or (lower and not peers):
            return (self._sheet.line_end((earlier or lower)[-1].end), BELOW)
        if peers or head:
            return (self._sheet.line_start((peers or head)[0].start), BEFORE)
        return self._top()

    def _top(self) -> tuple[int, int]:
        """Return where the first import of a file goes: behind its docstring or header."""
        match self._sheet.syntax.body:
            case [ast.Expr(value=ast.Constant(value=str())), *_]:
                docstring = self._sheet.tree.body[0]
                if isinstance(docstring, cst.SimpleStatementLine):
                    _, end = self._sheet.place(docstring.body[0])
                    if not self._sheet.closes_line(end):
                        raise MisfitError("there is no line to put its import on")
                    return (self._sheet.line_end(end), BELOW)
        offset, text = 0, self._sheet.text
        while text.startswith("#", offset):
            following = self._sheet.next_line(offset)
            if not text.startswith("#", following):
                return (self._sheet.line_end(offset), BELOW)
            offset = following
        return (0, BEFORE)

    def _put(
        self,
        place: tuple[int, int],
        new: Sequence[tuple[int, tuple[bool, str], str]],
        head: Sequence[_Statement],
    ) -> Splice:
        """Return what puts the *new* statements at one place, a blank line between sections."""
        sheet, (offset, rank) = self._sheet, place
        newline = sheet.newline(offset)
        spaced = self._sections_are_spaced(head)
        text, last = "", None
        for section, _, statement in new:
            blank = newline if last is not None and last != section and spaced else ""
            text += f"{blank}{statement}{newline}"
            last = section
        if rank == BEFORE:
            following = next((x for x in head if sheet.line_start(x.start) == offset), None)
            if following is None:
                text += self._gap(offset, newline)
            elif spaced and following.section != last:
                text += newline
            return Splice(offset, offset, text, IMPORT)
        above = next((x for x in reversed(head) if sheet.line_end(x.end) == offset), None)
        lead = newline
        if above is None or (spaced and above.section != new[0][0]):
            lead += newline
        text = text.removesuffix(newline)
        below = sheet.next_line(offset)
        if above is None and below < len(sheet.text) and sheet.after(below).strip():
            text += newline + self._gap(below, newline).removesuffix(newline)
        elif above is not None and spaced and above.section != new[-1][0]:
            following = next((x for x in head if sheet.line_start(x.start) == below), None)
            if following is not None and following.section != new[-1][0]:
                text += newline
        return Splice(offset, offset, lead + text, IMPORT_BELOW)

    def _gap(self, offset: int, newline: str) -> str:
        """Return the blank lines between an import and what stands at *offset*."""
        line = self._sheet.after(offset)
        if not line.strip():
            return ""
        return newline * (2 if re.match(r"(async |def |class |@)", line) else 1)

    def _sections_are_spaced(self, head: Sequence[_Statement]) -> bool:
        """Tell whether blank lines part the sections; a file with one section says yes."""
        changes = [(a, b) for a, b in pairwise(head) if a.section != b.section]
        if not changes:
            return True
        return any(not self._sheet.text[a.end : b.start].count("\n") < 2 for a, b in changes)

    # -- removing -------------------------------------------------------------------------

    def remove(self, gone: Collection[Leftover]) -> list[Splice]:
        """Return what takes away the imports *gone*.

        One with a comment is left: somebody has a reason for it.
        """
        lines = {line for line, _ in gone}
        splices: list[Splice] = []
        for statement in self._all_statements:
            node, line = statement.node, self._sheet.syntax_place(statement.start)[0]
            if line not in lines or isinstance(node.names, cst.ImportStar):
                continue
            dropped = {
                index
                for index, alias in enumerate(node.names)
                if (line, self._sheet.source(alias)) in gone
            }
            line_end = self._sheet.line_end(statement.end)
            if not dropped or self._sheet.comments(statement.start, line_end + 1):
                continue
            if len(dropped) == len(node.names):
                splices.append(self._without(statement))
            elif isinstance(node, cst.ImportFrom):
                splices += self._listing(node).change({}, dropped)
        return splices

    def _without(self, statement: _Statement) -> Splice:
        """Return what takes away a statement's lines, and a blank one that would be left over."""
        sheet = self._sheet
        start, end = sheet.line_start(statement.start), sheet.next_line(statement.end)
        above = sheet.text[sheet.line_start(start - 1) : start] if start else ""
        opens = len(sheet.indent(start - 1)) < len(sheet.indent(start)) if start else False
        if (
            (opens or not above.strip())
            and end < len(sheet.text)
            and not sheet.after(end).strip(" \t")
        ):
            end = sheet.next_line(end)
        return Splice(start, end, "")


def leftovers(text: str, unwanted: Collection[RemoveImport]) -> set[Leftover]:
    """Return those of the *unwanted* imports for which *text* has no use.

    At the top of the module that is the whole file, in a function its own lines.
    """
    if not unwanted:
        return set()
    tree = ast.parse(text)
    wanted = {(x.module, x.name, bound_name(x)) for x in unwanted}
    used = _used(tree)
    found = {
        (node.lineno, written)
        for node in tree.body
        for key, written in _imported(node)
        if key in wanted and key[2] not in used
    }
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            rows = [
                (node.lineno, key, written)
                for block in _blocks(function)
                for node in block
                for key, written in _imported(node)
                if key in wanted and len(block) > 1
            ]
            needed = _used(function) if rows else set()
            found.update((line, written) for line, key, written in rows if key[2] not in needed)
    return found


def _imported(node: ast.AST) -> Iterator[tuple[ImportKey, str]]:
    """Yield what an import statement binds, each with how it is written.

    Not ``import x as x``, which is how a re-export is spelled.
    """
    if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level):
        for alias in node.names:
            written = alias.name if alias.asname is None else f"{alias.name} as {alias.asname}"
            key: ImportKey
            if isinstance(node, ast.ImportFrom):
                key = (node.module or "", alias.name, alias.asname or alias.name)
            else:
                key = (alias.name, None, alias.asname or alias.name.partition(".")[0])
            if alias.asname != alias.name:
                yield key, written


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of statements in *node*, but for those of functions and classes inside."""
    for part in ("body", "orelse", "finalbody", "handlers"):
        block = getattr(node, part, None)
        if not isinstance(block, list):
            continue
        if part != "handlers":
            yield block
        for inner in block:
            if not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from _blocks(inner)


def bound_name(wanted: AddImport | RemoveImport) -> str:
    """Return the name that an import binds."""
    return wanted.alias or wanted.name or wanted.module.partition(".")[0]


def _path(wanted: AddImport) -> str:
    if wanted.name is not None:
        return f"{wanted.module}.{wanted.name}"
    return wanted.module if wanted.alias is not None else wanted.module.partition(".")[0]


def _alias(wanted: AddImport) -> str:
    name = wanted.name or wanted.module
    return f"{name} as {wanted.alias}" if wanted.alias not in (None, name) else name


def _rank(name: str) -> tuple[int, str]:
    """Sort as isort does: constants, classes, the rest."""
    word = name.partition(" ")[0]
    if word.isupper() and len(word) > 1:
        return (0, word)
    return (1 if word[:1].isupper() else 2, word)


def _sorting(names: Sequence[str]) -> Callable[[str], Any] | None:
    """Return the key by which *names* are sorted, None if they are not."""
    for key in (_rank, str.lower, str):
        if list(names) == sorted(names, key=key):
            return key
    return None


def _used(tree: ast.AST) -> set[str]:
    """Return every name that *tree* reads, in code or in a string that could be an annotation."""
    used: set[str] = set()
    data = _data(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name):
                used.add(name)
            case ast.Constant(value=str(words)) if len(words) < 200 and id(node) not in data:
                try:
                    inside = ast.parse(words.strip(), mode="eval")
                except (SyntaxError, ValueError):
                    continue
                used.update(x.id for x in ast.walk(inside) if isinstance(x, ast.Name))
    return used


def _data(tree: ast.AST) -> set[int]:
    """Return the strings that are no annotations, by identity: items of lists, dicts and sets.

    But for those of ``__all__``, and what stands in brackets: ``Callable[["Item"], None]``.
    """
    found: set[int] = set()
    stack = [tree]
    while stack:
        node = stack.pop()
        match node:
            case ast.Subscript() | ast.arg():
                continue
            case (
                ast.Assign(targets=[ast.Name(id="__all__")])
                | ast.AugAssign(target=ast.Name(id="__all__"))
                | ast.AnnAssign(target=ast.Name(id="__all__"))
            ):
                continue
            case ast.AnnAssign(value=value):
                stack += [value] if value is not None else []
                continue
            case ast.List(elts=items) | ast.Set(elts=items) | ast.Dict(values=items):
                found.update(id(x) for x in items if isinstance(x, ast.Constant))
                if isinstance(node, ast.Dict):
                    found.update(id(x) for x in node.keys if isinstance(x, ast.Constant))
        stack.extend(ast.iter_child_nodes(node))
    return found


def _import_statements(
    body: Iterable[ast.AST], guarded: bool = False
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Yield the imports that run with the module, and whether a ``try`` stands around each."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, guarded
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _import_statements(
                ast.iter_child_nodes(node), guarded or hasattr(node, "handlers")
            )
