"""A service logs what it has changed.

Once the session is committed the change is real; an event in the log says who changed what, and
when. Before the commit it may still fail, and what is only logged on failure says nothing of the
rest. The document's services log `resource_created` and its like right after the commit. The end of
`async with session.begin()` commits what the block has changed. A private method is fine if all who
call it log. Functions of the services layer are judged as its methods are.

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

from gravity_lint.model.services.deeds import Deed, commits
from gravity_lint.rule import CONFORMS, Answer, Cause, Note, Scope, Severity, Violation, rule


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
    calls = commit.silent_callers
    nor = (
        f", and neither does `{calls[0].label.rpartition('.')[2]}`, which calls it" if calls else ""
    )
    return Violation(
        f"`{commit.function.name}` commits and logs nothing after {commit.shown}{nor}; log an event"
        " that says what was changed",
        notes=tuple(Note(x.module, x.span, "nothing is logged after this") for x in calls[:3]),
        cause=in_common(commit) if commit.shares_place else None,
    )


def in_common(commit: Deed) -> Cause:
    """Name the function at whose end one event does for all that is committed in it."""
    place = commit.place
    message = (
        f"`{place.name}` commits several times, here or in what it calls, and logs nothing after"
        " that; log an event at its end that says what was changed"
    )
    return Cause(place.module, place.span, message)
