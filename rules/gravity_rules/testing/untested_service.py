"""Every service class is tested.

The business rules are in the services, and a service can be tested without HTTP. A class that no
test names is tested through its endpoints at best. A name in an import, in the code or in the
string that `patch` takes counts, and so does that of an object of the class that a module keeps for
all to use, and a call of a function that gives one. A base or an interface is tested by its heirs,
and so is what is only inherited. Tests beside the service, or above it, are not in view: where it
has none of its own, the rule says nothing.

## Bad
```python title=app/services/order_service.py
from sqlalchemy.ext.asyncio import AsyncSession


class OrderService:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def cancel(self, order_id: int) -> None:
        await self.db.commit()
```
```python title=tests/test_orders.py
def test_nothing():
    assert True
```

## Good
```python title=app/services/order_service.py
from sqlalchemy.ext.asyncio import AsyncSession


class OrderService:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def cancel(self, order_id: int) -> None:
        await self.db.commit()
```
```python title=tests/test_orders.py
import pytest

from app.services.order_service import OrderService


@pytest.mark.asyncio
async def test_cancel(db_session, order):
    await OrderService(db_session).cancel(order.id)
    assert order.cancelled
```
"""

from gravity_lint.model import Class
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.services.service_classes import service_classes
from gravity_lint.model.testing.requests import (
    accessors_of,
    instances_of,
    is_called_in_tests,
    is_only_inherited,
    named_in_tests,
)
from gravity_lint.model.testing.tests import tested_out_of_view, tests_in_view
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@by_module
def classes_of_services(module: Module) -> list[Class]:
    """Return the service classes that are no base for others: those are tested by their heirs.

    So is one of which only its heirs make objects.
    """
    return [
        business.cls
        for business in service_classes.of(module)
        if not business.is_scaffold and not is_only_inherited(business.cls)
    ]


@rule(
    code="GRV509",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Testing Patterns",
    subjects=classes_of_services,
    default=False,
)
def check(cls: Class) -> Answer:
    """Some test names the class, or an object of it that the service keeps."""
    if tested_out_of_view(cls.module.service):
        return None
    if not {cls.name, *instances_of(cls)}.isdisjoint(named_in_tests(cls.module.service)):
        return CONFORMS
    if any(map(is_called_in_tests, accessors_of(cls))):
        return CONFORMS
    tests = tests_in_view(cls.module.service)
    return Violation(f"{tests} names `{cls.name}`; every service class has tests of its own")
