"""Prints by which an ``except`` clause or a handler tells of the exception that it has."""

from __future__ import annotations

from collections.abc import Sequence

from gravity_lint import facts as f
from gravity_lint.model.code.scripts import is_of_program
from gravity_lint.model.exceptions.clauses import Clause, clause_of
from gravity_lint.model.exceptions.handlers import ExceptionHandler
from gravity_lint.model.exceptions.traces import Trace, likely_teller, trace_of, trace_of_handler
from gravity_lint.model.logs.prints import Print, prints


def only_prints(clause: Clause) -> bool:
    """Tell whether *clause* ends an exception, tells of it with ``print``, and logs nothing.

    Logged instead, nothing is left to be said of either.
    """
    return (
        clause.broad
        and any(_tells_in(clause, call) for call in prints.of(clause.module))
        and trace_of(clause) is Trace.NOTHING
        and likely_teller(clause) is None
    )


def handler_only_prints(handler: ExceptionHandler) -> bool:
    """Tell whether *handler* prints the exception that it answers, and logs nothing.

    What one of its own clauses prints is told of with that.
    """
    return (
        any(_prints_exception(handler, call) for call in prints.of(handler.module))
        and trace_of_handler(handler) is Trace.NOTHING
    )


def _prints_exception(handler: ExceptionHandler, call: Print) -> bool:
    return (
        call.site.scope is handler.function
        and clause_of(call.site.step) is None
        and not call.site.deferred
        and _mentions(call, handler.function.arguments[1:2])
        and not call.to_terminal
    )


def _mentions(call: Print, arguments: Sequence[f.Parameter]) -> bool:
    names = {parameter.name for parameter in arguments}
    return any(isinstance(x, f.Name) and x.name in names for x in f.walk(call.site.call))


def tells_who_runs_it(clause: Clause) -> bool:
    """Tell whether *clause* prints what it has taken for whoever has started the program it is of.

    It lies in a class of that, say, of which it is not known who calls it.
    """
    return is_of_program(clause.scope) and any(
        _is_of(clause, call) and not call.into_file for call in prints.of(clause.module)
    )


def _tells_in(clause: Clause, call: Print) -> bool:
    return _is_of(clause, call) and not call.to_terminal


def _is_of(clause: Clause, call: Print) -> bool:
    """Tell whether *clause* itself tells of what it has taken with *call*."""
    return (
        next(call.site.step.handlers, None) is clause.handler
        and not call.site.deferred
        and call.tells_failure
    )
