"""A query for a list has a limit.

`get_all` without `limit` is fast on the day it is written. It loads the whole table into memory,
and one day the table is large: the request times out, the worker grows, the database reads
everything for a page that shows twenty rows. Methods that list take `skip` and `limit`.

Only statements that are read whole are judged: aggregates, groups, streams and queries for given
keys are not, nor is a statement that a helper may have bounded.

## Bad
```python title=app/repositories/item_repository.py
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.item import Item


class ItemRepository:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def get_all(self) -> list[Item]:
        result = await self.db.execute(select(Item))
        return list(result.scalars().all())
```

## Good
```python title=app/repositories/item_repository.py
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.item import Item


class ItemRepository:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def get_all(self, skip: int = 0, limit: int = 100) -> list[Item]:
        result = await self.db.execute(select(Item).offset(skip).limit(limit))
        return list(result.scalars().all())
```
"""

from fnmatch import fnmatchcase

from gravity_lint.model.services.queries import ListQuery, list_queries
from gravity_lint.rule import CONFORMS, Answer, Options, Scope, Severity, Violation, rule


class UnboundedQueryOptions(Options, frozen=True):
    """Options of the rule."""

    names: tuple[str, ...] = ("get_all", "list", "list_*", "find_all*")
    """What methods that give a list are called; `*` stands for anything."""


@rule(
    code="GRV304",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Repository Pattern",
    subjects=list_queries,
    options=UnboundedQueryOptions,
)
def check(listing: ListQuery, options: UnboundedQueryOptions) -> Answer:
    """The query is limited, or the method takes pagination parameters."""
    name = listing.function.name
    if not any(fnmatchcase(name, pattern) for pattern in options.names):
        return None
    if listing.bounded is not False:
        return CONFORMS if listing.bounded else None
    return Violation(
        f"`{name}` selects every row that fits, however many; take `skip` and `limit` and give them"
        " to the statement"
    )
