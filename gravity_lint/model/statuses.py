"""HTTP status codes as the code writes them: numbers, ``status.HTTP_*``, ``http.HTTPStatus``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus

from gravity_lint import facts as f
from gravity_lint.model.names import External, Variable, resolve
from gravity_lint.model.scopes import Function, Scope
from gravity_lint.model.values import value_of

_NAMED = re.compile(r"fastapi\.status\.HTTP_(\d{3})_\w+")
_MEMBER = re.compile(r"http\.HTTPStatus\.(\w+?)(?:\.value)?")
_UNSETTLED = frozenset({413, 414, 416, 421, 422})
"""Codes whose name is not the same in all versions of Starlette."""


def status_of(scope: Scope, expression: f.Expression | None) -> int | None:
    """Return the status code that *expression* gives, seen from *scope*; None if unknown."""
    match expression:
        case f.Name() | f.Attribute():
            symbol = resolve(scope, expression)
            if isinstance(symbol, External):
                return _external(symbol.path)
            if isinstance(symbol, Variable) and isinstance(symbol.value, f.Name | f.Attribute):
                return status_of(symbol.scope, symbol.value)
        case f.Call(arguments=(inner,), keywords=()):
            symbol = resolve(scope, expression.function)
            if isinstance(symbol, External) and symbol.path in ("builtins.int", "http.HTTPStatus"):
                return status_of(scope, inner)
    known = value_of(scope, expression)
    if known is None or isinstance(known.value, bool) or not isinstance(known.value, int):
        return None
    return known.value


def _external(path: str) -> int | None:
    if named := _NAMED.fullmatch(path):
        return int(named[1])
    if member := _MEMBER.fullmatch(path):
        found = HTTPStatus.__members__.get(member[1])
        return int(found) if found is not None else None
    return None


@dataclass(frozen=True, eq=False)
class Frame:
    """A function at work: the *call* that entered it, made in *scope*, itself within *outer*."""

    function: Function
    scope: Scope
    call: f.Call
    outer: Frame | None = None


def status_within(scope: Scope, expression: f.Expression | None, frame: Frame | None) -> int | None:
    """Return the status that *expression* gives where *frame* tells what the parameters hold."""
    if isinstance(expression, f.Name) and frame is not None:
        for index, parameter in enumerate(frame.function.arguments):
            if parameter.name != expression.name:
                continue
            if frame.call.unpacks:
                return None
            positional = parameter.kind is not f.ParameterKind.KEYWORD_ONLY
            value = frame.call.argument(index if positional else None, parameter.name)
            if value is None:
                return status_of(frame.function.parent or scope, parameter.default)
            return status_within(frame.scope, value, frame.outer)
    return status_of(scope, expression)


def constant_of(code: int) -> str | None:
    """Return the name of *code* in ``fastapi.status``, where all versions agree on it."""
    if code in _UNSETTLED:
        return None
    try:
        return f"HTTP_{code}_{HTTPStatus(code).name}"
    except ValueError:
        return None


def has_constant(code: int) -> bool:
    """Tell whether ``fastapi.status`` has a name for *code*, be it one that has changed."""
    return code in _UNSETTLED or constant_of(code) is not None
