"""Prints by which an ``except`` clause tells of what it has taken."""

from __future__ import annotations

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


def _tells_in(clause: Clause, call: Print) -> bool:
    return (
        next(call.site.step.handlers, None) is clause.handler
        and not call.site.deferred
        and call.tells_failure
        and not call.to_terminal
    )
