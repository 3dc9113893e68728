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
    already_there,
    always_doubles,
    doubled_segment,
    overtaken,
    overtaking,
    part_to_change,
)
from gravity_lint.model.api.endpoints import Endpoint
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
            advice = "leave it to one of them"
            if changed is second and "include" in first.giver:
                advice = f"take it out of {second.giver}"
            elif changed is first and not always_doubles(endpoint, first):
                advice = "let the include do without it where this router is included"
            own = changed is effective.parts[-1]
            if own:
                advice += beside(endpoint, doubled)
            there = already_there(endpoint, doubled) if own else None
            if there is not None:
                advice = instead(endpoint, there)
            return Violation(
                f"`{endpoint.name}` answers under `{effective.path}`: {first.giver} gives"
                f" `{first.text}` and {second.giver} gives `{second.text}`, so"
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
                    f"{changed.giver} gives `{changed.text}`, and so `{doubled.text}` is there"
                    f" twice; {advice}",
                ),
            )
    return CONFORMS


def beside(endpoint: Endpoint, doubled: Doubled) -> str:
    """Say where the route is to stand once it is mended."""
    taken = overtaken(endpoint, doubled)
    if taken:
        more = f", and of {len(taken) - 1} more" if len(taken) > 1 else ""
        return f", and add it behind `{taken[-1].name}`, which it would take the requests of{more}"
    taker = overtaking(endpoint, doubled)
    return f", and add it before `{taker.name}`, which would take its requests" if taker else ""


def instead(endpoint: Endpoint, there: Endpoint) -> str:
    """Say what to do where another route has the path already that this one would get."""
    what = "this decorator" if endpoint.decorated else "this registration"
    if there.function is endpoint.function:
        return f"another route of `{there.name}` answers without it already, so remove {what}"
    return f"`{there.name}` answers without it already, so remove {what}, or give it another path"
