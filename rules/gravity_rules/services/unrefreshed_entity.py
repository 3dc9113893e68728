"""What was committed is refreshed before it is returned.

A commit ends the transaction that the entity belonged to. By default its attributes then expire,
and on an asynchronous session nothing may load them when they are next touched: the endpoint that
serialises the entity fails with `MissingGreenlet`. `expire_on_commit=False` is no excuse. The
entity then keeps what the program put into it, not what the row holds: what triggers, the column's
type and the server made of it stays unseen, and its relationships still cannot be loaded.

The end of `async with session.begin()` commits as well. What is committed inside such a block, or
one of `begin_nested()`, can only be refreshed after it: until then the session runs nothing more.
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
    Withheld,
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
    first = "refresh it first"
    if entity.within:
        first = "let the block end, then refresh it"
    elif entity.transaction is not None:
        first = "refresh it after the block"
    how = refreshing(entity)
    if entity.many:
        first, how = first.replace("it", "each"), f"for each in {entity.name}: {how}"
    return Violation(
        f"`{entity.name}` is returned as it was before {entity.committed.shown}; {first}: `{how}`",
        notes=(Note(entity.module, entity.committed.site.span, "committed here"),),
    )


def refreshing(entity: CommittedEntity) -> str:
    """Say how the entity, or each of several, is refreshed."""
    session = f.render(entity.committed.session)
    return f"await {session}.refresh({'each' if entity.many else entity.name})"


@check.fix(Applicability.UNSAFE)
def fix(entity: CommittedEntity) -> Edits:
    """Refresh the entity after the commit."""
    step = entity.ended
    if not entity.function.is_async:
        return Withheld(f"`{entity.function.name}` is no coroutine function, and cannot await")
    if entity.within:
        return Withheld("it is returned before the block ends, until which nothing can refresh it")
    if entity.many:
        return Withheld("it is a list of entities, and each has to be refreshed")
    if any(block.part == "final" for block in entity.committed.step.block.ancestors()):
        return Withheld("it is committed in a `finally`, which is also passed after a failure")
    if not isinstance(step.statement, f.Evaluate | f.With):
        return Withheld("the commit is no statement of its own, behind which a refresh could stand")
    return (InsertStatement(step.span, refreshing(entity)),)
