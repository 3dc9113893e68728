"""Prints by which an ``except`` clause tells of what it has taken."""

from __future__ import annotations

from gravity_lint.model.code.scripts import is_of_program
from gravity_lint.model.exceptions.clauses import Clause, clause_of
from gravity_lint.model.exceptions.traces import Trace, likely_teller, trace_of
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


def is_told_of_with_clause(call: Print) -> bool:
    """Tell whether *call* is what its clause should log instead, so that one change mends both."""
    clause = clause_of(call.site.step)
    return clause is not None and _tells_in(clause, call) and only_prints(clause)


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
