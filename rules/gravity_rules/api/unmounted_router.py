"""A router with endpoints is included by an application.

Endpoints on a router that nobody includes look like an API, are reviewed and tested as one, and
answer nowhere: every client gets a 404. Most often the `include_router` was forgotten, or went away
with a merge.

The rule speaks where every include of the service is known. It says nothing where an included name
leads nowhere and belongs to no requirement, where modules are found by name (plugins), where a
library is handed the router, and in services without an application.

## Bad
```python title=app/main.py
from fastapi import FastAPI

app = FastAPI()
```
```python title=app/api/v1/items.py
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items", tags=["Items"])


@router.get("/{item_id}")
async def get_item(item_id: int) -> dict:
    return {}
```

## Good
```python title=app/main.py
from fastapi import FastAPI

from app.api.v1 import items

app = FastAPI()
app.include_router(items.router)
```
```python title=app/api/v1/items.py
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items", tags=["Items"])


@router.get("/{item_id}")
async def get_item(item_id: int) -> dict:
    return {}
```
"""

from gravity_lint.model.api.mounting import OwnRouter, own_routers
from gravity_lint.rule import CONFORMS, Answer, Note, Scope, Severity, Violation, rule


@rule(
    code="GRV123",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="API Development Patterns",
    subjects=own_routers,
)
def check(own: OwnRouter) -> Answer:
    """A way leads from an application to the router."""
    if own.mounted is None:
        return None
    if own.mounted:
        return CONFORMS
    first, number = own.endpoints[0].name, len(own.endpoints)
    served = f"`{first}`" if number == 1 else f"`{first}` and {number - 1} more"
    above, tester = own.includer, own.tester
    who = "only a router includes" if above is not None else "nothing includes"
    via = " that is itself included nowhere" if above is not None else ""
    what = "it"
    if above is None and tester is not None:
        who, what = f"only `{tester.relative}` uses", "it and its tests"
    return Violation(
        f"{who} `{own.name}`{via}, so no request to the service reaches {served}; include it in an"
        f" application, or remove {what}",
        notes=()
        if above is None
        else (
            Note(above.module, above.span, "this router includes it, and nothing includes this"),
        ),
    )
