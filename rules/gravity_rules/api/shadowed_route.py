"""No route stands behind one that takes all its requests.

Starlette tries routes in the order in which they were added and takes the first whose path and
method match. Behind `/{item_id}`, a `/search` is never reached: its requests arrive at the first
one with `item_id="search"`, which answers 422 or looks for an item of that name. Fixed paths go
before parameters, and a type on the path itself (`/{item_id:int}`) keeps words out. A route may be
included once more where an OpenAPI document of its own is made of that router.

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

from gravity_lint.model.api.order import Placed, judged_routes
from gravity_lint.model.api.shadowing import Shadow, included_again, is_for_a_document
from gravity_lint.model.code.subjects import place
from gravity_lint.rule import CONFORMS, Answer, Cause, Note, Scope, Severity, Violation, rule


@rule(
    code="GRV117",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="API Development Patterns",
    subjects=judged_routes,
    alarm="route that no request reaches",
)
def check(route: Placed) -> Answer:
    """No earlier route takes what this one waits for."""
    earlier = route.shadow
    if earlier is None:
        return CONFORMS
    if route.endpoint is earlier.endpoint:
        return again(route, earlier)
    shadow = Shadow(route, earlier)
    name, method = route.endpoint.name, " or ".join(sorted(route.endpoint.methods or ()))
    same = earlier.path == route.path
    if same:
        what = "the same path"
    elif route.is_alike:
        what = f"`{earlier.path}`, which matches the same as `{route.path}`"
    else:
        what = f"`{earlier.path}`, which also matches `{route.path}`"
    if shadow.is_one_function:
        return Violation(
            f"`{name}` is registered twice: every {method} of `{route.path}` goes the way that was"
            f" added before this one with {what}; {advice(shadow)}",
            notes=(Note(earlier.endpoint.module, earlier.endpoint.span, "added before"),),
            cause=cause(shadow),
        )
    other = f"`{earlier.endpoint.name}`"
    if earlier.endpoint.name == name:
        there = earlier.endpoint.module
        other = f"{other} of `{there.name}`"
        if there is route.endpoint.module:
            other = f"the other `{earlier.endpoint.name}` of the module"
    return Violation(
        f"`{name}` is never reached at `{route.path}`{elsewhere(shadow)}: every {method} goes to"
        f" {other}, added before it with {what}; {advice(shadow)}",
        notes=(
            Note(
                earlier.endpoint.module,
                earlier.endpoint.span,
                f"`{earlier.endpoint.name}` takes the requests",
            ),
        ),
        cause=cause(shadow),
    )


def elsewhere(shadow: Shadow) -> str:
    """Say where requests do reach the function, if there is such a place."""
    known = [x.path for x in (*shadow.places, *shadow.siblings) if not x.conditional]
    others = [path for path in known if path != shadow.route.path]
    return f" (it is at `{others[0]}`)" if others else ""


def advice(shadow: Shadow) -> str:
    """Say what can be done, without losing what requests do reach."""
    include, route = shadow.include, shadow.route
    if include is not None and shadow.places:
        named = f"its include ({place(include.site.module, include.site.span)})"
        if shadow.can_move:
            without = ", or leave it out" if shadow.can_go_without else ""
            return f"give {named} a prefix of its own{without}"
    ways: list[str] = []
    if not route.is_alike and shadow.can_go_first:
        ways.append("add it first" if include is None else "put its include first")
    if shadow.places or shadow.hides_places:
        pass  # what is removed here would be missed there
    elif shadow.siblings and not shadow.is_one_function:
        ways.append(f"remove this {'decorator' if route.endpoint.decorated else 'registration'}")
    elif route.is_alike:
        ways.append("remove one of them" if shadow.frees else "remove this one")
    if shadow.has_free_paths:
        alone = "it" if ways else "this one"
        ways.append(f"give {'one of them' if shadow.is_freed else alone} another path")
    elif shadow.is_freed:
        that = "that one" if shadow.is_one_function else f"`{shadow.earlier.endpoint.name}`"
        ways.append(f"give {that} another path")
    return ", or ".join(ways or ["give another path to each one before it that takes its requests"])


def cause(shadow: Shadow) -> Cause | None:
    """Return the include that is to be changed, where what it brings is reached elsewhere."""
    include = shadow.include
    if include is None or not shadow.places or not shadow.can_move:
        return None
    return Cause(
        include.site.module,
        include.site.span,
        "others that were added before take the requests of what is included here, which is reached"
        " in another place; give this include a prefix of its own",
    )


def again(route: Placed, earlier: Placed) -> Answer:
    """Say that the endpoint is there twice, and which include does that."""
    second = included_again(route, earlier)
    if second is None and is_for_a_document(route, earlier):
        return None
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
