"""Collections are answered page by page.

A bare list grows with the table behind it: the endpoint that answers in 20 ms today is the one that
fills the memory in a year, and no client can ask for the next page or learn how many there are.
`PaginatedResponse[X]` carries `total`, `page` and `page_size`.

## Bad
```python
from fastapi import APIRouter

from app.schemas.item import ItemResponse
from app.schemas.response import ApiResponse

router = APIRouter(prefix="/api/v1/items")


@router.get("/", response_model=ApiResponse[list[ItemResponse]])
async def list_items() -> ApiResponse[list[ItemResponse]]:
    return ApiResponse(success=True, data=[])
```

## Good
```python
from fastapi import APIRouter

from app.schemas.item import ItemResponse
from app.schemas.response import PaginatedResponse

router = APIRouter(prefix="/api/v1/items")


@router.get("/", response_model=PaginatedResponse[ItemResponse])
async def list_items() -> PaginatedResponse[ItemResponse]:
    return PaginatedResponse(data=[], total=0, page=1, page_size=10)
```
"""

from gravity_lint import facts as f
from gravity_lint.model.api.envelopes import known_wrapper, takes_no_type
from gravity_lint.model.api.parameters import takes_a_page
from gravity_lint.model.api.responses import Answering, json_answers
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV105",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="API Development Patterns",
    subjects=json_answers,
)
def check(answer: Answering) -> Answer:
    """A GET endpoint that answers with many answers with pages."""
    if answer.endpoint.methods is None or "GET" not in answer.endpoint.methods:
        return None
    wrapping = answer.wrapping
    if wrapping.paginated:
        return CONFORMS
    # A list without an envelope is one mistake, and that of the missing envelope.
    if answer.model is None or wrapping.lists is not True or wrapping.wrapped is not True:
        return None
    _, model = answer.model
    names = answer.module.service.settings.vocabulary.paginated_wrappers
    known = known_wrapper(answer.module, names)
    if known is not None:
        page, envelope = f"one page, `{known}[...]`", f"`{known}[...]`, the envelope of pages"
        first = f"make `{known}` generic and " if takes_no_type(answer.module, known) else ""
    else:
        such = f", such as `{names[0]}[...]`" if names else ""
        page, envelope = f"one page in an envelope{such}", f"an envelope of pages{such}"
        first = ""
    shown = f.render(model)
    if takes_a_page(answer.endpoint):
        message = (
            f"`{answer.name}` is asked for a part of a list and answers with it as `{shown}`;"
            f" {first}answer with {envelope}"
        )
    else:
        message = (
            f"`{answer.name}` answers with a whole list (`{shown}`); {first}answer with {page},"
            " and let callers ask for which by parameters"
        )
    return Violation(message, at=model.span if answer.explicit is not None else None)
