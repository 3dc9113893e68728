"""Every endpoint declares what it answers.

Without a response model FastAPI sends whatever the function returns: nothing is validated, fields
that should stay inside leave the house, and the OpenAPI document shows clients an empty schema.
`response_model=` in the decorator or a return annotation that FastAPI can use both count.

The fix writes `response_model=` from what the code already says: the wrapper that every `return`
makes.

## Bad
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}")
async def get_item(item_id: int):
    return {"id": item_id}
```

## Good
```python
from fastapi import APIRouter

from app.schemas.item import ItemResponse
from app.schemas.response import ApiResponse

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}", response_model=ApiResponse[ItemResponse])
async def get_item(item_id: int) -> ApiResponse[ItemResponse]:
    return ApiResponse(success=True, data=ItemResponse(id=item_id))
```
"""

from gravity_lint import facts as f
from gravity_lint.edits import SetKeyword
from gravity_lint.model.api.responses import Answering, json_answers
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Scope,
    Severity,
    Violation,
    rule,
)


@rule(
    code="GRV103",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=json_answers,
)
def check(answer: Answering) -> Answer:
    """There is a model, by decorator or by annotation."""
    if answer.operational:
        return None
    if answer.model is not None:
        return CONFORMS
    return Violation(
        f"`{answer.name}` declares no response model, so its answer is neither validated nor"
        " documented; give `response_model=ApiResponse[...]` and annotate the return type"
    )


@check.fix(Applicability.SAFE)
def fix(answer: Answering) -> Edits:
    """Declare the wrapper that the endpoint certainly returns."""
    if answer.explicit is not None or answer.annotation is not None:
        return None
    made = answer.returned_wrapper
    if made is None:
        return None
    return (SetKeyword(answer.endpoint.registration.span, "response_model", f.render(made)),)
