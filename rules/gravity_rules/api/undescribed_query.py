"""Query and path parameters are described.

`Query(...)` and `Path(...)` are where the OpenAPI document learns what a parameter means. One that
gives bounds and no description leaves callers to guess. What only WebSockets take is in no
document, and of what may be a model the fields are the parameters.

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
    if marker is None or parameter.kind not in KINDS:
        return None
    if parameter.hidden or parameter.may_be_model or parameter.untold:
        return None
    if parameter.says_what_it_means is not False:
        return CONFORMS if parameter.says_what_it_means else None
    word = parameter.kind.rpartition(".")[2]
    message = f"`{parameter.name}` is declared with `{word}(...)` and has no description"
    shared, cause = parameter.shared_description, None
    if shared is not None:
        module, call = shared
        cause = Cause(module, call.span, "this has no description; say what it means with one")
    return Violation(
        f"{message}; say what it means with `{word}(..., description=...)`", cause=cause
    )
