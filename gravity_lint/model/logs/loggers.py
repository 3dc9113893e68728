"""Logging: where loggers are made, what is said through them, and who configures them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned, taken_apart
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import (
    External,
    Variable,
    ancestors,
    path_of,
    resolve,
    written_out,
)
from gravity_lint.model.code.questions import by_module, question
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.scripts import is_script
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import is_overridden, is_stub
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.subjects import AtCall, AtStep
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.logs.kinds import (
    REBINDING,
    STDLIB_FACTORY,
    STRUCTLOG_FACTORY,
    LoggerKind,
    is_loguru,
    logger_kind,
    looks_like_a_logger,
)
from gravity_lint.model.logs.tracebacks import holds_traceback
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

LEVELS = (
    *("debug", "info", "warning", "warn", "error", "critical", "fatal", "exception"),
    *("msg", "log", "trace", "success"),
)
"""The methods that log. ``trace`` and ``success`` are loguru's."""
_METHODS = {name: name for name in LEVELS} | {f"a{name}": name for name in LEVELS}
_LOGS_BY_NAME = pattern(r"(?:^|_)(?:logs?|audit|logged)(?:$|_)")
_CARRIES_LOGS = pattern(r"(?:\w+_)?logg(?:er|ers|ing)(?:_\w+)?")
"""What a module or package is called that formats logs and sends them on."""
_ADDING = ("bind", "new")
"""The methods by which structlog's logger is given context."""
_RECORDED = ("callHandlers", "handle")
"""The methods of a logger by which a record that is made by hand is logged."""
_REPORTERS = frozenset(
    {
        "sentry_sdk.capture_exception",
        "logfire.exception",
        "rollbar.report_exc_info",
        "newrelic.agent.notice_error",
        "newrelic.agent.record_exception",
    }
)
"""Functions that send an exception with its traceback to where errors are collected."""
_CONFIGURING = (
    "logging.basicConfig",
    "logging.config.dictConfig",
    "logging.config.fileConfig",
    "coloredlogs.install",
    "structlog.configure",
    "structlog.configure_once",
)
_SERVING = ("uvicorn.run", "uvicorn.Config")
SETTING_UP = frozenset({"addHandler", "removeHandler", "addFilter", "removeFilter", "setLevel"})
"""The methods of a logger that configure it."""
_SETTINGS = frozenset({"handlers", "propagate", "disabled", "level", "filters"})
_CHANGING = frozenset({"append", "clear", "extend", "insert", "pop", "remove"})
"""The methods of a list of handlers that change it."""
_NULL_HANDLER = "logging.NullHandler"


# -- what is said --------------------------------------------------------------------------


class LogCall(AtCall, Record, frozen=True):
    """A call that logs; *level* is its method without the ``a`` of the asynchronous ones.

    The level is ``log`` where it is an argument, and empty where the method is
    looked up by name.
    """

    site: CallSite
    kind: LoggerKind
    level: str

    @property
    def call(self) -> f.Call:
        """The call itself."""
        return self.site.call

    @property
    def scope(self) -> Scope:
        """The scope that logs."""
        return self.site.scope

    @property
    def step(self) -> Step:
        """The statement that logs."""
        return self.site.step

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
            return True if given is None else _truth(given)
        if given is not None:
            return _truth(given)
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
        return given is not None and _truth(given) is not False

    def _carries_text(self) -> bool:
        parts: list[f.Expression] = [self.call]
        if self.receiver is not None:
            parts.append(written_out((self.scope, self.receiver))[1])
        for inner in (inner for part in parts for inner in f.walk(part)):
            match inner:
                case f.Call(function=f.Attribute(name="opt")) if inner.keyword("exception"):
                    return True  # loguru: logger.opt(exception=True).error(...)
        return holds_traceback(self.step, self.call)


def _truth(expression: f.Expression) -> bool | None:
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


def logs(function: Function) -> bool:
    """Tell whether *function* logs, itself or through what it calls, or may do so unseen."""
    # False of a function that calls itself: what else it does decides.
    return function.module.service.memory.ask(("logs", function), False, _logs, function)


def _logs(function: Function) -> bool:
    return bool(logged(function)) or any(reports(site) is not False for site in function.calls)


def _speaks(function: Function) -> bool | None:
    """Tell whether *function* logs what it is called for; None if that is not known."""
    return function.module.service.memory.ask(("speaks", function), False, _ask_to_speak, function)


def _ask_to_speak(function: Function) -> bool | None:
    calls = logged(function)
    if any(not _is_own_failure(function, x.site, x.traced) for x in calls):
        return True
    known = {id(x.call) for x in calls}
    sites = (x for x in function.calls if id(x.call) not in known)
    answers = {reports(x) for x in sites if not _is_own_failure(function, x)}
    return True if True in answers else None if None in answers else False


def _is_own_failure(function: Function, site: CallSite, traced: bool | None = False) -> bool:
    """Tell whether *site* is about what has gone wrong in *function* itself, not in its caller.

    It tells of what a clause there has caught, or of nothing that the caller has given. Who raises
    again what was caught elsewhere only tells it apart there.
    """
    around = next((x for x in site.step.block.ancestors() if x.handler is not None), None)
    if around is None or around.handler is None or not isinstance(around.owner, f.Try):
        return False
    if isinstance(around.owner.body[0], f.Raise):
        return False
    handler = around.handler
    return (
        traced is True
        or site.is_given((handler.name,))
        or not site.is_given({x.name for x in function.arguments})
    )


def takes_traceback(function: Function) -> bool:
    """Tell whether *function* can be given `exc_info`."""
    return any(
        p.name == "exc_info" or p.kind is f.ParameterKind.VARIADIC_KEYWORD
        for p in function.definition.parameters
    )


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


def is_named_for_logs(name: str) -> bool:
    """Tell whether a function called *name* is there to log: ``_log_failure``."""
    return _LOGS_BY_NAME.search(name) is not None


def reports(site: CallSite) -> bool | None:
    """Tell whether a call that is no log call makes something be logged; None if unknown.

    That is so for functions of the service that log, and for what sends errors
    to a collector. What is called as if it logged may do it in a way unseen, but
    not where its body is in view.
    """
    callee = callee_of(site.scope, site.call)
    if isinstance(callee, Function):
        speaks = _speaks(callee)
        if speaks is not False:
            return speaks
        hidden = callee.decorators or is_stub(callee) or is_overridden(callee)
        if not hidden and not _mentions_logger(callee):
            return False
    if isinstance(callee, External) and not _may_log_unseen(callee):
        if callee.path.rpartition(".")[2] in _RECORDED and callee.path.startswith("logging."):
            return None  # what the record holds was settled where it was made
        return callee.path in _REPORTERS
    if isinstance(callee, Class):
        return False
    match site.call.function:
        case f.Attribute(name=name) | f.Name(name=name) if is_named_for_logs(name):
            return None
        case f.Attribute(name=name) if name in _ALARMING:
            return None
    return False


_ALARMING = frozenset({"exception", "error", "critical", "fatal", "warning", "warn"})
_KEEPING = frozenset(
    {
        *("add", "add_all", "insert_one", "insert_many", "put_item", "execute", "index"),
        *("write", "writelines", "xadd", "lpush", "rpush", "publish", "send", "post"),
    }
)
"""How methods are called that put something where it stays, or send it there."""


def keeps_log(site: CallSite) -> bool:
    """Tell whether a function of the service keeps a log of its own: a table, a stream, a file.

    By what it is called, and by what it does.
    """
    callee = callee_of(site.scope, site.call)
    return isinstance(callee, Function) and is_named_for_logs(callee.name) and _keeps(callee)


def _keeps(function: Function, depth: int = 4) -> bool:
    """Tell whether *function*, or what it calls in the service, puts something where it stays."""
    for site in function.calls:
        callee = callee_of(function, site.call)
        if isinstance(callee, Function):
            if depth and _keeps(callee, depth - 1):
                return True
        elif isinstance(site.call.function, f.Attribute) and site.call.function.name in _KEEPING:
            return True
    return False


def decorated_to_log(function: Function) -> bool:
    """Tell whether a decorator of *function* may log around it: it does, or is called as if."""
    scope = function.parent or function.module
    for decorator in function.decorators:
        named = f.called(decorator)
        symbol = resolve(scope, named)
        if isinstance(symbol, Function):
            if any(logs(x) for x in (symbol, *symbol.walk()) if isinstance(x, Function)):
                return True
        elif isinstance(named, f.Name | f.Attribute) and is_named_for_logs(named.name):
            return True
    return False


def _may_log_unseen(callee: External) -> bool:
    """Tell whether a function of a library is called as if it logged: ``acme.audit_log``."""
    top = callee.path.partition(".")[0]
    known = callee.path in _REPORTERS or top in sys.stdlib_module_names or top == "builtins"
    return not known and callee.name != "log"


def _mentions_logger(function: Function) -> bool:
    """Tell whether *function* has to do with a logger in some way."""
    return any(
        isinstance(x, f.Name | f.Attribute) and looks_like_a_logger(x)
        for step in function.steps
        for expression in step.expressions
        for x in f.walk(expression)
    )


def carries_logs(module: Module) -> bool:
    """Tell whether *module* by its name is part of what formats logs and sends them on."""
    return any(_CARRIES_LOGS.fullmatch(part) for part in module.name.split(".")[-2:])


def makes_logs(scope: Scope) -> bool:
    """Tell whether *scope* is at work while something is logged, so that it cannot log itself.

    That is a method of a class of `logging` (a handler, a formatter, a filter),
    or a processor of structlog.
    """
    current: Scope | None = scope
    while current is not None:
        match current:
            case Class():
                above = (a for a in ancestors(current) if isinstance(a, External))
                if any(a.path.startswith(("logging.", "structlog.")) for a in above):
                    return True
            case Function(parameters=(*_, f.Parameter(name="event_dict"))):
                return True
        current = current.parent
    return carries_logs(scope.module)


def logged_after(scope: Scope, step: Step, last: Step | None = None) -> bool | None:
    """Tell whether *scope* logs after *step* on the way on which nothing fails.

    Where *step* has a block, *last* is the last statement of it. A method of the
    same class that logs does as well as a log call, and so does another function
    that logs and is called for it; None where something that looks like a logger
    is used in another way.
    """
    answer: bool | None = False
    done = (last or step).index
    direct = {id(row.call) for row in logged(scope)}
    for site in scope.calls:
        if site.step.index <= done or not _on_the_way(step, site.step):
            continue
        if id(site.call) in direct:
            return True
        callee = callee_of(scope, site.call)
        if isinstance(callee, Function) and logs(callee):
            if callee.parent is scope.parent or is_named_for_logs(callee.name):
                return True
        match site.call.function:
            case f.Attribute(value=owner) if looks_like_a_logger(owner):
                answer = None
            case _ if reports(site) is None:
                answer = None
    return answer


def _on_the_way(step: Step, later: Step) -> bool:
    """Tell whether *later* can run after *step* although nothing was raised."""
    around = {id(block.handler) for block in step.block.ancestors()}
    return all(id(handler) in around for handler in later.handlers)


# -- where loggers are made ----------------------------------------------------------------


class LoggerBinding(AtStep, Record, frozen=True):
    """An assignment that makes a logger: ``logger = structlog.get_logger()``.

    *factory* is the call of ``get_logger`` or ``getLogger``; it is the assigned
    value itself unless *mixed*.
    """

    step: Step
    assign: f.Assign
    target: f.Expression
    factory: f.Call
    kind: LoggerKind

    @property
    def scope(self) -> Scope:
        """The scope in which it is bound."""
        return self.step.scope

    @property
    def span(self) -> Span:
        """The name that is bound."""
        return self.target.span

    @property
    def label(self) -> str:
        """The dotted name of the logger."""
        return f"{self.scope.label}.{f.render(self.target)}"

    @property
    def name(self) -> str:
        """The name as it is written."""
        return f.render(self.target)

    @property
    def mixed(self) -> bool:
        """Tell whether the value is more than the bare call: ``given or getLogger()``."""
        return self.assign.value is not self.factory

    @property
    def carries_context(self) -> bool:
        """Tell whether it says more of each line than who logs it: ``get_logger().bind(id=id)``."""
        value = self.assign.value
        if not isinstance(value, f.Call):
            return False
        if path_of(self.scope, value.function) == "logging.LoggerAdapter":
            extra = value.argument(1, "extra")
            return extra is not None and not (isinstance(extra, f.Mapping) and not extra.values)
        while isinstance(value, f.Call) and value is not self.factory:
            if not isinstance(value.function, f.Attribute):
                return False
            if value.function.name in _ADDING and value.keywords:
                return True
            value = value.function.value
        return self.kind is LoggerKind.STRUCTLOG and bool(self.factory.keywords)

    @property
    def is_channel(self) -> bool:
        """Tell whether it is asked for by a name that is not the module's own."""
        given = self.factory.argument(0)
        return given is not None and not (isinstance(given, f.Name) and given.name == "__name__")

    @property
    def returned(self) -> bool:
        """Tell whether a function makes it for its caller."""
        return isinstance(self.scope, Function) and any(
            isinstance(statement.value, f.Name) and statement.value.name == self.name
            for _, statement in self.scope.returned
        )

    @property
    def of_self(self) -> bool:
        """Tell whether a method keeps it on its object: ``self.logger = ...``."""
        return (
            isinstance(self.scope, Function)
            and isinstance(self.target, f.Attribute)
            and isinstance(self.target.value, f.Name)
            and self.target.value.name == self.scope.receiver
        )

    @property
    def of_module(self) -> bool:
        """Tell whether it is a name of the module."""
        return isinstance(self.scope, Module) and isinstance(self.target, f.Name)


@by_module
def logger_bindings(module: Module) -> Iterator[LoggerBinding]:
    """Return where the app binds loggers, in source order."""
    if not in_app(module) or is_script(module):
        return
    for scope in module.scopes:
        for step in scope.steps:
            if isinstance(step.statement, f.Assign) and step.statement.value is not None:
                yield from _bindings(step, step.statement)


def _bindings(step: Step, statement: f.Assign) -> Iterator[LoggerBinding]:
    for assign in taken_apart(statement):
        factory = factory_in(step.scope, assign.value)
        for target in assign.targets if factory is not None else ():
            if factory is not None and isinstance(target, f.Name | f.Attribute):
                kind = kind_made_by(step.scope, factory)
                whole = assign if len(statement.targets) == 1 else statement
                yield LoggerBinding(step, whole, target, factory, kind)


def kind_made_by(scope: Scope, factory: f.Call) -> LoggerKind:
    """Return the kind of logger that *factory* makes, a call of one of the two functions."""
    stdlib = path_of(scope, factory.function) == STDLIB_FACTORY
    return LoggerKind.STDLIB if stdlib else LoggerKind.STRUCTLOG


def factory_in(scope: Scope, value: f.Expression | None) -> f.Call | None:
    """Return the call that makes the logger which *value* is, if that is what it is."""
    match value:
        case f.Call(function=function):
            if isinstance(function, f.Attribute) and function.name in REBINDING:
                return factory_in(scope, function.value)
            path = path_of(scope, function)
            if path in (STRUCTLOG_FACTORY, STDLIB_FACTORY):
                return value
            if path == "logging.LoggerAdapter":
                return factory_in(scope, value.arguments[0]) if value.arguments else None
        case f.Boolean(values=values):
            return next((x for v in values if (x := factory_in(scope, v)) is not None), None)
        case f.Conditional(body=body, otherwise=otherwise):
            return factory_in(scope, body) or factory_in(scope, otherwise)
    return None


@query
def configuring_modules(service: Service) -> frozenset[Module]:
    """Return the modules that configure logging: for all, or for loggers that are not their own.

    Those are also the ones that hold, or make, the configuration that another module puts in force.
    """
    sites = [*calls_to(service, *_CONFIGURING)]
    found = {site.module for site in sites}
    for site in sites:
        held = _module_of(site.scope, site.call.argument(0, "config"))
        if held is not None:
            found.add(held)
    for site in calls_to(service, *_SERVING):
        held = _module_of(site.scope, site.call.argument(None, "log_config"))
        if held is not None:
            found.add(held)
    for scope in service.scopes:
        if scope.module not in found and any(map(_configures, scope.steps)):
            found.add(scope.module)
    for scope in service.scopes:
        if scope.module not in found and any(map(_sets_up, scope.calls)):
            found.add(scope.module)
    return frozenset(found)


def _module_of(scope: Scope, given: f.Expression | None) -> Module | None:
    """Return the module whose variable, or whose function's answer, *given* is."""
    symbol = resolve(scope, f.called(given))
    if isinstance(symbol, Variable) and isinstance(symbol.scope, Module):
        return symbol.scope
    return symbol.module if isinstance(symbol, Function) else None


def _configures(step: Step) -> bool:
    """Tell whether *step* assigns what a logger of the standard library goes by."""
    statement = step.statement
    return isinstance(statement, f.Assign) and any(
        isinstance(target, f.Attribute)
        and target.name in _SETTINGS
        and logger_kind(step.scope, target.value) is LoggerKind.STDLIB
        for target in statement.targets
    )


def _sets_up(site: CallSite) -> bool:
    """Tell whether a call gives a logger its handlers, or a level to one of others.

    Whose own logger is made more or less talkative still only logs.
    """
    function = site.call.function
    match function:
        case f.Attribute(value=f.Attribute(value=owner, name="handlers"), name=name):
            return name in _CHANGING and logger_kind(site.scope, owner) is LoggerKind.STDLIB
    if not isinstance(function, f.Attribute) or function.name not in SETTING_UP:
        return False
    if logger_kind(site.scope, function.value) is not LoggerKind.STDLIB:
        return False
    if function.name == "setLevel":
        return not _is_own(site.scope, function.value)
    given = site.call.argument(0)
    nothing = isinstance(given, f.Call) and path_of(site.scope, given.function) == _NULL_HANDLER
    return not nothing


def _is_own(scope: Scope, receiver: f.Expression) -> bool:
    """Tell whether *receiver* is a logger that its module makes, by a name, and logs with."""
    if not isinstance(receiver, f.Name | f.Attribute):
        return False
    symbol = resolve(scope, receiver)
    if isinstance(symbol, Variable):
        if symbol.scope.module is not scope.module or symbol.value is None:
            return False
        made = factory_in(symbol.scope, symbol.value)
        if made is None or not made.arguments:
            return False  # the root logger
    calls = log_calls_by_scope(scope.module)
    return any(
        isinstance(call.receiver, f.Name | f.Attribute) and call.receiver.name == receiver.name
        for inner in scope.module.scopes
        for call in calls.get(inner, ())
    )
