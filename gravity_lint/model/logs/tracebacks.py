"""Texts of tracebacks: what makes one, keeps one, and gives one back."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.names import path_of
from gravity_lint.model.code.questions import question
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.code.words import saying, says

_MAKING = (
    "traceback.format_exc",
    "traceback.format_exception",
    "traceback.format_tb",
    "traceback.extract_tb",
    "traceback.walk_tb",
    "traceback.TracebackException",
    "traceback.TracebackException.from_exception",
)
_PRINTING = ("traceback.print_exc", "traceback.print_exception", "traceback.print_tb")
"""What writes a traceback into the file that it is given."""


def holds_traceback(step: Step, expression: f.Expression) -> bool:
    """Tell whether *expression*, evaluated at *step*, holds the text of a traceback.

    It makes one, calls a function of the service that returns one, or names what
    the same clause has kept one in.
    """
    scope = step.scope
    kept = {
        name
        for keeping, name in _kept(scope.module).get(scope, ())
        if keeping.index < step.index and next(keeping.handlers, None) is next(step.handlers, None)
    }
    givers = _givers(scope.module.service)
    return _holds(scope, expression, kept) or (
        bool(givers)
        and any(isinstance(x, f.Call) and callee_of(scope, x) in givers for x in f.walk(expression))
    )


def _holds(scope: Scope, expression: f.Expression, kept: Collection[str]) -> bool:
    for inner in f.walk(expression):
        match inner:
            case f.Call() if path_of(scope, inner.function) in _MAKING:
                return True
            case f.Name() | f.Attribute() if kept and f.render(inner) in kept:
                return True
    return False


@question
def _kept(module: Module) -> dict[Scope, tuple[tuple[Step, str], ...]]:
    """Return, by scope, what keeps the text of a traceback, and from where on."""
    if not says(module, ("traceback",)):
        return {}
    found = {scope: _kept_in(scope) for scope in module.scopes}
    return {scope: rows for scope, rows in found.items() if rows}


def _kept_in(scope: Scope) -> tuple[tuple[Step, str], ...]:
    rows: list[tuple[Step, str]] = []
    for step in scope.steps:
        for site in scope.calls_in(step):
            if path_of(scope, site.call.function) in _PRINTING:
                file = site.call.keyword("file")
                rows += [(step, f.render(file))] if file is not None else []
        held = {name for _, name in rows}
        for value, keeper in _moved(step.statement):
            if _holds(scope, value, held):
                rows.append((step, f.render(keeper)))
    return tuple(rows)


def _moved(statement: f.Statement) -> Iterator[tuple[f.Expression, f.Expression]]:
    """Yield what *statement* puts where: ``details["trace"] = ...``, ``kept.append(line)``."""
    match statement:
        case f.Assign(targets=targets, value=value) if value is not None:
            for target in targets:
                yield value, target.value if isinstance(target, f.Subscript) else target
        case f.For(target=target, iterable=iterable):
            yield from ((iterable, x) for x in f.walk(target) if isinstance(x, f.Name))
        case f.Evaluate(
            value=f.Call(function=f.Attribute(value=owner, name="append" | "extend")) as call
        ):
            for value in call.arguments:
                yield value, owner


@query
def _givers(service: Service) -> frozenset[Function]:
    """Return the functions of the service that give the text of a traceback, whole or in lines."""
    return frozenset(
        scope
        for module in saying(service, ("traceback",))
        for scope in module.scopes
        if isinstance(scope, Function)
        for value in _given(scope)
        if value is not None and _holds(scope, value, {name for _, name in _kept_in(scope)})
    )


def _given(function: Function) -> Iterator[f.Expression | None]:
    """Yield what *function* returns or yields."""
    yield from (x.value for _, x in function.returned)
    yield from (x.value for _, x in function.contents.yields)
