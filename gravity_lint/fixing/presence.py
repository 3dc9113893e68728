"""Whether a name is bound by the time that some place of a text runs, whichever way leads there.

A binding counts where every way from the top of its scope to the place passes it. An import under
``TYPE_CHECKING``, in one branch of an ``if``, in a ``try`` that goes on without it, in another
function or further down does not: code that reads the name may end in a NameError.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from gravity_lint.fixing.sheet import Sheet

_Place: TypeAlias = tuple[int, int]
"""Line and column as `ast` counts them."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_TRIES = tuple(getattr(ast, name) for name in ("Try", "TryStar") if hasattr(ast, name))
_LEAVES = (ast.Raise, ast.Return, ast.Continue, ast.Break)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Standing(enum.Enum):
    """What can be said of a name at a place."""

    FREE = "nothing in the file binds it"
    BOUND = "it is bound whenever the place runs"
    DOUBTFUL = "the module binds it, but not on every way"
    LOCAL = "a function or class around the place binds it, but not on every way"


class Presence:
    """The scopes of one text."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    def shared(self, name: str) -> bool:
        """Tell whether *name* is bound at the top of the module, whatever happens."""
        return _always(self._sheet.syntax.body, name)

    def of(self, name: str, offset: int) -> Standing:
        """Return how *name* stands where the text is at *offset*."""
        place = self._sheet.syntax_place(offset)
        chain = self._chain(place)
        declared = _declares(chain[-1], name)
        at_once = True
        for scope in reversed(chain):
            body: Sequence[ast.stmt] = getattr(scope, "body", ())
            is_module = isinstance(scope, ast.Module)
            if is_module or (not declared and _sees(scope, chain[-1])):
                if name in _given(scope):
                    return Standing.BOUND
                if not isinstance(scope, ast.Lambda) and _binds(body, name):
                    certain = _before(body, name, place) if at_once else _always(body, name)
                    if certain:
                        return Standing.BOUND
                    return Standing.DOUBTFUL if is_module else Standing.LOCAL
            at_once = at_once and not isinstance(scope, (*_FUNCTIONS, ast.Lambda))
        return Standing.FREE

    def _chain(self, place: _Place) -> list[ast.AST]:
        """Return the scopes around *place*, the module first."""
        chain: list[ast.AST] = [self._sheet.syntax]
        nodes: list[ast.AST] = list(self._sheet.syntax.body)
        while nodes:
            node = nodes.pop()
            if isinstance(node, ast.stmt | ast.expr) and not _start(node) <= place <= _end(node):
                continue
            if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
                if _runs_in(node.body, place):
                    chain.append(node)
                    nodes = list(node.body)
                    continue
            elif isinstance(node, (ast.Lambda, *_COMPREHENSIONS)):
                chain.append(node)
            nodes += ast.iter_child_nodes(node)
        return chain


# -- where a place stands ---------------------------------------------------------------------


def _start(node: ast.AST) -> _Place:
    return (node.lineno, node.col_offset)  # type: ignore[attr-defined]


def _end(node: ast.AST) -> _Place:
    return (node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]


def _runs_in(block: Sequence[ast.stmt], place: _Place) -> bool:
    return bool(block) and _start(block[0]) <= place <= _end(block[-1])


def _sees(scope: ast.AST, innermost: ast.AST) -> bool:
    """Tell whether code of *innermost* sees the names of *scope*, which is around it."""
    return scope is innermost or not isinstance(scope, ast.ClassDef)


def _declares(scope: ast.AST, name: str) -> bool:
    """Tell whether *scope* says that its *name* is the module's."""
    if isinstance(scope, ast.Module):
        return False
    return any(isinstance(x, ast.Global) and name in x.names for x in _own(scope))


def _given(scope: ast.AST) -> set[str]:
    """Return the names that *scope* has before it begins to run."""
    match scope:
        case ast.FunctionDef(args=args) | ast.AsyncFunctionDef(args=args) | ast.Lambda(args=args):
            return {x.arg for x in ast.walk(args) if isinstance(x, ast.arg)}
    if isinstance(scope, _COMPREHENSIONS):
        return {name for part in scope.generators for name in _stored(part.target)}
    return set()


def _before(block: Iterable[ast.stmt], name: str, place: _Place) -> bool:
    """Tell whether every way through *block* to *place* binds *name*."""
    for statement in block:
        if _end(statement) <= place:
            if _binds_always(statement, name):
                return True
        else:
            return _start(statement) <= place and _within(statement, name, place)
    return False


def _within(statement: Any, name: str, place: _Place) -> bool:
    """Tell whether *statement* itself binds *name* on its way to *place* inside of it."""
    match statement:
        case ast.For(target=target, body=body) | ast.AsyncFor(target=target, body=body):
            if _runs_in(body, place) and name in _stored(target):
                return True
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            if _runs_in(body, place) and any(name in _stored(x.optional_vars) for x in items):
                return True
        case ast.Match(cases=cases):
            for case in cases:
                if _runs_in(case.body, place):
                    return _binds([case.pattern], name) or _before(case.body, name, place)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return False
    if isinstance(statement, _TRIES):
        for handler in statement.handlers:
            if _runs_in(handler.body, place):
                return handler.name == name or _before(handler.body, name, place)
        if _runs_in(statement.orelse, place) and _always(statement.body, name):
            return True
    blocks = [getattr(statement, part, ()) for part in ("body", "orelse", "finalbody")]
    return any(_runs_in(block, place) and _before(block, name, place) for block in blocks)


# -- what statements bind ---------------------------------------------------------------------


def _always(block: Iterable[ast.AST], name: str) -> bool:
    return any(_binds_always(statement, name) for statement in block)


def _binds_always(statement: Any, name: str) -> bool:
    """Tell whether *name* is bound once *statement* is done."""
    match statement:
        case ast.If(body=body, orelse=other):
            first, second = _always(body, name), _always(other, name)
            return (first or second) and (first or _leaves(body)) and (second or _leaves(other))
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            return any(name in _stored(x.optional_vars) for x in items) or _always(body, name)
        case ast.For() | ast.AsyncFor() | ast.While() | ast.Match():
            return False
    if isinstance(statement, _TRIES):
        if _always(statement.finalbody, name):
            return True
        done = _always(statement.body, name) or _always(statement.orelse, name)
        return done and all(_always(x.body, name) or _leaves(x.body) for x in statement.handlers)
    return _binds([statement], name)


def _leaves(block: Iterable[ast.AST]) -> bool:
    return any(isinstance(statement, _LEAVES) for statement in block)


def _binds(block: Iterable[ast.AST], name: str) -> bool:
    return any(found == name for found, _ in bindings(block))


def _stored(target: ast.AST | None) -> set[str]:
    if target is None:
        return set()
    return {x.id for x in ast.walk(target) if isinstance(x, ast.Name)}


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands in *scope*, but for the functions and classes inside of it."""
    nodes = list(ast.iter_child_nodes(scope))
    while nodes:
        node = nodes.pop()
        yield node
        if not isinstance(node, (*_FUNCTIONS, ast.ClassDef, ast.Lambda)):
            nodes += ast.iter_child_nodes(node)


def bindings(body: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """Yield the names that the statements of *body* bind in their scope, and to what if known."""
    for node in body:
        match node:
            case ast.Import(names=names):
                for alias in names:
                    top = alias.name.partition(".")[0]
                    yield alias.asname or top, alias.name if alias.asname else top
            case ast.ImportFrom(module=module, names=names, level=level):
                for alias in names:
                    path = "." * level + (module or "")
                    yield alias.asname or alias.name, f"{path}.{alias.name}"
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, ""
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Global):
                        yield from ((shared, "") for shared in inner.names)
            case ast.ClassDef(name=name):
                yield name, ""
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name, ""
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                yield name, ""
                yield from bindings(ast.iter_child_nodes(node))
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name, ""
                yield from bindings(ast.iter_child_nodes(node))
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                walruses = (x.target for x in ast.walk(node) if isinstance(x, ast.NamedExpr))
                yield from ((target.id, "") for target in walruses)
            case ast.Lambda():
                continue
            case _:
                yield from bindings(ast.iter_child_nodes(node))
