"""What a broad `except` takes is logged with its traceback.

`except Exception` takes bugs along with what was expected. Unless it raises the same exception
again, the traceback ends there: `error=str(e)` says that something was wrong, `exc_info=True` (or
`logger.exception`) says where. A clause that hands the exception to a function of unknown doing is
not judged, nor is one that returns the exception itself, which whoever called may log, nor one that
chains it to an exception that no handler answers, so that the server logs both. loguru's
`logger.error` writes no traceback, `exc_info=True` or not, `logger.exception` and
`logger.opt(exception=True)` do. A handler of the app sees the exception that it answers, not what
that was raised from, unless it logs the traceback. A command line tells whoever is at the terminal,
and so does a program that ends, but for what it takes from a layer; nobody sits before a worker,
which takes messages, requests or turns as they come. A handler or formatter of `logging` cannot log
that logging failed, and a module that is called for it need not, but may. An empty clause is
`silent-except`'s, one around an event handler `unguarded-handler`'s.

The fix adds `exc_info=True` to the call that logs. It is safe: the line is the same and says more.
Where nothing is logged there is nothing to add it to.

## Bad
```python
import structlog

logger = structlog.get_logger()


async def refresh(cache) -> None:
    try:
        await cache.refresh()
    except Exception as e:
        logger.error("refresh_failed", error=str(e))
```

## Good
```python
import structlog

logger = structlog.get_logger()


async def refresh(cache) -> None:
    try:
        await cache.refresh()
    except Exception as e:
        logger.error("refresh_failed", error=str(e), exc_info=True)
```
"""

from gravity_lint.edits import SetKeyword
from gravity_lint.model.code.scripts import is_main_block, is_run_by_hand
from gravity_lint.model.events.handlers import guards_handlers
from gravity_lint.model.exceptions.clauses import Clause, clauses
from gravity_lint.model.exceptions.prints import only_prints, tells_who_runs_it
from gravity_lint.model.exceptions.traces import (
    Trace,
    asks_in_vain,
    closed_teller,
    condition_of,
    likely_teller,
    logged_parameter,
    loudest,
    teller,
    tells_a_terminal,
    told_by,
    trace_of,
)
from gravity_lint.model.logs.at_hand import logger_at, logger_for
from gravity_lint.model.logs.reports import carries_logs, formats_logs
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Scope,
    Severity,
    Violation,
    Withheld,
    rule,
)


@rule(
    code="GRV406",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Error Handling Patterns",
    subjects=clauses,
)
def check(clause: Clause) -> Answer:
    """A broad clause that ends an exception logs it, traceback included."""
    if not clause.broad or is_run_by_hand(clause.step):
        return None
    if is_main_block(clause.step) and tells_a_terminal(clause):
        return None
    if clause.idle or formats_logs(clause.scope) or guards_handlers(clause):
        return None
    if carries_logs(clause.module) and loudest(clause) is None:
        return None
    match trace_of(clause):
        case Trace.WHOLE:
            return CONFORMS
        case Trace.TEXT:
            told = told_by(clause)
            when = condition_of(told) if told is not None else None
            if when is not None:
                return Violation(
                    f"`{clause.head}` logs with `{teller(clause)}` {when}, and without the"
                    f" traceback; {logger_at(clause.scope).logging}"
                )
            logger, closed = logger_for(clause.scope, loudest(clause)), closed_teller(clause)
            advice = logger.passing
            if closed is not None:
                its = logger_at(closed)
                way = f"{its.name}.opt(exception=True)" if its.of_loguru else "exc_info=True"
                taken = logged_parameter(closed)
                named = (teller(clause) or closed.name).rpartition(".")[2]
                other = f"let `{named}` log with `{way}`"
                if taken is not None:
                    other = f"give `{named}` the exception as `{taken.name}`"
                advice = f"log with `{logger.name}.exception` in the clause, or {other}"
                if logger.of_port:
                    advice = other
            lost = "but without the traceback"
            if asks_in_vain(clause):
                lost += ", as loguru knows no `exc_info`"
            return Violation(f"`{clause.head}` logs with `{teller(clause)}` {lost}; {advice}")
        case Trace.NOTHING if (called := likely_teller(clause)) is not None:
            return Violation(
                f"`{clause.head}` gives `{called}` the text of the exception and ends it, so its"
                f" traceback is lost; {logger_at(clause.scope).logging}"
            )
        case Trace.NOTHING if tells_who_runs_it(clause):
            return None
        case Trace.NOTHING if only_prints(clause):
            return Violation(
                f"`{clause.head}` ends an exception without logging it;"
                f" {logger_at(clause.scope).instead_of_print}"
            )
        case Trace.NOTHING:
            return Violation(
                f"`{clause.head}` ends an exception without logging it;"
                f" {logger_at(clause.scope).logging}"
            )
    return None


@check.fix(Applicability.SAFE)
def fix(clause: Clause) -> Edits:
    """Log the traceback."""
    call = loudest(clause)
    if call is None and logger_at(clause.scope).of_loguru:
        return Withheld("the method that takes the traceback is for a person to choose")
    if call is None and teller(clause) is not None:
        return Withheld("a function logs it, and what that takes is for a person to know")
    if call is None:
        return Withheld("nothing is logged there, and what to say is for a person to know")
    return (SetKeyword(call.span, "exc_info", "True"),)
