"""HTTP in services and repositories: what they import of the web framework, raise and return."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.registration import api_modules
from gravity_lint.model.code.bindings import checks_types
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.names import External, bound, import_path
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import AtStep
from gravity_lint.model.code.types import Type, type_of
from gravity_lint.model.exceptions.raises import raises_in_layers
from gravity_lint.sources.spans import Span

FRAMEWORKS = ("fastapi", "starlette")
_STATUSES = ("fastapi.status", "starlette.status")
_CLOSING = "WS_"
"""How the names of the codes begin with which WebSockets are closed."""


class HttpUse(AtStep, Record, frozen=True):
    """An import, ``raise`` or ``return`` of a service or repository.

    *act* says which, and *made* where the function makes what it raises; *paths* are the dotted
    names under which the web framework is reached by it, as the source spells them, and *shown*
    what the source calls them. Both are empty where it has nothing to do with HTTP. An import that
    serves nothing but what is raised and returned is told of there.
    """

    act: str
    step: Step
    paths: tuple[str, ...]
    shown: tuple[str, ...]
    made: Step | None = None

    @property
    def span(self) -> Span:
        """The statement."""
        statement = self.step.statement
        return statement.statement if isinstance(statement, f.Import) else statement.span

    @property
    def extent(self) -> Span:
        """The lines of the statement."""
        return self.span


def is_framework(path: str) -> bool:
    """Tell whether the dotted name *path* belongs to FastAPI or Starlette."""
    return path.partition(".")[0] in FRAMEWORKS


@by_module
def http_uses(module: Module) -> tuple[HttpUse, ...]:
    """Return the imports, raises and returns of services and repositories, module by module."""
    if layer_of(module) not in (Layer.SERVICES, Layer.REPOSITORIES):
        return ()
    if module in api_modules(module.service):
        return ()
    acts = [*_raises(module), *_returns(module)]
    told = frozenset(id(step) for use in acts if use.paths for step in (use.step, use.made))
    return (*_imports(module, told), *acts)


def _raises(module: Module) -> Iterator[HttpUse]:
    for raising in raises_in_layers.of(module):
        symbol = raising.thrown.symbol
        foreign = isinstance(symbol, External) and is_framework(symbol.path)
        paths, shown = ((raising.path,), (raising.written,)) if foreign else ((), ())
        yield HttpUse("raise", raising.step, paths, shown, raising.made)


def _returns(module: Module) -> Iterator[HttpUse]:
    for function in module.functions:
        for step, statement in function.returned:
            found = type_of(function, statement.value)
            if found is not None and is_made_response(found):
                yield HttpUse("return", step, (found.path,), (found.name,))


def is_made_response(found: Type) -> bool:
    """Tell whether values of the type *found* are responses of the framework's own classes."""
    return not found.is_class and is_framework(found.path) and found.is_a("fastapi.Response")


def _imports(module: Module, told: frozenset[int]) -> Iterator[HttpUse]:
    statements: dict[Span, list[tuple[Step, str, str]]] = {}
    for scope in module.scopes:
        for step in scope.steps:
            fact = step.statement
            if not isinstance(fact, f.Import) or checks_types(step):
                continue
            rows = statements.setdefault(fact.statement, [])
            path = _framework_path(scope, fact)
            if path is not None and _closes_sockets(scope, fact.bound, path):
                path = None
            if path is None or not _serves_only(scope, fact.bound, told):
                rows.append((step, path or "", (fact.name or fact.module) if path else ""))
    for rows in statements.values():
        used = [(path, name) for _, path, name in rows if path]
        if rows:
            paths, shown = tuple(path for path, _ in used), tuple(name for _, name in used)
            yield HttpUse("import", rows[0][0], paths, shown)


def _serves_only(scope: Scope, name: str, told: frozenset[int]) -> bool:
    """Tell whether *name*, imported in *scope*, is used in the steps *told* and nowhere else.

    What a function returns may be named in its signature as well, and a clause may let pass
    again what is raised.
    """
    served = False
    for inner in (scope, *scope.walk()):
        if isinstance(inner, Function) and inner.parent is not None:
            if _mentions(inner.returns, name) and _sees(inner.parent, scope, name):
                if not any(id(step) in told for step, _ in inner.returned):
                    return False
        if not _sees(inner, scope, name):
            continue
        for step in inner.steps:
            if any(_mentions(expression, name) for expression in step.expressions):
                if id(step) in told:
                    served = True
                elif not _lets_pass(step, name):
                    return False
    return served


def _closes_sockets(scope: Scope, name: str, path: str) -> bool:
    """Tell whether *path*, imported as *name*, is used for the close codes of WebSockets alone."""
    if path.startswith(tuple(f"{module}.{_CLOSING}" for module in _STATUSES)):
        return True
    if path not in _STATUSES:
        return False
    named = closing = 0
    for inner in (scope, *scope.walk()):
        seen = _sees(inner, scope, name)
        if isinstance(inner, Function) and _mentions(inner.returns, name):
            return False
        for part in (x for step in inner.steps for x in step.parts):
            if isinstance(part, f.Name) and part.name == name:
                named += seen
            elif isinstance(part, f.Attribute) and part.name.startswith(_CLOSING):
                closing += seen and isinstance(part.value, f.Name) and part.value.name == name
    return 0 < closing == named


def _sees(inner: Scope, scope: Scope, name: str) -> bool:
    """Tell whether *name*, said in *inner*, is the one that *scope* binds."""
    between = itertools.takewhile(lambda x: x is not scope, inner.outward())
    return not any(
        name in current.bindings and (current is inner or not isinstance(current, Class))
        for current in between
    )


def _lets_pass(step: Step, name: str) -> bool:
    """Tell whether *step* says *name* only in clauses that raise it again: ``except X: raise``."""
    return isinstance(step.statement, f.Try) and all(
        isinstance(handler.body[0], f.Raise) and handler.body[0].exception is None
        for handler in step.statement.handlers
        if _mentions(handler.type, name)
    )


def _mentions(expression: f.Expression | None, name: str) -> bool:
    return expression is not None and any(
        isinstance(x, f.Name) and x.name == name for x in f.walk(expression)
    )


def _framework_path(scope: Scope, fact: f.Import) -> str | None:
    """Return what of the framework an import brings, by its own spelling where it has one."""
    base = import_path(scope.module, fact)
    if base is None or fact.name == "*":
        return base if base is not None and is_framework(base) else None
    if is_framework(base):
        return base if fact.name is None else f"{base}.{fact.name}"
    symbol = bound(scope, fact.bound) if fact.name is not None else None
    if isinstance(symbol, External) and is_framework(symbol.path):
        return symbol.path
    return None
