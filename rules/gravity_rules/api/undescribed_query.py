"""Query and path parameters are described.

`Query(...)` and `Path(...)` are where the OpenAPI document learns what a parameter means. One that
gives bounds and no description leaves callers to guess.

## Bad
```python
from fastapi import APIRouter, Query

router = APIRouter(prefix="/api/v1/items")


@router.get("/")
async def list_items(search: str = Query(None)) -> dict:
    return {}
```

## Good
```python
from fastapi import APIRouter, Query

router = APIRouter(prefix="/api/v1/items")


@router.get("/")
async def list_items(search: str = Query(None, description="Search query")) -> dict:
    return {}
```
"""

from gravity_lint.model.api.parameters import DeclaredParameter, declared_parameters
from gravity_lint.rule import CONFORMS, Answer, Cause, Scope, Severity, Violation, rule

KINDS = ("fastapi.Query", "fastapi.Path")


@rule(
    code="GRV114",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=declared_parameters,
)
def check(parameter: DeclaredParameter) -> Answer:
    """The declaration has a description, unless it is hidden from the document."""
    marker = parameter.marker
    if marker is None or parameter.kind not in KINDS or marker.unpacks:
        return None
    if parameter.hidden or parameter.is_model:
        return None
    if marker.keyword("description") is not None:
        return CONFORMS
    word = parameter.kind.rpartition(".")[2]
    advice = f"say what it means with `{word}(..., description=...)`"
    shared = parameter.shared_description
    return Violation(
        f"`{parameter.name}` is declared with `{word}(...)` and has no description; {advice}",
        cause=Cause(shared[0], shared[1].span, f"this has no description; {advice}")
        if shared is not None
        else None,
    )
