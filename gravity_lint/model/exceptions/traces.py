"""What becomes of a caught exception's traceback."""

from __future__ import annotations

import enum
from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.endings import always_raises, ends_raising
from gravity_lint.model.code.names import (
    External,
    Symbol,
    class_member,
    inherits,
    path_of,
    resolve,
)
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.scripts import (
    is_command_line,
    is_main_block,
    is_script,
    runs_as_program,
)
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.exceptions.classes import HTTP_EXCEPTION
from gravity_lint.model.exceptions.clauses import Clause
from gravity_lint.model.exceptions.coverage import apps, handlers_for
from gravity_lint.model.exceptions.handlers import ExceptionHandler
from gravity_lint.model.exceptions.registrations import App
from gravity_lint.model.logs.calls import LogCall, logged, logged_by_step, only_derives, truth
from gravity_lint.model.logs.kinds import LoggerKind
from gravity_lint.model.logs.reports import (
    drops_traceback,
    is_named_for_logs,
    keeps_log,
    logs,
    reports,
    speaks,
    takes_traceback,
)

_LOUDNESS = ("debug", "info", "msg", "warn", "warning", "error", "critical", "fatal", "exception")
_ALARMS = frozenset({"warn", "warning", "error", "critical", "fatal", "exception"})
_ERRORS = frozenset({"error", "critical", "fatal", "exception"})


class Trace(enum.Enum):
    """How much of an exception reaches the log."""

    WHOLE = "whole"
    TEXT = "text"
    """Something is logged, without the traceback."""
    KEPT = "kept"
    """The service keeps it in a log of its own: a table, a stream, a file."""
    NOTHING = "nothing"


_UNTRACED = (Trace.TEXT, Trace.KEPT, Trace.NOTHING)


def log_calls_in(clause: Clause) -> tuple[LogCall, ...]:
    """Return the calls in the body of *clause* that log."""
    by_step = logged_by_step(clause.scope)
    return tuple(call for step in clause.steps for call in by_step.get(step.index, ()))


def _own_calls(clause: Clause) -> list[LogCall]:
    """Return the calls that log what *clause* took, and not what went wrong in its own body.

    Nor what went well there on one of its ways: the second attempt, say.
    """
    return [
        call
        for call in log_calls_in(clause)
        if _is_of(clause, call.step) and not _tells_of_success(clause, call)
    ]


def _tells_of_success(clause: Clause, call: LogCall) -> bool:
    """Tell whether *call* logs, and quietly, on one way through *clause*, and nothing of it."""
    return (
        call.level not in _ALARMS
        and call.traced is False
        and any(isinstance(x.owner, f.If | f.Try) for x in clause.blocks_around(call.step))
        and not call.site.is_given((clause.handler.name,))
    )


def asks_in_vain(clause: Clause) -> bool:
    """Tell whether *clause* asks loguru's logger for the traceback by `exc_info`."""
    return any(call.asks_in_vain for call in _own_calls(clause))


def first_error_in(clause: Clause) -> LogCall | None:
    """Return the first call by which *clause* itself logs an error that ends there.

    Not one behind which the same exception is raised again, and none of a logger
    that is only called one.
    """
    return next(
        (
            call
            for call in log_calls_in(clause)
            if call.level in _ERRORS
            and call.kind is not LoggerKind.UNKNOWN
            and call.handler is clause.handler
            and not call.site.deferred
            and not raised_again(clause, call)
        ),
        None,
    )


def traced_in(clause: Clause) -> bool:
    """Tell whether some call in the body of *clause* logs the traceback, or has it logged."""
    return any(call.traced for call in log_calls_in(clause)) or _reported(clause)


def raised_again(clause: Clause, call: LogCall) -> bool:
    """Tell whether the way on which *call* logs ends in raising the same exception again."""
    return any(
        step.index > call.step.index and call.step.block.within(step.block)
        for step in clause.reraises
    )


def loudest(clause: Clause) -> LogCall | None:
    """Return the call of *clause* that says most urgently what happened; the first of equals.

    Only structlog's and the standard library's loggers are known to take ``exc_info``.
    """
    rows = [
        call
        for call in _own_calls(clause)
        if call.kind is not LoggerKind.UNKNOWN and call.traced is False and not call.site.deferred
        # Whoever has turned it off shall turn it on.
        if call.call.keyword("exc_info") is None
    ]
    return max(rows, key=lambda call: _loudness(call.level), default=None)


def _own_word(clause: Clause) -> LogCall | None:
    """Return the call by which *clause* itself logs without the traceback, by any logger."""
    own = (call for call in _own_calls(clause) if _traced(call) is False)
    return loudest(clause) or next(own, None)


def _traced(call: LogCall) -> bool | None:
    """Tell whether the traceback goes with *call*, also through a logger of the service's own."""
    return False if call.traced is None and drops_traceback(call) else call.traced


def teller(clause: Clause) -> str | None:
    """Return the name of what logs for *clause*: a log call, else a function that logs."""
    call = _own_word(clause)
    if call is not None:
        return call.name
    for site in sites_in(clause):
        if _tells(clause, site):
            return f.render(site.call.function)
    return next((call.name for call in _own_calls(clause)), None)


def likely_teller(clause: Clause) -> str | None:
    """Return what is called as if it logged and is given a text made of the exception.

    What it does is not in view: ``context.log(str(exc))``.
    """
    for site in sites_in(clause):
        function = site.call.function
        if not isinstance(function, f.Name | f.Attribute) or not is_named_for_logs(function.name):
            continue
        callee = callee_of(site.scope, site.call)
        if isinstance(callee, Function | Class):
            continue
        if site.is_given((clause.handler.name,)):
            return f.render(function)
    return None


def told_by(clause: Clause) -> Function | None:
    """Return the function of the service that logs for *clause*, which does not log itself.

    Be it a method of a logger of the service's own, or the constructor of an exception.
    """
    word = _own_word(clause)
    if word is not None:
        method = callee_of(word.scope, word.call)
        return method if isinstance(method, Function) else None
    told = (x for x in sites_in(clause) if _tells(clause, x))
    return next((_run_by(site) for site in told), None)


def closed_teller(clause: Clause) -> Function | None:
    """Return the function of the service that logs for *clause* and takes no ``exc_info``."""
    function = told_by(clause)
    return None if function is None or takes_traceback(function) else function


def logged_parameter(function: Function) -> f.Parameter | None:
    """Return the parameter of *function* by which it is given what it logs the traceback of.

    It logs with that, or hands it to a function of the service that does.
    """
    memory = function.module.service.memory
    # functions that only hand it to each other: none of them logs
    return memory.ask(("logged parameter", function), None, _logged_parameter, function)


def _logged_parameter(function: Function) -> f.Parameter | None:
    written = [
        given
        for call in logged(function)
        for inner in f.walk(call.call)
        if isinstance(inner, f.Call)
        for given in (inner.keyword("exc_info"), inner.keyword("exception"))
    ]
    for site in function.calls:
        callee = callee_of(function, site.call)
        taken = logged_parameter(callee) if isinstance(callee, Function) else None
        if isinstance(callee, Function) and taken is not None:
            written.append(argument_for(callee, site.call, taken))
    named = {
        inner.name
        for given in written
        if given is not None
        for inner in f.walk(given)
        if isinstance(inner, f.Name)
    }
    return next((x for x in function.arguments if x.name in named), None)


def condition_of(function: Function) -> str | None:
    """Return when alone *function* logs, where that asks for nothing that it is given.

    As one says it: ``only if `self.failures >= 5` ``. What it is given may tell what has happened.
    """
    direct = {id(call.call) for call in logged(function)}
    if any(reports(x) is not False for x in function.calls if id(x.call) not in direct):
        return None
    found = {_condition(function, call) for call in logged(function)}
    return found.pop() if len(found) == 1 else None


def _condition(function: Function, call: LogCall) -> str | None:
    given = {x.name for x in function.arguments} - {function.receiver}
    around = list(call.step.block.ancestors())
    asked: list[tuple[str, f.Expression]] = [
        ("only if", block.owner.test)
        for block in around
        if isinstance(block.owner, f.If) and block.part == "body"
    ]
    asked += [
        ("unless", step.statement.test)
        for step in function.steps
        if step.index < call.step.index
        and isinstance(step.statement, f.If)
        and isinstance(step.statement.body[-1], f.Return)
        and any(step.block is block for block in around)
    ]
    if any(block.owner is not None and block.part != "body" for block in around):
        return None
    if any(isinstance(x, f.Name) and x.name in given for _, y in asked for x in _asked_for(y)):
        return None
    return next((_said(word, test) for word, test in asked), None)


def _asked_for(test: f.Expression) -> Iterator[f.Expression]:
    """Yield what *test* asks for, but not the keys under which that is kept: ``counts[name]``."""
    keys = {
        id(x) for part in f.walk(test) if isinstance(part, f.Subscript) for x in f.walk(part.index)
    }
    return (x for x in f.walk(test) if id(x) not in keys)


def _said(word: str, test: f.Expression) -> str:
    if word == "unless" and isinstance(test, f.Unary) and test.operator == "not":
        word, test = "only if", test.operand
    return f"{word} `{f.render(test)}`"


def _loudness(level: str) -> int:
    return _LOUDNESS.index(level) if level in _LOUDNESS else 0


def trace_of(clause: Clause) -> Trace | None:
    """Tell what *clause* logs of the exception that it ends.

    None where it does not end it (it is raised again, or chained to one that
    nobody answers), or where that cannot be known.
    """
    if clause.lets_pass(External("builtins.Exception")) is not False:
        return None
    calls = _own_calls(clause)
    traces = [_traced(call) for call in calls]
    if True in traces:
        return Trace.WHOLE
    if _reported(clause):
        return Trace.WHOLE
    told = [_tells(clause, x) for x in sites_in(clause) if _is_of(clause, x.step)]
    if None in traces or None in told or _hands_on(clause) or _chains(clause):
        return None
    if calls or True in told:
        return Trace.TEXT
    return Trace.KEPT if any(keeps_log(site) for site in sites_in(clause)) else Trace.NOTHING


def sites_in(clause: Clause) -> tuple[CallSite, ...]:
    """Return the calls in the body of *clause* that are no log calls."""
    known = {id(call.call) for call in log_calls_in(clause)}
    return tuple(
        site
        for step in clause.steps
        for site in clause.scope.calls_in(step)
        if id(site.call) not in known
    )


_LEAVING = ("sys.exit", "builtins.exit", "builtins.quit", "os._exit")
_FAREWELLS = ("builtins.SystemExit", "typer.Exit", "typer.Abort", "click.exceptions.Exit")


def tells_a_terminal(clause: Clause) -> bool:
    """Tell whether *clause* ends a program that somebody has started at a terminal.

    What it logs is then said to them: which file is missing, not where in the code.
    """
    ends = any(path_of(clause.scope, x.call.function) in _LEAVING for x in sites_in(clause)) or any(
        isinstance(step.statement, f.Raise)
        and isinstance(symbol := _raised(step), Class | External)
        and (inherits(symbol, *_FAREWELLS) or symbol.name == "ClickException")
        for step in clause.steps
    )
    return ends and (
        is_command_line(clause.module)
        or is_script(clause.module)
        or runs_as_program(clause.scope)
        or is_main_block(clause.step)
    )


def _reported(clause: Clause) -> bool:
    """Tell whether the exception of *clause* goes to a function that logs, or to a collector."""
    return any(
        _is_of(clause, site.step)
        and (
            _traces(made, clause.gives_itself(site))
            if (made := _maker(site)) is not None
            else reports(site) and not _only_told(clause, site)
        )
        for site in sites_in(clause)
    )


def _maker(site: CallSite) -> Function | None:
    """Return the constructor that runs where an exception of the service is made: it may log."""
    callee = callee_of(site.scope, site.call)
    if not isinstance(callee, Class) or not inherits(callee, "builtins.BaseException"):
        return None
    made = class_member(callee, "__init__")
    return made if isinstance(made, Function) else None


def _traces(maker: Function, is_given: bool, depth: int = 2) -> bool:
    """Tell whether *maker*, or what it calls in the service, logs the traceback, or may do so.

    That is of what it is given, or of what is being handled.
    """
    if any(map(_collects, maker.calls)):
        return True
    for call in logged(maker):
        asked = call.call.keyword("exc_info")
        current = isinstance(asked, f.Constant) if asked is not None else call.level == "exception"
        if call.traced is not False and (is_given or current):
            return True
    called = (callee_of(maker, x.call) for x in maker.calls if depth)
    return any(isinstance(x, Function) and _traces(x, is_given, depth - 1) for x in called)


def _run_by(site: CallSite) -> Function | None:
    callee = callee_of(site.scope, site.call)
    return callee if isinstance(callee, Function) else _maker(site)


def _is_of(clause: Clause, step: Step) -> bool:
    """Tell whether *step* is of *clause* itself, not of one inside it, which has its own."""
    return next(step.handlers, None) is clause.handler


def _tells(clause: Clause, site: CallSite) -> bool | None:
    """Tell whether a function that is called there logs what has happened; None if unknown.

    It does if it is given the exception or a text, or is there to say that something went wrong.
    What does the work in another way may log something on that way as well.
    """
    made = _maker(site)
    if made is not None:
        return speaks(made)
    answer = reports(site)
    callee = callee_of(site.scope, site.call)
    if answer is not True or not isinstance(callee, Function):
        return answer
    if any(not call.level and call.traced is None for call in logged(callee)):
        return None  # the method that is looked up may be `exception`
    if any(call.level in _ALARMS for call in logged(callee)) or is_named_for_logs(callee.name):
        return True
    return any(
        (isinstance(inner, f.Name) and inner.name == clause.handler.name)
        or isinstance(inner, f.Template)
        or (isinstance(inner, f.Constant) and inner.kind == "str")
        for argument in site.call.given
        for inner in f.walk(argument)
    )


def _only_told(clause: Clause, site: CallSite) -> bool:
    """Tell whether a function that logs gets nothing of the exception, so logs something else."""
    callee = callee_of(site.scope, site.call)
    if not isinstance(callee, Function):
        return False
    if any(call.traced for call in logged(callee)) or any(map(_collects, callee.calls)):
        return False  # sys.exc_info() finds the exception wherever it is asked for
    asked = site.call.keyword("exc_info")
    if asked is not None and takes_traceback(callee):
        return truth(asked) is False
    taken = logged_parameter(callee)
    if taken is not None and not _default_asks(taken) and not site.call.unpacks:
        given = argument_for(callee, site.call, taken)
        return given is None or truth(given) is False
    return not clause.gives_itself(site)


def _collects(site: CallSite) -> bool:
    """Tell whether *site* sends the exception that is being handled to a collector of errors."""
    return isinstance(callee_of(site.scope, site.call), External) and reports(site) is True


def _default_asks(parameter: f.Parameter) -> bool:
    """Tell whether *parameter* may be more than nothing where it is left out."""
    return parameter.default is not None and truth(parameter.default) is not False


def _hands_on(clause: Clause) -> bool:
    """Tell whether the exception itself goes to something that may log it."""
    return any(
        logs(recipient.callee)
        if isinstance(recipient.callee, Function)
        else not _only_answers(recipient.callee)
        for recipient in clause.recipients
        if not any(map(only_derives, clause.scope.calls_in(recipient.step)))
    )


def _only_answers(symbol: Symbol | None) -> bool:
    """Tell whether *symbol* is the framework's, and puts what it is given into an answer."""
    return isinstance(symbol, External) and (
        symbol.path == HTTP_EXCEPTION
        or symbol.path.startswith(("fastapi.responses.", "starlette.responses."))
    )


def _chains(clause: Clause) -> bool:
    """Tell whether another exception is raised that carries this one to where it is logged.

    What a handler of the app answers ends there, and with it what it was raised
    from, unless the handler logs the traceback.
    """
    ends = {id(step.statement): step for step in clause.steps if always_raises(step)}
    if not ends or not ends_raising(clause.handler.body, ends.keys()):
        return False
    return not any(
        isinstance(symbol := _raised(raised), Class | External)
        and _ends_with_an_answer(clause.module, symbol)
        for step in ends.values()
        for raised in _raising(step)
    )


def _raising(step: Step, depth: int = 4) -> Iterator[Step]:
    """Yield the ``raise`` to which *step* comes, which is the last: there, or in what it calls."""
    if isinstance(step.statement, f.Raise):
        yield step
        return
    for site in step.scope.calls_in(step) if depth else ():
        callee = callee_of(step.scope, site.call)
        for inner in callee.steps if isinstance(callee, Function) else ():
            if always_raises(inner):
                yield from _raising(inner, depth - 1)


def _ends_with_an_answer(module: Module, symbol: Class | External) -> bool:
    """Tell whether a handler in view answers exceptions of class *symbol* and logs no traceback.

    Where *module* makes an application of its own, only the handlers of that one answer there.
    """
    own = tuple(App(x.module, x.span) for x in apps(module.service) if x.module is module)
    found = handlers_for(module.service, symbol, own)
    if found:
        function = found[0].function
        if function is None:
            return False
        return trace_of_handler(ExceptionHandler(function, (found[0].key,))) in _UNTRACED
    return inherits(symbol, HTTP_EXCEPTION) is True


def _raised(step: Step) -> Symbol | None:
    """Return the class of what *step* raises, be it a call of it or a name that holds one."""
    statement = step.statement
    assert isinstance(statement, f.Raise)
    exception = statement.exception
    if isinstance(exception, f.Call):
        return callee_of(step.scope, exception)
    symbol = resolve(step.scope, exception)
    if isinstance(symbol, Class | External):
        return symbol
    made = type_of(step.scope, exception)
    if made is None:
        return None
    return made.cls or External(made.path.removesuffix("()"))


def trace_of_handler(handler: ExceptionHandler) -> Trace | None:
    """Tell what an exception handler logs; None where that cannot be known."""
    function = handler.function
    calls = logged(function)
    traces = [call.traced for call in calls]
    if True in traces:
        return Trace.WHOLE
    known = {id(call.call) for call in calls}
    sites = [site for site in function.calls if id(site.call) not in known]
    told = [reports(site) for site in sites]
    if True in told:
        return Trace.WHOLE
    if None in told or any(_receives(handler, site) for site in sites):
        return None
    if handler.leaves_behind:
        return None
    if any(isinstance(step.statement, f.Raise) for step in function.steps):
        return None
    if None in traces:
        return None
    if calls:
        return Trace.TEXT
    return Trace.KEPT if any(keeps_log(site) for site in sites) else Trace.NOTHING


def _receives(handler: ExceptionHandler, site: CallSite) -> bool:
    """Tell whether something unknown gets the exception itself, and so may log it."""
    if only_derives(site):
        return False
    if not any(isinstance(x, f.Name) and x.name == handler.exception for x in site.call.given):
        return False
    callee = callee_of(site.scope, site.call)
    if isinstance(callee, External):
        return not callee.path.startswith("builtins.")
    return not isinstance(callee, Class | Function)
