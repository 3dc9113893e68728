"""What is promised as a list is made one.

SQLAlchemy declares `scalars().all()` as a `Sequence`: it may be a tuple or a view tomorrow, and a
type checker refuses it where the method promises `list[...]`. The document writes
`list(result.scalars().all())`. A method annotated `Sequence[...]` promises what it gets and is
fine.

The fix is safe: it makes a list of what already is a sequence.

## Bad
```python title=app/repositories/item_repository.py
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.item import Item


class ItemRepository:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def get_active(self) -> list[Item]:
        result = await self.db.execute(select(Item).where(Item.active))
        return result.scalars().all()
```

## Good
```python title=app/repositories/item_repository.py
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.item import Item


class ItemRepository:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def get_active(self) -> list[Item]:
        result = await self.db.execute(select(Item).where(Item.active))
        return list(result.scalars().all())
```
"""

from gravity_lint import facts as f
from gravity_lint.edits import WrapExpression
from gravity_lint.model.services.queries import ReturnedRows, returned_rows
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
    code="GRV306",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Repository Pattern",
    subjects=returned_rows,
)
def check(rows: ReturnedRows) -> Answer:
    """The rows are made a list."""
    if rows.made:
        return CONFORMS
    name = rows.label.rpartition(".")[2]
    return Violation(
        f"`{name}` promises a list, but `{f.render(rows.rows)}` is only known to be a sequence;"
        " return `list(...)` of it"
    )


@check.fix(Applicability.SAFE)
def fix(rows: ReturnedRows) -> Edits:
    """Make a list of them."""
    if not rows.can_be_made:
        return Withheld("`list` means something else there")
    return (WrapExpression(rows.rows.span, "list(", ")"),)
