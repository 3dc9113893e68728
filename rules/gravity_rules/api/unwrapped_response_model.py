"""Endpoints answer in the response envelope.

Clients of the fleet read `success`, `message` and `data` before anything else. An endpoint that
answers with a bare schema needs a client of its own, and its errors and answers no longer have one
shape. The model, explicit or by annotation, is `ApiResponse[...]` or `PaginatedResponse[...]`, a
subclass or an alias of one.

## Bad
```python
from fastapi import APIRouter
from pydantic import BaseModel


class ItemResponse(BaseModel):
    id: int


router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}", response_model=ItemResponse)
async def get_item(item_id: int) -> ItemResponse:
    return ItemResponse(id=item_id)
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
from gravity_lint.model.api.responses import Answering, json_answers
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV104",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="API Development Patterns",
    subjects=json_answers,
)
def check(answer: Answering) -> Answer:
    """The model is a wrapper."""
    if answer.operational or answer.model is None or answer.wrapped is None:
        return None
    if answer.wrapped:
        return CONFORMS
    _, model = answer.model
    wrapper = "PaginatedResponse" if answer.lists else "ApiResponse"
    return Violation(
        f"`{answer.name}` answers with a bare `{f.render(model)}`; wrap it in the response"
        f" envelope, `{wrapper}[...]`",
        at=model.span if answer.explicit is not None else None,
    )
