"""What an endpoint returns is the envelope that it declares.

With `response_model=ApiResponse[X]` FastAPI validates whatever comes back against the envelope: a
bare schema, an ORM object or a list is no `ApiResponse`, and the client gets a 500 after the work
is done. A dict that happens to fit passes today and breaks with the first field that is renamed.

## Bad
```python
from fastapi import APIRouter

from app.schemas.response import ApiResponse

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}", response_model=ApiResponse[dict])
async def get_item(item_id: int) -> ApiResponse[dict]:
    return {"id": item_id}
```

## Good
```python
from fastapi import APIRouter

from app.schemas.response import ApiResponse

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}", response_model=ApiResponse[dict])
async def get_item(item_id: int) -> ApiResponse[dict]:
    return ApiResponse(success=True, data={"id": item_id})
```
"""

from gravity_lint import facts as f
from gravity_lint.model.api.enveloping import bare_returns
from gravity_lint.model.api.responses import Answering, json_answers
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule

_ENVELOPE = frozenset({"success", "data"})
"""Keys by which a dict is meant to be the envelope."""


@rule(
    code="GRV115",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=json_answers,
)
def check(answer: Answering) -> Answer:
    """Every return that is understood gives the wrapper."""
    if answer.wrapping.wrapped is not True or answer.model is None:
        return None
    bare = bare_returns(answer.endpoint.function)
    if not bare:
        return CONFORMS
    value, what = bare[0]
    advice = "return the envelope with that as its `data`"
    # What a call gives may have the envelope's keys; a literal shows its own.
    meant = not isinstance(value, f.Mapping) and what == "a dict"
    if isinstance(value, f.Mapping):
        meant = bool(value.literal_keys & (_ENVELOPE | answer.field_names))
    if meant:
        advice = "make the envelope with its class, which checks it there and then"
    return Violation(
        f"`{answer.name}` declares `{f.render(answer.model[1])}` and returns {what}; {advice}",
        at=value.span,
    )
