"""Endpoints call services; services call repositories.

Where a services layer exists, it is the one place for rules, transactions, logging, events and
cache invalidation. An endpoint that calls a repository itself goes past all of them, and the next
change to the rule will miss it. To make a repository and hand it to a service is fine.

## Bad
```python title=app/repositories/order_repository.py
class OrderRepository:
    async def get_by_id(self, order_id: int) -> dict:
        return {"id": order_id}
```
```python title=app/services/order_service.py
class OrderService:
    pass
```
```python title=app/api/v1/orders.py
from fastapi import APIRouter, Depends

from app.repositories.order_repository import OrderRepository

router = APIRouter(prefix="/api/v1/orders")


@router.get("/{order_id}")
async def get_order(order_id: int, orders: OrderRepository = Depends()) -> dict:
    return await orders.get_by_id(order_id)
```

## Good
```python title=app/services/order_service.py
class OrderService:
    async def get_by_id(self, order_id: int) -> dict:
        return {"id": order_id}
```
```python title=app/api/v1/orders.py
from fastapi import APIRouter, Depends

from app.services.order_service import OrderService

router = APIRouter(prefix="/api/v1/orders")


@router.get("/{order_id}")
async def get_order(order_id: int, service: OrderService = Depends()) -> dict:
    return await service.get_by_id(order_id)
```
"""

from gravity_lint.model.services.bypasses import EndpointFunction, endpoints_beside_services
from gravity_lint.rule import CONFORMS, Answer, Note, Scope, Severity, Violation, rule


@rule(
    code="GRV214",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Service Layer Patterns",
    subjects=endpoints_beside_services,
)
def check(endpoint: EndpointFunction) -> Answer:
    """No repository is called."""
    if not endpoint.calls:
        return CONFORMS
    first, *others = endpoint.calls
    return Violation(
        f"the endpoint `{endpoint.name}` calls `{first.name}` of `{first.repository}` itself; call"
        " a service, which is where rules, transactions and logging are",
        at=first.span,
        notes=tuple(Note(endpoint.module, x.span, f"`{x.name}` is called too") for x in others[:5]),
    )
