"""What was committed is refreshed before it is returned.

A commit ends the transaction that the entity belonged to. By default its attributes then expire,
and on an asynchronous session nothing may load them when they are next touched: the endpoint that
serialises the entity fails with `MissingGreenlet`. `expire_on_commit=False` is no excuse. The
entity then keeps what the program put into it, not what the row holds: what triggers, the column's
type and the server made of it stays unseen, and its relationships still cannot be loaded.

The fix refreshes the entity after the commit. It is unsafe because that is one more query.

## Bad
```python title=app/services/item_service.py
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.item import Item


class ItemService:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def create(self, name: str) -> Item:
        item = Item(name=name)
        self.db.add(item)
        await self.db.commit()
        return item
```

## Good
```python title=app/services/item_service.py
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.item import Item


class ItemService:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def create(self, name: str) -> Item:
        item = Item(name=name)
        self.db.add(item)
        await self.db.commit()
        await self.db.refresh(item)
        return item
```
"""

from gravity_lint import facts as f
from gravity_lint.edits import InsertStatement
from gravity_lint.model.services.entities import CommittedEntity, committed_entities
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Note,
    Scope,
    Severity,
    Violation,
    rule,
)


@rule(
    code="GRV207",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Service Layer Patterns",
    subjects=committed_entities,
)
def check(entity: CommittedEntity) -> Answer:
    """The entity is read anew after the commit."""
    if entity.refreshed is not False:
        return CONFORMS if entity.refreshed else None
    session = f.render(entity.committed.receiver)
    return Violation(
        f"`{entity.name}` is returned as it was before `{entity.committed.name}()`; refresh it"
        f" first: `await {session}.refresh({entity.name})`",
        notes=(Note(entity.module, entity.committed.span, "committed here"),),
    )


@check.fix(Applicability.UNSAFE)
def fix(entity: CommittedEntity) -> Edits:
    """Refresh the entity after the commit."""
    step = entity.committed.site.step
    if not entity.function.is_async or not isinstance(step.statement, f.Evaluate):
        return None
    session = f.render(entity.committed.receiver)
    return (InsertStatement(step.span, f"await {session}.refresh({entity.name})"),)
