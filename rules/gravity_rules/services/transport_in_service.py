"""What a service gives back is no matter of HTTP.

A service returns entities, values, or raises a domain exception; wrapping them in `ApiResponse`,
choosing the status and the response class is the endpoint's work. A service that answers HTTP
cannot be called from a consumer or a scheduled job, and its tests compare envelopes. Of an
exception the class carries the status, not each `raise`. What another service answered
(`httpx.Response`, a record of its status) is data.

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

from collections.abc import Iterable, Iterator

from gravity_lint.model.services.results import Leftover, ServiceResult, service_results
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
    return Violation(
        f"`{result.name}` {series(list(departures(result.leftovers)))}; {advice(result.leftovers)}",
        at=first.at,
        notes=tuple(
            Note(result.module, x.at, f"`{result.name}` {next(departures([x]))} too")
            for x in others[:9]
        ),
    )


def departures(leftovers: Iterable[Leftover]) -> Iterator[str]:
    """Say what the function does, once for all statuses that it gives to the same class."""
    whats: dict[str, None] = {}
    statuses: dict[str, dict[str, None]] = {}
    for found in leftovers:
        if found.status:
            statuses.setdefault(found.exception, {})[f"`{found.status}`"] = None
        else:
            whats[found.what] = None
    for index, what in enumerate(whats):
        yield what.removeprefix("returns ") if index else what
    for exception, given in statuses.items():
        act = f"gives `{exception}`" if exception else "builds"
        status = "status" if len(given) == 1 else "statuses"
        yield f"{act} the HTTP {status} {series(list(given))}"


def series(parts: list[str]) -> str:
    """Join *parts* as one says them."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def advice(leftovers: Iterable[Leftover]) -> str:
    """Say who has to do it: the endpoint, and for exceptions their class."""
    raised = {x.status for x in leftovers if x.exception}
    if all(x.exception for x in leftovers):
        carried = "that" if len(raised) == 1 else "each"
        return f"let an exception class carry {carried}, a service only says what went wrong"
    carrying = ", whose classes carry their status" if raised else ""
    return (
        "that is the endpoint's work, a service returns entities and raises domain"
        f" exceptions{carrying}"
    )
