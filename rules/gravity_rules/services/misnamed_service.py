"""Classes of the services layer are called `*Service`, and `*Service` classes live there.

Whoever looks for the business logic of orders opens `app/services/` and searches for
`OrderService`. A `StockManager` there, or an `OrderService` among the helpers of `core`, is found
by accident. Concerned are public classes that work with a session and offer methods; clients,
exceptions and data classes without one are called what they are. A file `users/service.py` is the
services layer of its slice.

## Bad
```python title=app/services/stock_service.py
from sqlalchemy.ext.asyncio import AsyncSession


class StockManager:
    def __init__(self, db: AsyncSession) -> None:
        self.db = db

    async def reserve(self, sku: str) -> None:
        await self.db.commit()
```

## Good
```python title=app/services/stock_service.py
from sqlalchemy.ext.asyncio import AsyncSession


class StockService:
    def __init__(self, db: AsyncSession) -> None:
        self.db = db

    async def reserve(self, sku: str) -> None:
        await self.db.commit()
```
"""

from gravity_lint.model.code.names import imports_any
from gravity_lint.model.services.service_classes import ServiceClass, service_classes
from gravity_lint.model.services.transport import FRAMEWORKS
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV201",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Service Layer Patterns",
    subjects=service_classes,
)
def check(service: ServiceClass) -> Answer:
    """Name and place agree."""
    if not service.uses_session or not service.offers_methods:
        return None
    suffix = service.suffixes[0]
    if not service.well_named:
        if service.is_scaffold:
            return None
        return Violation(
            f"`{service.name}` works with a session in the services layer but is not called"
            f" `*{suffix}`; services are named for what they serve, like `Order{suffix}`"
        )
    if not service.is_misplaced:
        return CONFORMS if service.in_layer else None
    home = "a `service.py` of its slice" if service.among_slices else "`services/`"
    web = ", and leave HTTP to the endpoints" if imports_any(service.module, FRAMEWORKS) else ""
    return Violation(
        f"`{service.name}` is a service with a session outside the services layer; move it to"
        f" {home}, where business logic is looked for{web}"
    )
