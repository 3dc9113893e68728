"""What a service gives back is no matter of HTTP.

A service returns entities, values, or raises a domain exception; wrapping them in `ApiResponse`,
choosing the status and the response class is the endpoint's work. A service that answers HTTP
cannot be called from a consumer or a scheduled job, and its tests compare envelopes. What another
service answered (`httpx.Response`) is data.

## Bad
```python title=app/services/order_service.py
from app.schemas.response import ApiResponse


class OrderService:
    async def get(self, order_id: int) -> ApiResponse[int]:
        return ApiResponse(success=True, data=order_id)
```

## Good
```python title=app/services/order_service.py
class OrderService:
    async def get(self, order_id: int) -> int:
        return order_id
```
"""

from gravity_lint.model.services.results import ServiceResult, service_results
from gravity_lint.rule import CONFORMS, Answer, Note, Scope, Severity, Violation, rule


@rule(
    code="GRV211",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Service Layer Patterns",
    subjects=service_results,
)
def check(result: ServiceResult) -> Answer:
    """Nothing of the transport comes back."""
    if not result.leftovers:
        return CONFORMS
    first, *others = result.leftovers
    whats = [first.what]
    for other in others:
        if other.what not in whats:
            whats.append(other.what)
    what = " and ".join([", ".join(whats[:-1]), whats[-1]] if len(whats) > 1 else whats)
    return Violation(
        f"`{result.name}` {what}; that is the endpoint's work, a service returns"
        " entities and raises domain exceptions",
        at=first.at,
        notes=tuple(Note(result.module, x.at, f"`{result.name}` {x.what} too") for x in others[:9]),
    )
