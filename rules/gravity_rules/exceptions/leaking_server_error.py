"""A server error does not tell the client what was caught.

The text of an unexpected exception holds table names, SQL, host names, file paths, sometimes
credentials. It belongs into the log, with its traceback; the client gets a fixed sentence, as the
document's `detail="Failed to create resource"`. The text of a domain exception is written for
clients and may be shown, and so is what only appears in debug mode.

## Bad
```python
from fastapi import APIRouter, HTTPException, status

router = APIRouter()


@router.get("/items")
async def list_items(service):
    try:
        return await service.list()
    except Exception as e:
        raise HTTPException(status.HTTP_500_INTERNAL_SERVER_ERROR, detail=f"failed: {e}")
```

## Good
```python
from fastapi import APIRouter, HTTPException, status

router = APIRouter()


@router.get("/items")
async def list_items(service):
    try:
        return await service.list()
    except Exception as e:
        raise HTTPException(
            status.HTTP_500_INTERNAL_SERVER_ERROR, detail="Failed to list items"
        ) from e
```
"""

from gravity_lint.model.exceptions.leaks import ServerError, server_errors
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV407",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Error Handling Patterns",
    subjects=server_errors,
    alarm="answer with the text of an internal error",
)
def check(error: ServerError) -> Answer:
    """What the client of a failed request gets is not the exception."""
    if error.leaked is None:
        return CONFORMS
    advice = "answer with a fixed text" if error.logged else "log it and answer with a fixed text"
    return Violation(
        f"this {error.status} shows the caught exception to the client; {advice}",
        at=error.leaked.span if error.leaked.span.line else None,
    )
