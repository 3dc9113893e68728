"""Rows are counted by the database.

`len(result.scalars().all())` fetches every row, makes an object of each and throws them away for
the sake of one number. `select(func.count())` sends that number. Rows that are used for something
else as well may be counted where they are, and so may those that are fetched to be locked.

## Bad
```python title=app/repositories/item_repository.py
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.item import Item


class ItemRepository:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def count(self) -> int:
        result = await self.db.execute(select(Item))
        return len(result.scalars().all())
```

## Good
```python title=app/repositories/item_repository.py
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.item import Item


class ItemRepository:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def count(self) -> int:
        result = await self.db.execute(select(func.count()).select_from(Item))
        return result.scalar_one()
```
"""

from gravity_lint.model.services.queries import Count, counts
from gravity_lint.rule import CONFORMS, Answer, Note, Scope, Severity, Violation, rule


@rule(
    code="GRV305",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Repository Pattern",
    subjects=counts,
)
def check(count: Count) -> Answer:
    """The database does the counting."""
    if not count.fetched:
        return CONFORMS
    counted = "func.count(distinct(...))" if ".unique()" in count.fetched else "func.count()"
    return Violation(
        f"`len({count.fetched})` fetches every row only to count them; select `{counted}`",
        notes=tuple(
            Note(count.module, span, "`len` counts them here as well") for span in count.again
        ),
    )
