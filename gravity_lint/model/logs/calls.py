"""Calls that log, at which level, and whether with the traceback."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import written_out
from gravity_lint.model.code.questions import by_module, question
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Module, Scope
from gravity_lint.model.code.scripts import is_script
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.logs.kinds import LoggerKind, is_loguru, logger_kind
from gravity_lint.model.logs.tracebacks import holds_traceback

LEVELS = (
    *("debug", "info", "warning", "warn", "error", "critical", "fatal", "exception"),
    *("msg", "log", "trace", "success"),
)
"""The methods that log. ``trace`` and ``success`` are loguru's."""
_METHODS = {name: name for name in LEVELS} | {f"a{name}": name for name in LEVELS}


class LogCall(AtCall, Record, frozen=True):
    """A call that logs; *level* is its method without the ``a`` of the asynchronous ones.

    The level is ``log`` where it is an argument, and empty where the method is
    looked up by name.
    """

    site: CallSite
    kind: LoggerKind
    level: str

    @property
    def receiver(self) -> f.Expression | None:
        """The logger."""
        function = self.call.function
        return function.value if isinstance(function, f.Attribute) else None

    @property
    def name(self) -> str:
        """The call as one names it: ``logger.info``."""
        return f.render(self.call.function)

    @property
    def event_position(self) -> int:
        """Where the event stands among the arguments."""
        return 1 if self.level == "log" else 0

    @property
    def event(self) -> f.Expression | None:
        """The event, or the message; None if it is hidden by unpacking."""
        keyword = "msg" if self.kind is LoggerKind.STDLIB else "event"
        return self.call.argument(self.event_position, keyword)

    @property
    def values(self) -> tuple[f.Expression, ...]:
        """The positional arguments behind the event."""
        return self.call.arguments[self.event_position + 1 :]

    @property
    def handler(self) -> f.Handler | None:
        """The innermost ``except`` clause in which it stands."""
        return next(self.step.handlers, None)

    @cached_property
    def traced(self) -> bool | None:
        """Tell whether the traceback of a caught exception goes with it; None if unknown."""
        given = self.call.keyword("exc_info") if not self.of_loguru else None
        if self.level == "exception":
            return True if given is None else truth(given)
        if given is not None:
            return truth(given)
        if self._carries_text():
            return True
        if any(k.name is None for k in self.call.keywords):
            return None
        return None if self.kind is LoggerKind.UNKNOWN and not self.of_loguru else False

    @cached_property
    def of_loguru(self) -> bool:
        """Tell whether loguru's logger is called, which takes no ``exc_info``."""
        return self.kind is LoggerKind.UNKNOWN and is_loguru(self.scope, self.receiver)

    @property
    def asks_in_vain(self) -> bool:
        """Tell whether it asks loguru's logger for the traceback as one asks the others.

        That takes any keyword, for the braces in the message.
        """
        given = self.call.keyword("exc_info") if self.of_loguru and not self.traced else None
        return given is not None and truth(given) is not False

    def _carries_text(self) -> bool:
        parts: list[f.Expression] = [self.call]
        if self.receiver is not None:
            parts.append(written_out((self.scope, self.receiver))[1])
        for inner in (inner for part in parts for inner in f.walk(part)):
            match inner:
                case f.Call(function=f.Attribute(name="opt")) if inner.keyword("exception"):
                    return True  # loguru: logger.opt(exception=True).error(...)
        return holds_traceback(self.step, self.call)


def truth(expression: f.Expression) -> bool | None:
    """Tell whether what is given as ``exc_info`` asks for the traceback."""
    match expression:
        case f.Constant(value=value):
            return bool(value)
        case f.Name() | f.Call() | f.Attribute() | f.Collection():
            return True
    return None


@question
def log_calls_by_scope(module: Module) -> dict[Scope, tuple[LogCall, ...]]:
    """Return the calls of *module* that log, by scope, also where it is a test."""
    found: dict[Scope, tuple[LogCall, ...]] = {}
    for scope in module.scopes:
        rows = tuple(row for site in scope.calls if (row := _log_call(site)) is not None)
        if rows:
            found[scope] = rows
    return found


def _log_call(site: CallSite) -> LogCall | None:
    said = _said(site.scope, site.call)
    return None if said is None else LogCall(site, *said)


def _said(scope: Scope, call: f.Call) -> tuple[LoggerKind, str] | None:
    """Return by what kind of logger and at which level *call* logs, None if it does not."""
    match call.function:
        case f.Attribute(value=receiver, name=method) if method in _METHODS:
            kind = logger_kind(scope, receiver)
            return None if kind is None else (kind, _METHODS[method])
        case f.Attribute():
            return None
    return (LoggerKind.UNKNOWN, "") if _is_log_method(scope, call.function) else None


def _is_log_method(scope: Scope, method: f.Expression, depth: int = 2) -> bool:
    """Tell whether *method*, looked up or chosen, is one by which a logger logs.

    ``getattr(logger, level)``, ``logger.error if bad else logger.info``, and what is bound to such.
    """

    def all_are(*parts: f.Expression) -> bool:
        return all(_is_log_method(scope, part, depth) for part in parts)

    match method:
        case f.Attribute(value=receiver, name=name):
            return name in _METHODS and logger_kind(scope, receiver) is not None
        case f.Call(function=f.Name(name="getattr"), arguments=(receiver, *_)):
            return logger_kind(scope, receiver) is not None
        case f.Conditional(body=body, otherwise=otherwise):
            return all_are(body, otherwise)
        case f.Subscript(value=f.Mapping(values=values)):
            return all_are(*values)
        case f.Name(name=name) if depth:
            bindings = scope.bindings.get(name, ())
            return bool(bindings) and all(
                isinstance(x, Assigned)
                and x.value is not None
                and _is_log_method(scope, x.value, depth - 1)
                for x in bindings
            )
    return False


def is_log_call(scope: Scope, call: f.Call) -> bool:
    """Tell whether *call*, made in *scope*, logs."""
    return _said(scope, call) is not None


@by_module
def log_calls(module: Module) -> Iterator[LogCall]:
    """Return the calls of the app that log, in source order."""
    if in_app(module) and not is_script(module):
        for rows in log_calls_by_scope(module).values():
            yield from rows


def logged(scope: Scope) -> tuple[LogCall, ...]:
    """Return the calls by which *scope* itself logs, in source order."""
    return log_calls_by_scope(scope.module).get(scope, ())


def logged_by_step(scope: Scope) -> dict[int, list[LogCall]]:
    """Return the calls by which *scope* itself logs, by the index of the step that makes them."""
    return scope.module.service.memory.ask(("logged by step", scope), {}, _logged_by_step, scope)


def _logged_by_step(scope: Scope) -> dict[int, list[LogCall]]:
    found: dict[int, list[LogCall]] = {}
    for call in logged(scope):
        found.setdefault(call.step.index, []).append(call)
    return found


def only_derives(site: CallSite) -> bool:
    """Tell whether a statement has loguru's logger make another one, and says nothing with it."""
    function, statement = site.call.function, site.step.statement
    return (
        isinstance(statement, f.Evaluate)
        and statement.value is site.call
        and isinstance(function, f.Attribute)
        and function.name not in _METHODS
        and is_loguru(site.scope, site.call)
    )
