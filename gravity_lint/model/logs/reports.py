"""What else makes something be logged: functions that do, collectors, and what is called so."""

from __future__ import annotations

import sys
from collections.abc import Set

from gravity_lint import facts as f
from gravity_lint.model.code.names import External, ancestors, path_of, resolve
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.signatures import is_overridden, is_stub
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.logs.calls import LogCall, logged
from gravity_lint.model.logs.kinds import LoggerKind, looks_like_a_logger
from gravity_lint.patterns import pattern

_LOGS_BY_NAME = pattern(r"(?:^|_)(?:logs?|audit|logged)(?:$|_)")
_CARRIES_LOGS = pattern(r"(?:\w+_)?logg(?:er|ers|ing)(?:_\w+)?")
"""What a module or package is called that formats logs and sends them on."""
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
_ALARMING = frozenset({"exception", "error", "critical", "fatal", "warning", "warn"})
_BINDING = ("builtins.staticmethod", "builtins.classmethod")
"""Decorators that only say what a method is given."""
_KEEPING = frozenset(
    {
        *("add", "add_all", "insert_one", "insert_many", "put_item", "execute", "index"),
        *("write", "writelines", "xadd", "lpush", "rpush", "publish", "send", "post"),
    }
)
"""How methods are called that put something where it stays, or send it there."""


def logs(function: Function) -> bool:
    """Tell whether *function* logs, itself or through what it calls, or may do so unseen."""
    # False of a function that calls itself: what else it does decides.
    return function.module.service.memory.ask(("logs", function), False, _logs, function)


def _logs(function: Function) -> bool:
    return bool(logged(function)) or any(reports(site) is not False for site in function.calls)


def speaks(function: Function) -> bool | None:
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


def drops_traceback(call: LogCall) -> bool:
    """Tell whether *call* is that of a method of the service's own which logs no traceback."""
    method = callee_of(call.scope, call.call)
    if call.kind is not LoggerKind.UNKNOWN or not isinstance(method, Function):
        return False
    if any(keyword.name in (None, "exc_info") for keyword in call.call.keywords):
        return False
    return _drops_traceback(method)


def _drops_traceback(function: Function) -> bool:
    """Tell whether *function* logs, and certainly no traceback unless it is given `exc_info`."""
    if function.decorators or is_stub(function) or is_overridden(function):
        return False
    calls = logged(function)
    direct = {id(x.call) for x in calls}
    rest = {p.name for p in function.arguments if p.kind is f.ParameterKind.VARIADIC_KEYWORD}
    return (
        bool(calls)
        and all(x.traced is False or _hands_down(x, rest) for x in calls)
        and all(reports(x) is False for x in function.calls if id(x.call) not in direct)
    )


def _hands_down(call: LogCall, rest: Set[str]) -> bool:
    """Tell whether what *call* unpacks is no more than what its function was given besides."""
    unpacked = [x.value for x in call.call.keywords if x.name is None]
    return (
        call.kind in (LoggerKind.STDLIB, LoggerKind.STRUCTLOG)
        and call.level != "exception"
        and call.call.keyword("exc_info") is None
        and all(isinstance(x, f.Name) and x.name in rest for x in unpacked)
    )


def takes_traceback(function: Function) -> bool:
    """Tell whether *function* can be given `exc_info`, by that name or for what it hands on.

    What an abstract one does with what it is given is for others to say.
    """
    unpacked = {
        keyword.value.name
        for site in function.calls
        for keyword in site.call.keywords
        if keyword.name is None and isinstance(keyword.value, f.Name)
    }
    rest = f.ParameterKind.VARIADIC_KEYWORD
    return any(
        p.name == "exc_info" or (p.kind is rest and (p.name in unpacked or is_stub(function)))
        for p in function.definition.parameters
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
        answer = speaks(callee)
        if answer is not False:
            return answer
        hidden = _is_wrapped(callee) or is_stub(callee) or is_overridden(callee)
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


def _is_wrapped(function: Function) -> bool:
    """Tell whether a decorator of *function* may do something around it."""
    outside = function.parent or function.module
    return any(path_of(outside, x) not in _BINDING for x in function.decorators)


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
    top = callee.package
    known = callee.path in _REPORTERS or top in sys.stdlib_module_names or top == "builtins"
    return not known and callee.name != "log"


def _mentions_logger(function: Function) -> bool:
    """Tell whether *function* has to do with a logger in some way."""
    return any(
        isinstance(x, f.Name | f.Attribute) and looks_like_a_logger(x)
        for step in function.steps
        for x in step.parts
    )


def carries_logs(module: Module) -> bool:
    """Tell whether *module* by its name is part of what formats logs and sends them on."""
    return any(_CARRIES_LOGS.fullmatch(part) for part in module.name.split(".")[-2:])


def makes_logs(scope: Scope) -> bool:
    """Tell whether *scope* is at work while something is logged, so that it cannot log itself.

    By what it is, or by what its module is called.
    """
    return formats_logs(scope) or carries_logs(scope.module)


def formats_logs(scope: Scope) -> bool:
    """Tell whether *scope* is of what `logging` or structlog calls to log something.

    That is a method of a class of `logging` (a handler, a formatter, a filter),
    or a processor of structlog.
    """
    for current in scope.outward():
        match current:
            case Class():
                above = (a for a in ancestors(current) if isinstance(a, External))
                if any(a.path.startswith(("logging.", "structlog.")) for a in above):
                    return True
            case Function(parameters=(*_, f.Parameter(name="event_dict"))):
                return True
    return False


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
