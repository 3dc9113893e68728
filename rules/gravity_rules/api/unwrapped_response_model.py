"""Endpoints answer in the response envelope.

Clients of the fleet read `success`, `message` and `data` before anything else. An endpoint that
answers with a bare schema needs a client of its own, and its errors and answers no longer have one
shape. The model, explicit or by annotation, is `ApiResponse[...]` or `PaginatedResponse[...]`, a
subclass or an alias of one. OAuth2's token endpoint answers as RFC 6749 prescribes, and what stands
below `/.well-known/`, or tells a server's keys, as its clients expect it.

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
from gravity_lint.model.api.envelopes import (
    Envelope,
    known_wrapper,
    place_of_content,
    takes_no_type,
)
from gravity_lint.model.api.prescribed import is_prescribed
from gravity_lint.model.api.responses import Answering, json_answers
from gravity_lint.model.api.schemas import hides_wrappers, wrappers_of_one
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
    if answer.operational or is_prescribed(answer.endpoint):
        return None
    wrapping = answer.wrapping
    if answer.model is None or wrapping.wrapped is None:
        return None
    if wrapping.wrapped or not wrapping.bare:
        return CONFORMS
    _, model = answer.model
    return Violation(
        f"`{answer.name}` answers {what(answer)}{advice(answer)}",
        at=model.span if answer.explicit is not None else None,
    )


_USUAL = ("data", "items", "results")
"""What a page of the service's own calls its list where it may become one of all."""


def what(answer: Answering) -> str:
    """Say what the endpoint answers with."""
    assert answer.model is not None
    wrapping = answer.wrapping
    shown = f.render(answer.model[1])
    bare = [f"`{text}`" for text in dict.fromkeys(f.render(x) for _, x in wrapping.bare)]
    if wrapping.other_envelope:
        return f"in the envelope `{wrapping.other_envelope.name}`, which is no response wrapper"
    if len(wrapping.alternatives) > 1:
        whose = " and ".join([", ".join(bare[:-1]), bare[-1]] if len(bare) > 1 else bare)
        return f"with `{shown}`, of which {whose} {'have' if len(bare) > 1 else 'has'} no envelope"
    return f"with a bare `{shown}`"


def advice(answer: Answering) -> str:
    """Say which envelope to take, and how another one is admitted."""
    words = answer.module.service.settings.vocabulary
    wrapping = answer.wrapping
    reads = answer.endpoint.methods is not None and "GET" in answer.endpoint.methods
    pages = wrapping.own_page is not None or (wrapping.other_envelope and wrapping.counts)
    many = reads and (wrapping.lists or pages)
    names = words.paginated_wrappers if many else wrappers_of_one(answer.module.service)
    known = known_wrapper(answer.module, names)
    lacking = bool(names) and known is None
    it = "each" if len(wrapping.bare) > 1 else "it"
    wrapper = f"`{known or names[0]}[...]`" if names else "one"
    if lacking:
        wrapper = f"one such as {wrapper}"
    first = f"make `{known}` generic and " if takes_no_type(answer.module, known) else ""
    alone = wrapping.other_envelope and wrapping.own_page not in (None, *_USUAL)
    if alone and many:
        return f"; {first}answer with {wrapper}{holding(answer, known)}"
    if wrapping.other_envelope and not alone:
        admitted = admission(Envelope(wrapping.other_envelope, "response"))
        return f"; {first}answer with {wrapper}, or {admitted} if it is to be one"
    if lacking and hides_wrappers(answer.module.service):
        return f"; wrap {it} in a response envelope, {wrapper}"
    if lacking:
        return f"; make a response envelope, {wrapper}, and wrap {it} in that"
    return f"; {first}wrap {it} in the response envelope, {wrapper}"


def holding(answer: Answering, wrapper: str | None) -> str:
    """Say where *wrapper* has what is on the endpoint's own page; empty if that is not known."""
    place = place_of_content(answer.module, wrapper)
    return f", which has what is in `{answer.wrapping.own_page}` as its `{place}`" if place else ""


def admission(envelope: Envelope) -> str:
    """Say what makes *envelope*, a class of the service's own, one of the response envelopes."""
    admitted = f"add `{envelope.cls.name}` to `vocabulary.extend-response-wrappers`"
    steps = ["make it generic"] if envelope.generic is False else []
    steps += [] if envelope.has_every_field else ["give it the documented fields"]
    return " and ".join([", ".join([admitted, *steps[:-1]]), *steps[-1:]])
