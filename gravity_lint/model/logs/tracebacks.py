"""Texts of tracebacks: what makes one, keeps one, and gives one back."""

from __future__ import annotations

from collections.abc import Collection

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
        for each in step.expressions:
            for call in f.walk(each):
                if isinstance(call, f.Call) and path_of(scope, call.function) in _PRINTING:
                    file = call.keyword("file")
                    rows += [(step, f.render(file))] if file is not None else []
        statement = step.statement
        if isinstance(statement, f.Assign) and statement.value is not None:
            if _holds(scope, statement.value, {name for _, name in rows}):
                rows += [(step, f.render(_keeper(target))) for target in statement.targets]
    return tuple(rows)


def _keeper(target: f.Expression) -> f.Expression:
    """Return what is assigned to, or filled: ``details["trace"] = ...``."""
    return target.value if isinstance(target, f.Subscript) else target


@query
def _givers(service: Service) -> frozenset[Function]:
    """Return the functions of the service that return the text of a traceback."""
    return frozenset(
        scope
        for module in saying(service, ("traceback",))
        for scope in module.scopes
        if isinstance(scope, Function)
        for _, statement in scope.returned
        if statement.value is not None
        and _holds(scope, statement.value, {name for _, name in _kept_in(scope)})
    )
