"""Every route has a tag.

Tags group the operations of the OpenAPI document and name the modules of generated clients. A route
without one ends in a group called “default”, with everything else that nobody sorted. The tag may
come from the route, from its router, or from any include on the way. Health checks and the root of
the application need none. A router that includes others would hand its tags on to theirs, so its
own routes take theirs at the decorator.

## Bad
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}")
async def get_item(item_id: int) -> dict:
    return {}
```

## Good
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items", tags=["Items"])


@router.get("/{item_id}")
async def get_item(item_id: int) -> dict:
    return {}
```
"""

from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.inclusions import includes_routers
from gravity_lint.model.api.routing import endpoints_in, twins
from gravity_lint.rule import CONFORMS, Answer, Cause, Scope, Severity, Violation, rule, worst


@rule(
    code="GRV102",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="API Development Patterns",
    subjects=endpoints_in,
)
def check(endpoint: Endpoint) -> Answer:
    """Some tag reaches the route."""
    return worst(judged(twin) for twin in twins(endpoint))


def judged(endpoint: Endpoint) -> Answer:
    """Judge one of the routes that the registration makes."""
    if endpoint.in_schema is not True or endpoint.paths is None or endpoint.tagged is None:
        return None
    if endpoint.operational:
        return None
    if endpoint.tagged:
        return CONFORMS
    router = endpoint.router
    if router is None or router.call is None or router.is_app or includes_routers(router):
        registers = "decorator" if endpoint.decorated else "registration"
        return Violation(
            f'no tag reaches `{endpoint.name}`; give its {registers} `tags=["..."]`',
        )
    return Violation(
        f"no tag reaches `{endpoint.name}`, neither from its router nor from an include; give the"
        ' router `tags=["..."]`',
        cause=Cause(router.module, router.span, 'the router has no tags; give it `tags=["..."]`'),
    )
