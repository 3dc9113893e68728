"""Every endpoint is described.

The description in the OpenAPI document is what a caller reads before writing code against the
endpoint. It comes from `description=`, or from the docstring, which FastAPI takes up to a form
feed.

## Bad
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}", summary="Get item")
async def get_item(item_id: int) -> dict:
    return {}
```

## Good
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}", summary="Get item", description="Retrieve a single item by its ID")
async def get_item(item_id: int) -> dict:
    return {}
```
"""

from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.routing import documented_endpoints
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV110",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=documented_endpoints,
)
def check(endpoint: Endpoint) -> Answer:
    """There is a description, or a docstring that FastAPI would take."""
    if endpoint.registration.unpacks:
        return None
    docstring = endpoint.function.docstring
    taken = docstring.text.partition("\f")[0].strip() if docstring is not None else ""
    if taken or endpoint.keyword("description") is not None:
        return CONFORMS
    lacks = "a docstring" if docstring is None else "a docstring that FastAPI would take"
    known = "name" if endpoint.keyword("summary") is None else "summary"
    return Violation(
        f"`{endpoint.name}` has neither `description=` nor {lacks}, so the OpenAPI document"
        f" tells what it does by its {known} alone"
    )
