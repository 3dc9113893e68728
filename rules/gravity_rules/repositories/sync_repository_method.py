"""Repository methods that use an asynchronous session are coroutine functions.

A plain `def` cannot await the session: it can only hand a coroutine back, and whoever calls it has
to know that. `async def` says so, and lets the method look at what it gets.

Methods that only note something in the session (`add`, `expunge`), that build statements, or that
are run through `session.run_sync` or in a thread are left alone; one over a synchronous session is
told so by `sync-data-access`.

## Bad
```python title=app/repositories/item_repository.py
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.item import Item


class ItemRepository:
    def __init__(self, db: AsyncSession):
        self.db = db

    def get_by_name(self, name: str):
        return self.db.scalar(select(Item).where(Item.name == name))
```

## Good
```python title=app/repositories/item_repository.py
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.item import Item


class ItemRepository:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def get_by_name(self, name: str) -> Item | None:
        return await self.db.scalar(select(Item).where(Item.name == name))
```
"""

from gravity_lint.model.services.blocking import DataMethod, repository_session_methods
from gravity_lint.rule import CONFORMS, Answer, Note, Scope, Severity, Violation, rule


@rule(
    code="GRV303",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Repository Pattern",
    subjects=repository_session_methods,
)
def check(method: DataMethod) -> Answer:
    """The method is an `async def`."""
    if method.function.is_async:
        return CONFORMS
    if method.maybe_in_thread:
        return None
    calls = [call for call in method.session_calls if call.is_async]
    return Violation(
        f"`{method.function.name}` is a plain `def` that calls `{calls[0].name}` of an asynchronous"
        " session; make it `async def` and await the session",
        notes=tuple(Note(call.module, call.span, "uses the session") for call in calls),
    )
