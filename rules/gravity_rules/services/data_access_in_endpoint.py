"""Endpoints leave data access to services.

An endpoint takes a request apart, calls a service and shapes the answer. SQL in it cannot be used
by another endpoint, an event handler or a job, and can only be tested through HTTP. A transaction
that an endpoint commits belongs to nobody: the service cannot say what goes together. Passing the
session to a service is the pattern. A health check that runs `SELECT 1`, and catches what fails,
asks for no data.

## Bad
```python title=app/api/v1/items.py
from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import get_db
from app.models.item import Item

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}")
async def get_item(item_id: int, db: AsyncSession = Depends(get_db)):
    result = await db.execute(select(Item).where(Item.id == item_id))
    return result.scalar_one_or_none()
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
from gravity_lint.model.services.access import EndpointAccess, endpoint_accesses
from gravity_lint.rule import CONFORMS, Answer, Note, Scope, Severity, Violation, rule


@rule(
    code="GRV204",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Service Layer Patterns",
    subjects=endpoint_accesses,
)
def check(access: EndpointAccess) -> Answer:
    """The endpoint neither runs SQL nor touches the session."""
    if access.endpoint.operational or access.tries_database:
        return None
    uses = [(call.name, call.module, call.span) for call in access.session_calls]
    uses += [(f.render(x.call.function), x.module, x.span) for x in access.statements]
    if not uses:
        return None if access.unknown else CONFORMS
    names = list(dict.fromkeys(name for name, _, _ in uses))
    shown = ", ".join(f"`{name}`" for name in names[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return Violation(
        f"`{access.name}` does data access itself ({shown}{more}); pass the session to a service"
        " that does it",
        notes=tuple(Note(module, span, f"`{name}`") for name, module, span in uses),
    )
