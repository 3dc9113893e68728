"""A service logs what it has changed.

Once the session is committed the change is real; an event in the log says who changed what, and
when. Before the commit it may still fail, and what is only logged on failure says nothing of the
rest. The document's services log `resource_created` and its like right after the commit.

## Bad
```python title=app/services/item_service.py
from sqlalchemy.ext.asyncio import AsyncSession


class ItemService:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def delete(self, item) -> None:
        await self.db.delete(item)
        await self.db.commit()
```

## Good
```python title=app/services/item_service.py
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

logger = structlog.get_logger()


class ItemService:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def delete(self, item) -> None:
        await self.db.delete(item)
        await self.db.commit()
        logger.info("item_deleted", item_id=item.id)
```
"""

from gravity_lint import facts as f
from gravity_lint.model.services.deeds import Deed, commits
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV208",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Service Layer Patterns",
    subjects=commits,
)
def check(commit: Deed) -> Answer:
    """After the commit something is logged."""
    if commit.logged is not False:
        return CONFORMS if commit.logged else None
    return Violation(
        f"`{commit.function.name}` commits and logs nothing after"
        f" `{f.render(commit.site.call.function)}()`; log an event that says what was changed"
    )
