"""Endpoints take their session from `Depends(get_db)`.

The dependency gives each request one session, closes it after the response and rolls back what was
not committed. A session that an endpoint opens itself is a second transaction beside it, and a test
that overrides `get_db` does not reach it: the test talks to the real database. An engine made in an
endpoint is a new pool of connections for every request.

A WebSocket may live for hours and had better not hold one session all the while, and a health check
must be able to say that there is no database; they are not judged. Such a check is also, under any
path, what runs `SELECT 1` and nothing else, and catches what fails.

## Bad
```python title=app/api/v1/items.py
from fastapi import APIRouter
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from app.config import settings
from app.services.item_service import ItemService

router = APIRouter(prefix="/api/v1/items")
session_factory = async_sessionmaker(create_async_engine(settings.database_url))


@router.get("/{item_id}")
async def get_item(item_id: int):
    async with session_factory() as db:
        return await ItemService(db).get_by_id(item_id)
```

## Good
```python title=app/api/v1/items.py
from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import get_db
from app.services.item_service import ItemService

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}")
async def get_item(item_id: int, db: AsyncSession = Depends(get_db)):
    return await ItemService(db).get_by_id(item_id)
```
"""

from gravity_lint import facts as f
from gravity_lint.model.services.access import (
    EndpointAccess,
    endpoint_accesses,
    session_dependencies,
)
from gravity_lint.rule import CONFORMS, Answer, Note, Scope, Severity, Violation, rule


@rule(
    code="GRV118",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=endpoint_accesses,
)
def check(access: EndpointAccess) -> Answer:
    """The endpoint opens no session and makes no engine."""
    if access.endpoint.websocket or access.endpoint.operational:
        return None
    if not access.opened:
        return CONFORMS
    if access.tries_database:
        return None
    names = dict.fromkeys(f.render(site.call.function) for site in access.opened)
    shown = ", ".join(f"`{name}(...)`" for name in names)
    taken, given = access.taken_session, access.session_dependency
    if taken is not None:
        advice = f"use `{taken}`, which it takes already, or leave the work to a service"
    elif given is not None:
        how = f"`Depends({given.written})`"
        advice = f"take the session of the request with {how}, and leave the work to a service"
    else:
        advice = "make a dependency such as `get_db` that gives each request one, and take that"
        if session_dependencies(access.module.service):
            advice = f"make a dependency that yields what {shown} gives, and take that"
    return Violation(
        f"`{access.name}` opens its own database session with {shown}; {advice}",
        notes=tuple(Note(x.module, x.span, "opened here") for x in access.opened),
    )
