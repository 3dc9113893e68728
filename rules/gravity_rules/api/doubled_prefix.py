"""No path says the same word twice in a row.

`/api/v1/companies/companies/` is what comes out when the router has the prefix `/companies` and the
include gives it again. The route works in the tests of the one who wrote it, and no client that
goes by the documentation ever finds it. One of the two gives the segment.

## Bad
```python title=app/main.py
from fastapi import FastAPI

from app.api.companies import router

app = FastAPI()
app.include_router(router, prefix="/api/v1/companies")
```
```python title=app/api/companies.py
from fastapi import APIRouter

router = APIRouter(prefix="/companies")


@router.get("/")
async def list_companies() -> dict:
    return {}
```

## Good
```python title=app/main.py
from fastapi import FastAPI

from app.api.companies import router

app = FastAPI()
app.include_router(router, prefix="/api/v1")
```
```python title=app/api/companies.py
from fastapi import APIRouter

router = APIRouter(prefix="/companies")


@router.get("/")
async def list_companies() -> dict:
    return {}
```
"""

from gravity_lint.model.api.doubling import (
    Doubled,
    Taking,
    always_doubles,
    doubled_segment,
    part_to_change,
    takings,
)
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.inclusions import Part
from gravity_lint.model.api.routing import endpoints_in, twins
from gravity_lint.rule import CONFORMS, Answer, Cause, Note, Scope, Severity, Violation, rule, worst


@rule(
    code="GRV122",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="API Development Patterns",
    subjects=endpoints_in,
)
def check(endpoint: Endpoint) -> Answer:
    """Where two parts of a path meet, they do not give the same segments."""
    return worst(judged(twin) for twin in twins(endpoint))


def judged(endpoint: Endpoint) -> Answer:
    """Judge one of the routes that the registration makes."""
    if endpoint.paths is None:
        return None
    for effective in endpoint.paths:
        doubled = doubled_segment(effective)
        if doubled is not None:
            first, second = doubled.first, doubled.second
            changed = part_to_change(endpoint, doubled)
            own = changed is effective.parts[-1]
            advice = at_route(endpoint, doubled) if own else at_prefix(endpoint, doubled, changed)
            one, other = giver(doubled, first), giver(doubled, second)
            return Violation(
                f"`{endpoint.name}` answers under `{effective.path}`: {one} gives"
                f" `{first.text}` and {other} gives `{second.text}`, so"
                f" `{doubled.text}` is there twice; {advice}",
                notes=tuple(
                    Note(part.module, part.span, f"{part.giver} gives `{part.text}`")
                    for part in (first, second)
                ),
                cause=None
                if own
                else Cause(
                    changed.module,
                    changed.span,
                    f"{giver(doubled, changed)} gives `{changed.text}`, and so `{doubled.text}` is"
                    f" there twice; {advice}",
                ),
            )
    return CONFORMS


def giver(doubled: Doubled, part: Part) -> str:
    """Return who gives *part* of the two, of which both may be routers, or includes."""
    if doubled.first.giver != doubled.second.giver:
        return part.giver
    which = "outer" if part is doubled.first else "inner"
    return f"the {which} {part.giver.removeprefix('the ')}"


def at_prefix(endpoint: Endpoint, doubled: Doubled, changed: Part) -> str:
    """Return what to do to a prefix, of which other routes may have something as well."""
    taking = next(iter(takings(endpoint.module.service, changed)), None)
    if taking is not None:
        return f"give {giver(doubled, changed)} another prefix, {as_without(doubled, taking)}"
    if changed is doubled.first and not always_doubles(endpoint, changed):
        return "let the include do without it where this router is included"
    return general(endpoint, doubled, changed)


def general(endpoint: Endpoint, doubled: Doubled, changed: Part) -> str:
    """Say where it is to be taken out: where that is all the same, in either place."""
    first, second = doubled.first, doubled.second
    if changed is second and ("include" in first.giver or not always_doubles(endpoint, first)):
        return f"take it out of {giver(doubled, second)}"
    return "leave it to one of them"


def at_route(endpoint: Endpoint, doubled: Doubled) -> str:
    """Return what to do to the path of the route itself, and where it is to stand then."""
    changed = doubled.second
    found = [
        x
        for x in takings(endpoint.module.service, changed)
        if endpoint in (x.taker.endpoint, x.taken.endpoint)
    ]
    once = len(endpoint.paths or ()) == 1
    for taking in found:
        if taking.is_of_one_path and (once or taking.is_among_neighbours):
            there = taking.taker if taking.taken.endpoint is endpoint else taking.taken
            return instead(endpoint, there.endpoint)
    for taking in found:
        if not taking.is_among_neighbours:
            return f"give {giver(doubled, changed)} another path, {as_without(doubled, taking)}"
    advice = general(endpoint, doubled, changed)
    taken = dict.fromkeys(x.taken.endpoint.name for x in found if x.taker.endpoint is endpoint)
    if taken:
        more = f", and of {len(taken) - 1} more" if len(taken) > 1 else ""
        last = f"behind `{list(taken)[-1]}`, which it would take the requests of{more}"
        return f"{advice}, and add it {last}"
    if found:
        taker = found[0].taker.endpoint.name
        return f"{advice}, and add it before `{taker}`, which would take its requests"
    return advice


def as_without(doubled: Doubled, taking: Taking) -> str:
    """Say what would come of it if nothing else were changed."""
    taker, taken = taking.taker.endpoint, taking.taken.endpoint
    if taker.function is taken.function:
        return f"as without `{doubled.text}`, `{taker.name}` would be there twice"
    one, other = f"`{taker.name}`", f"`{taken.name}`"
    if taker.name == taken.name:
        one, other = f"{one} of `{taker.module.name}`", f"the other {other}"
    return f"as without `{doubled.text}`, {one} would take the requests of {other}"


def instead(endpoint: Endpoint, there: Endpoint) -> str:
    """Say what to do where another route has the path already that this one would get."""
    what = "this decorator" if endpoint.decorated else "this registration"
    if there.function is endpoint.function:
        return f"another route of `{there.name}` answers without it already, so remove {what}"
    return f"`{there.name}` answers without it already, so remove {what}, or give it another path"
