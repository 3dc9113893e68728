"""Which parameters a function bounds itself: by a check that refuses, or by cutting them down."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.names import path_of
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.code.values import value_of

_ORDERS = frozenset({"<", "<=", ">", ">="})
_CUTS = ("builtins.min", "builtins.max")


def bounds_by_hand(owner: Function | Class, name: str, depth: int = 2) -> bool:
    """Tell whether *owner* may keep its parameter *name* within bounds by its own code.

    An ``if`` compares the parameter with a known value, or ``min`` or ``max``
    gets it; so may a function do that it is handed on to. How far they let it
    go is not worked out.
    """
    if not isinstance(owner, Function):
        return False
    for step in owner.steps:
        if isinstance(step.statement, f.If):
            if any(_compares(owner, inner, name) for inner in f.walk(step.statement.test)):
                return True
    for site in owner.calls:
        if not any(_is(given, name) for given in _given(site.call)):
            continue
        if path_of(owner, site.call.function) in _CUTS:
            return True
        callee = callee_of(owner, site.call)
        if not isinstance(callee, Function) or callee.cls is not None or not depth:
            continue
        for parameter in callee.arguments:
            if _is(argument_for(callee, site.call, parameter), name):
                if bounds_by_hand(callee, parameter.name, depth - 1):
                    return True
    return False


def _given(call: f.Call) -> list[f.Expression]:
    return [*call.arguments, *(keyword.value for keyword in call.keywords)]


def _is(expression: f.Expression | None, name: str) -> bool:
    return isinstance(expression, f.Name) and expression.name == name


def _compares(scope: Scope, expression: f.Expression, name: str) -> bool:
    if not isinstance(expression, f.Compare) or not _ORDERS & set(expression.operators):
        return False
    sides = (expression.left, *expression.others)
    return any(_is(side, name) for side in sides) and any(
        value_of(scope, side) is not None for side in sides if not _is(side, name)
    )
