"""The loggers that are at hand where something is to be logged, and how they write a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import filterfalse

from gravity_lint import facts as f
from gravity_lint.model.code.names import External, ancestors, bound, class_member, path_of
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.types import BARE, type_of
from gravity_lint.model.logs.calls import LogCall, log_calls, log_calls_by_scope, logged
from gravity_lint.model.logs.kinds import LOGURU, REBINDING, ROOTS, LoggerKind
from gravity_lint.model.logs.loggers import logger_bindings
from gravity_lint.model.logs.reports import takes_traceback

_USUAL = "logger"
_DERIVING = (*REBINDING, "opt", "patch")
"""The methods of structlog's and loguru's loggers that give another one."""


class LoggerAtHand(Record, frozen=True):
    """A logger as one writes it where it is at hand: ``log``, ``self.logger``."""

    name: str
    of_loguru: bool = False
    of_port: bool = False
    """Whether a class of the service is what is known of it, which has no ``exception``."""
    of_text: bool = False
    """Whether its methods are those of such a class, and take no traceback either."""

    @property
    def passing(self) -> str:
        """How a call is changed that leaves the traceback out."""
        if self.of_text:
            return f"let `{self.name}` take `exc_info=True`, and pass that"
        if self.of_port:
            return "pass `exc_info=True`"
        use = f"use `{self.name}.exception`"
        return use if self.of_loguru else f"pass `exc_info=True` or {use}"

    @property
    def logging(self) -> str:
        """How one logs what is not logged yet, the traceback with it."""
        if self.of_text:
            return f"let `{self.name}` take `exc_info=True`, and log it with that"
        if self.of_loguru:
            return f"log it with `{self.name}.exception`"
        if self.of_port:
            return "log it with `exc_info=True`"
        return f"log it with `exc_info=True` or use `{self.name}.exception`"

    @property
    def instead_of_print(self) -> str:
        """How one logs what is printed and not logged, the traceback with it."""
        if self.of_text:
            return f"let `{self.name}` take `exc_info=True`, and use that in place of `print`"
        if self.of_port:
            return f"use `{self.name}` with `exc_info=True` in place of `print`"
        return f"use `{self.name}.exception` in place of `print`"


def logger_at(scope: Scope) -> LoggerAtHand:
    """Return the logger that *scope* has: its own, its object's, the module's.

    The usual name where there is none, of what the service logs with elsewhere.
    """
    found = next(_loggers_at(scope), None)
    return found or LoggerAtHand(_USUAL, _logs_with_loguru(scope.module.service))


def logger_for(scope: Scope, call: LogCall | None) -> LoggerAtHand:
    """Return the logger of *call*, without what is added to it for the one line.

    Where that has no name, or there is no call, it is what *scope* has.
    """
    return (_of(call) if call is not None else None) or logger_at(scope)


def _loggers_at(scope: Scope) -> Iterator[LoggerAtHand]:
    module = scope.module
    others = [call for calls in log_calls_by_scope(module).values() for call in calls]
    near = [*logged(scope), *(x for x in others if _is_of_same_object(scope, x))]
    yield from filter(None, map(_of, filterfalse(_is_spelled_out, near)))
    lasting = filterfalse(_is_spelled_out, filter(_is_of_module, others))
    outer = [x for x in map(_of, lasting) if x is not None]
    if _USUAL in module.bindings:
        yield from (x for x in outer if x.name == _USUAL)
        symbol = bound(module, _USUAL)
        of_loguru = isinstance(symbol, External) and symbol.path == LOGURU
        takes_text = any(_takes_text(x) for x in others)
        yield LoggerAtHand(_USUAL, of_loguru, of_port=takes_text, of_text=takes_text)
    yield from (LoggerAtHand(x.name) for x in logger_bindings.of(module) if x.of_module)
    yield from outer


def _is_spelled_out(call: LogCall) -> bool:
    """Tell whether *call* gets a logger of the standard library for itself: GRV901 has it go.

    So it has the root logger, ``logging.info(...)``.
    """
    return call.kind is LoggerKind.STDLIB and (
        isinstance(call.receiver, f.Call) or path_of(call.scope, call.receiver) in ROOTS
    )


def _takes_text(call: LogCall) -> bool:
    """Tell whether *call* is of the usual name, and a class of the service's takes no traceback."""
    return (
        isinstance(call.receiver, f.Name)
        and call.receiver.name == _USUAL
        and _port(call.scope, call.receiver) is not None
        and _of(call) is None
    )


def _of(call: LogCall) -> LoggerAtHand | None:
    receiver = call.receiver
    while isinstance(receiver, f.Call):
        match receiver.function:
            case f.Attribute(value=value, name=name) if name in _DERIVING:
                receiver = value
            case _:
                break
    if receiver is None:
        return None
    port = _port(call.scope, receiver)
    if port is not None and isinstance(call.call.function, f.Attribute):
        method = class_member(port, call.call.function.name)
        if not (isinstance(method, Function) and takes_traceback(method)):
            return None
    return LoggerAtHand(f.render(receiver), call.of_loguru, port is not None)


def _port(scope: Scope, receiver: f.Expression) -> Class | None:
    """Return the class of the service that *receiver* is of, if it certainly has no `exception`."""
    found = type_of(scope, receiver)
    if found is None or found.cls is None or found.is_class:
        return None
    for ancestor in ancestors(found.cls):
        match ancestor:
            case External(path=path) if path in BARE:
                continue
            case Class(bindings=bindings, attributes=attributes):
                if not {"exception", "__getattr__"} & {*bindings, *attributes}:
                    continue
        return None
    return found.cls


@query
def _logs_with_loguru(service: Service) -> bool:
    """Tell whether all that the app logs with, as far as it is known, is loguru's logger."""
    calls = [call for module in service.modules for call in log_calls.of(module)]
    own = any(call.kind is not LoggerKind.UNKNOWN for call in calls)
    return not own and any(call.of_loguru for call in calls)


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
