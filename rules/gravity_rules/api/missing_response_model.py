"""Every endpoint declares what it answers.

Without a response model FastAPI sends whatever the function returns: nothing is validated, fields
that should stay inside leave the house, and the OpenAPI document shows clients an empty schema.
`response_model=` in the decorator or a return annotation that FastAPI can use both count. Nothing
is said where a function of a library may make the whole answer, nor where an endpoint that returns
nothing declares a status that is not known.

The fix writes `response_model=` from what the code already says: the wrapper that the annotation
names, or that every `return` makes. It is unsafe: from then on FastAPI validates the answer and
leaves out what the model does not have.

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
from gravity_lint.model.api.declaring import (
    annotated_wrapper,
    returned_keys,
    returned_wrapper,
)
from gravity_lint.model.api.envelopes import known_wrapper, takes_no_type
from gravity_lint.model.api.prescribed import is_prescribed, is_token_endpoint
from gravity_lint.model.api.responses import Answering, json_answers
from gravity_lint.model.api.schemas import hides_wrappers, wrappers_of_one
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Scope,
    Severity,
    Violation,
    Withheld,
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
    if answer.unclear:
        return None
    if answer.hidden_by is not None:
        return Violation(
            f"`{answer.name}` declares no response model: `@{f.render(answer.hidden_by)}` hides its"
            f" return annotation from FastAPI; {_giving(answer)} as well"
        )
    advice = _giving(answer)
    if answer.explicit is not None:
        advice = f"{advice} instead of `response_model={f.render(answer.explicit)}`"
    return Violation(f"`{answer.name}` declares {_lack(answer)}; {advice}{_saying(answer)}")


def _saying(answer: Answering) -> str:
    """Say what is to be done to the function besides."""
    if answer.annotation is None:
        return ", return that, and annotate the return type"
    if annotated_wrapper(answer.endpoint) is not None:
        return ", and return that"
    return ", return that, and change the return annotation to it"


def _lack(answer: Answering) -> str:
    """Say what there is instead of a response model, and what that leaves undone."""
    apart = answer.documented_apart
    if apart is not None:
        row = f"responses={{{f.render(apart.key)}: ...}}"
        return f"its answer in `{row}` alone, which documents it and validates nothing"
    if answer.may_be_documented_apart:
        return "no response model, so its answer is not validated"
    return "no response model, so its answer is neither validated nor documented"


def _giving(answer: Answering) -> str:
    """Say what to declare: of OAuth2's token endpoint RFC 6749 prescribes the answer."""
    if is_token_endpoint(answer.endpoint) and returned_wrapper(answer.endpoint) is None:
        held = dict.fromkeys(("access_token", "token_type", *returned_keys(answer.endpoint)))
        named = ", ".join(f"`{key}`" for key in held)
        return f"give `response_model=` a schema of the token ({named})"
    if is_prescribed(answer.endpoint):
        return "give `response_model=` a schema of what the standard prescribes"
    return _enveloping(answer)


def _enveloping(answer: Answering) -> str:
    """Say which envelope to declare: a page for what is read and is a list."""
    service = answer.module.service
    pages = service.settings.vocabulary.paginated_wrappers
    names = pages if answer.lists and pages else wrappers_of_one(service)
    if not names:
        return "give `response_model=...[...]`"
    known = known_wrapper(answer.module, names)
    if known is None and hides_wrappers(service):
        return f"give `response_model=` a response envelope, one such as `{names[0]}[...]`"
    made = f"make an envelope such as `{names[0]}` and " if known is None else ""
    if takes_no_type(answer.module, known):
        made = f"make `{known}` generic and "
    given = f"{made}give `response_model={known or names[0]}[...]`"
    if answer.lists is None and pages:
        given += f" (for a list `{known_wrapper(answer.module, pages) or pages[0]}[...]`)"
    return given


@check.fix(Applicability.UNSAFE)
def fix(answer: Answering) -> Edits:
    """Declare the wrapper that the annotation names, or that every `return` makes."""
    made = annotated_wrapper(answer.endpoint)
    if made is None:
        if answer.explicit is not None or answer.annotation is not None:
            return Withheld("that there is no model is said there, and may be meant")
        made = returned_wrapper(answer.endpoint)
    if made is None:
        return Withheld("it does not return one and the same known envelope on every way")
    return (SetKeyword(answer.endpoint.registration.span, "response_model", made),)
