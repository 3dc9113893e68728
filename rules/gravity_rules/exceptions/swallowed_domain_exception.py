"""A broad `except` in an endpoint lets domain exceptions and `HTTPException` pass.

A domain exception is raised so that its handler can answer it: 404 for what is not found, 409 for a
duplicate. `except Exception` around the call takes it first and turns the foreseen failure into a
500; an `HTTPException` raised inside the `try` is lost in the same way. The document's own
`create_resource` has this defect. What a call may raise is followed through services, repositories
and functions of this service; what is not known to be raised is not reported, nor a clause behind
which the endpoint goes on without what failed. Nor is one that answers with the same status: that
is not lost, whatever becomes of the detail and the headers.

The fix inserts `except (GravityException, HTTPException): raise` before the clause, without the
root where the service has none. It is unsafe because clients then see the status that was meant,
and withheld where the clause does more than log and answer: a `rollback` is due for what passes
as well.

## Bad
```python title=app/api/v1/orders.py
from fastapi import APIRouter, HTTPException, status

router = APIRouter(prefix="/api/v1/orders")


@router.get("/{order_id}")
async def get_order(order_id: int):
    try:
        if order_id > 10:
            raise HTTPException(status_code=status.HTTP_404_NOT_FOUND, detail="no such order")
        return order_id
    except Exception:
        raise HTTPException(status_code=status.HTTP_500_INTERNAL_SERVER_ERROR, detail="failed")
```

## Good
```python title=app/api/v1/orders.py
from fastapi import APIRouter, HTTPException, status

router = APIRouter(prefix="/api/v1/orders")


@router.get("/{order_id}")
async def get_order(order_id: int):
    try:
        if order_id > 10:
            raise HTTPException(status_code=status.HTTP_404_NOT_FOUND, detail="no such order")
        return order_id
    except HTTPException:
        raise
    except Exception:
        raise HTTPException(status_code=status.HTTP_500_INTERNAL_SERVER_ERROR, detail="failed")
```
"""

from gravity_lint.edits import InsertHandler
from gravity_lint.model.exceptions.escapes import Escape
from gravity_lint.model.exceptions.swallowing import Catching, broad_clauses_of_endpoints
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Note,
    Scope,
    Severity,
    Violation,
    Withheld,
    rule,
)


@rule(
    code="GRV405",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Error Handling Patterns",
    subjects=broad_clauses_of_endpoints,
)
def check(catching: Catching) -> Answer:
    """Nothing that has an answer of its own ends in the clause."""
    if not catching.swallowed:
        return CONFORMS
    lost = catching.swallowed[0]
    more = len({escape.name for escape in catching.swallowed}) - 1
    others = f" (and {more} more)" if more else ""
    return Violation(
        f"`{catching.clause.head}` also takes the `{lost.name}` that `{lost.raiser}` raises"
        f"{others}, so {loss(catching, lost)}; {advice(catching, lost)}",
        notes=tuple(note for escape in catching.swallowed[:3] for note in way(catching, escape)),
    )


def advice(catching: Catching, escape: Escape) -> str:
    """Say what to do, of a clause that may be meant for what the `try` itself raises, too."""
    passing = "let it pass with an earlier clause that raises it again"
    if escape.calls or not (catching.answers_instead or catching.leads_on):
        if catching.besides and not catching.answers_instead:
            also = besides(catching)
            return f"let it pass with an earlier clause that also {also}, and raises it again"
        return passing
    meant = "the endpoint is to go on" if catching.leads_on else "the clause is to answer instead"
    return f"raise something else where {meant}, or {passing}"


def besides(catching: Catching) -> str:
    """Say what the clause does that is due for what passes, too."""
    first, *others = catching.besides
    if len(others) > 1:
        return f"{first} and does the {len(others)} other things that this one does"
    return " and ".join([first, *others])


def loss(catching: Catching, escape: Escape) -> str:
    """Say what the clause takes away."""
    status = catching.status_of(escape)
    if escape.thrown.is_http:
        return f"its status {status} is lost" if status is not None else "its status is lost"
    if status is not None and status not in catching.statuses:
        return f"its exception handler and its status {status} are lost"
    if catching.handler_of(escape) is not None:
        return "the exception handler that would answer it never sees it"
    return "no exception handler will ever see it"


def way(catching: Catching, escape: Escape) -> tuple[Note, ...]:
    """Show how the exception comes here, and who would have answered it."""
    notes = [
        Note(site.module, site.span, f"`{escape.name}` comes through this call")
        for site in escape.calls
    ]
    notes.append(Note(escape.origin.module, escape.origin.span, f"`{escape.name}` is raised here"))
    handler = catching.handler_of(escape)
    if handler is not None:
        notes.append(Note(handler.module, handler.at, f"`{escape.name}` would be answered here"))
    return tuple(notes)


@check.fix(Applicability.UNSAFE)
def fix(catching: Catching) -> Edits:
    """Raise again what has an answer of its own."""
    if catching.besides:
        also = besides(catching)
        return Withheld(f"the clause also {also}, which must not be lost for what passes")
    if catching.answers_instead or catching.leads_on:
        return Withheld("what is raised may be the way to what is done instead")
    passing = catching.passing_clause()
    if passing is None:
        return Withheld("how the exception is to be imported there is not certain")
    text, imports = passing
    return (InsertHandler(catching.clause.handler.span, text), *imports)
