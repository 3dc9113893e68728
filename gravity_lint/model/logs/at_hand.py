"""The loggers that are at hand where something is to be logged, as one writes them there."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.logs.kinds import REBINDING
from gravity_lint.model.logs.loggers import (
    LogCall,
    log_calls_by_scope,
    logged,
    logger_bindings,
)

_USUAL = "logger"
_DERIVING = (*REBINDING, "opt")
"""The methods of structlog's and loguru's loggers that give another one."""


def logger_at(scope: Scope) -> str:
    """Return how one writes the logger that *scope* has: its own, its object's, the module's.

    The usual name where there is none.
    """
    return next(_loggers_at(scope), _USUAL)


def _loggers_at(scope: Scope) -> Iterator[str]:
    module = scope.module
    yield from filter(None, map(_written, logged(scope)))
    others = [call for calls in log_calls_by_scope(module).values() for call in calls]
    yield from (_written(x) or _USUAL for x in others if _is_of_same_object(scope, x))
    if _USUAL in module.bindings:
        yield _USUAL
    yield from (x.name for x in logger_bindings.of(module) if x.of_module)
    yield from (_written(x) or _USUAL for x in others if _is_of_module(x))


def logger_of(call: LogCall) -> str:
    """Return how *call* writes its logger, without what it adds to it for the one line."""
    return _written(call) or logger_at(call.scope)


def _written(call: LogCall) -> str | None:
    receiver = call.receiver
    while isinstance(receiver, f.Call):
        match receiver.function:
            case f.Attribute(value=value, name=name) if name in _DERIVING:
                receiver = value
            case _:
                break
    return None if receiver is None else f.render(receiver)


def _is_of_module(call: LogCall) -> bool:
    """Tell whether *call* logs with a name of its module, be it bound there or imported."""
    match call.receiver:
        case f.Name(name=name):
            own = call.scope.bindings if isinstance(call.scope, Function) else {}
            return name in call.scope.module.bindings and name not in own
    return False


def _is_of_same_object(scope: Scope, call: LogCall) -> bool:
    """Tell whether *call* logs with what the object of *scope* keeps: ``self.logger``."""
    other = call.scope
    return (
        isinstance(scope, Function)
        and isinstance(other, Function)
        and scope.cls is not None
        and other.cls is scope.cls
        and isinstance(call.receiver, f.Attribute)
        and isinstance(call.receiver.value, f.Name)
        and call.receiver.value.name == other.receiver == scope.receiver
    )
