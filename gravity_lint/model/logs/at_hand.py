"""The loggers that are at hand where something is to be logged, and how they write a traceback."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.names import External, bound
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.logs.kinds import LOGURU, REBINDING
from gravity_lint.model.logs.loggers import (
    LogCall,
    log_calls_by_scope,
    logged,
    logger_bindings,
)

_USUAL = "logger"
_DERIVING = (*REBINDING, "opt", "patch")
"""The methods of structlog's and loguru's loggers that give another one."""


class LoggerAtHand(Record, frozen=True):
    """A logger as one writes it where it is at hand: ``log``, ``self.logger``."""

    name: str
    of_loguru: bool = False

    @property
    def passing(self) -> str:
        """How a call is changed that leaves the traceback out."""
        use = f"use `{self.name}.exception`"
        return use if self.of_loguru else f"pass `exc_info=True` or {use}"

    @property
    def logging(self) -> str:
        """How one logs what is not logged yet, the traceback with it."""
        if self.of_loguru:
            return f"log it with `{self.name}.exception`"
        return f"log it with `exc_info=True` or use `{self.name}.exception`"

    @property
    def instead_of_print(self) -> str:
        """How one logs what is printed and not logged, the traceback with it."""
        return f"use `{self.name}.exception` in place of `print`"


def logger_at(scope: Scope) -> LoggerAtHand:
    """Return the logger that *scope* has: its own, its object's, the module's.

    The usual name where there is none.
    """
    return next(_loggers_at(scope), LoggerAtHand(_USUAL))


def logger_for(scope: Scope, call: LogCall | None) -> LoggerAtHand:
    """Return the logger of *call*, without what is added to it for the one line.

    Where that has no name, or there is no call, it is what *scope* has.
    """
    return (_of(call) if call is not None else None) or logger_at(scope)


def _loggers_at(scope: Scope) -> Iterator[LoggerAtHand]:
    module = scope.module
    others = [call for calls in log_calls_by_scope(module).values() for call in calls]
    near = [*logged(scope), *(x for x in others if _is_of_same_object(scope, x))]
    yield from filter(None, map(_of, near))
    outer = [x for x in map(_of, filter(_is_of_module, others)) if x is not None]
    if _USUAL in module.bindings:
        yield from (x for x in outer if x.name == _USUAL)
        symbol = bound(module, _USUAL)
        yield LoggerAtHand(_USUAL, isinstance(symbol, External) and symbol.path == LOGURU)
    yield from (LoggerAtHand(x.name) for x in logger_bindings.of(module) if x.of_module)
    yield from outer


def _of(call: LogCall) -> LoggerAtHand | None:
    receiver = call.receiver
    while isinstance(receiver, f.Call):
        match receiver.function:
            case f.Attribute(value=value, name=name) if name in _DERIVING:
                receiver = value
            case _:
                break
    return None if receiver is None else LoggerAtHand(f.render(receiver), call.of_loguru)


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
