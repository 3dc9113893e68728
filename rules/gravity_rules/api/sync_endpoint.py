"""Endpoints are `async def`.

FastAPI runs a `def` endpoint in a pool of forty threads: slow calls fill it and block every other
one, and the session, the cache and the event bus of the patterns document are asynchronous and
cannot be awaited there. What blocks in the body would then block the event loop: the fix is unsafe,
and left to people unless all that the body calls is known not to wait.

## Bad
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}")
def get_item(item_id: int) -> dict:
    return {}
```

## Good
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}")
async def get_item(item_id: int) -> dict:
    return {}
```
"""

from gravity_lint.edits import MakeAsync
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.routing import first_endpoints
from gravity_lint.model.code.calls import is_called
from gravity_lint.model.services.blocking import asks_sync_session, may_block
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
    code="GRV111",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=first_endpoints,
)
def check(endpoint: Endpoint) -> Answer:
    """The function is a coroutine function."""
    if endpoint.function.is_async:
        return CONFORMS
    advice = ""
    if may_block(endpoint.function):
        advice = ", and await what may block, or run it by `run_in_threadpool`"
    if asks_sync_session(endpoint.function):
        advice = " on an `AsyncSession`, for what it asks its `Session` cannot be awaited"
    return Violation(
        f"`{endpoint.name}` is a plain `def`, which FastAPI runs in its small thread pool; make it"
        f" `async def`{advice}",
        at=endpoint.function.span,
    )


@check.fix(Applicability.UNSAFE)
def fix(endpoint: Endpoint) -> Edits:
    """Say `async def`, unless the service itself calls the function or it may block."""
    if is_called(endpoint.function):
        return Withheld("the service itself calls the function, and would have to await it")
    if may_block(endpoint.function):
        return Withheld("it may block, and would hold up all other requests")
    return (MakeAsync(endpoint.function.definition.span),)
