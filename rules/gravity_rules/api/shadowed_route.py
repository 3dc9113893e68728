"""No route stands behind one that takes all its requests.

Starlette tries routes in the order in which they were added and takes the first whose path and
method match. Behind `/{item_id}`, a `/search` is never reached: its requests arrive at the first
one with `item_id="search"`, which answers 422 or looks for an item of that name. Fixed paths go
before parameters, and a type on the path itself (`/{item_id:int}`) keeps words out.

## Bad
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}")
async def get_item(item_id: str) -> dict:
    return {}


@router.get("/search")
async def search_items() -> dict:
    return {}
```

## Good
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/search")
async def search_items() -> dict:
    return {}


@router.get("/{item_id}")
async def get_item(item_id: str) -> dict:
    return {}
```
"""

from gravity_lint.model.api.order import Placed, included_again, judged_routes
from gravity_lint.rule import CONFORMS, Answer, Cause, Note, Scope, Severity, Violation, rule


@rule(
    code="GRV117",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="API Development Patterns",
    subjects=judged_routes,
    alarm="endpoint that can never be reached",
)
def check(route: Placed) -> Answer:
    """No earlier route takes what this one waits for."""
    earlier = route.shadow
    if earlier is None:
        return CONFORMS
    if route.endpoint is earlier.endpoint:
        return again(route, earlier)
    method = " or ".join(sorted(route.endpoint.methods or ()))
    same = earlier.path == route.path
    what = "the same path" if same else f"`{earlier.path}`, which also matches `{route.path}`"
    if route.is_alike and not same:
        what = f"`{earlier.path}`, which matches the same as `{route.path}`"
    advice = "remove one of them" if route.is_alike else "add it first"
    if route.endpoint.function is earlier.endpoint.function:
        return Violation(
            f"`{route.endpoint.name}` is registered twice: every {method} of `{route.path}` goes"
            f" the way that was added before this one with {what}; {advice}, or give one of them"
            " another path",
            notes=(Note(earlier.endpoint.module, earlier.endpoint.span, "added before"),),
        )
    other = f"`{earlier.endpoint.name}`"
    if earlier.endpoint.name == route.endpoint.name:
        there = earlier.endpoint.module
        other = f"{other} of `{there.name}`"
        if there is route.endpoint.module:
            other = f"the other `{earlier.endpoint.name}` of the module"
    return Violation(
        f"`{route.endpoint.name}` can never be reached: every {method} goes to {other}, added"
        f" before it with {what}; {advice}, or give one of them another path",
        notes=(
            Note(
                earlier.endpoint.module,
                earlier.endpoint.span,
                f"`{earlier.endpoint.name}` takes the requests",
            ),
        ),
    )


def again(route: Placed, earlier: Placed) -> Violation:
    """Say that the endpoint is there twice, and which include does that."""
    second = included_again(route, earlier)
    what = (
        f"`{route.endpoint.name}` is there twice under `{route.path}`: its router is included again"
        " under the same path"
    )
    if second is None:
        return Violation(f"{what}; include it in one way, or give one of the includes a prefix")
    message = "what is included here is there already, under the same path; leave this include away"
    return Violation(
        f"{what}; leave the include away that brings nothing else",
        cause=Cause(second.site.module, second.site.span, message),
    )
