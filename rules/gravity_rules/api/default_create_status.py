"""Creating answers 201.

A POST that creates a resource answers `201 Created`; FastAPI's default of 200 tells caches, clients
and monitoring that nothing new exists. The document's own `create_resource` declares
`status.HTTP_201_CREATED`. What finds or makes (`get_or_create_*`, `upsert_*`) and what is added by
its own key may be there already, as may what comes with a `created` beside it; what adds in one
case and removes in the other does not always create, and what only raises never does. What issues a
token answers 200, and a response made by hand has a status of its own, as has one whose
`response.status_code` the endpoint sets to no error. The fix is unsafe: clients see another status.

## Bad
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.post("/")
async def create_item(name: str) -> dict:
    return {"name": name}
```

## Good
```python
from fastapi import APIRouter, status

router = APIRouter(prefix="/api/v1/items")


@router.post("/", status_code=status.HTTP_201_CREATED)
async def create_item(name: str) -> dict:
    return {"name": name}
```
"""

from gravity_lint.edits import SetKeyword
from gravity_lint.model.api.creating import creates_member, may_find
from gravity_lint.model.api.parameters import takes_a_body
from gravity_lint.model.api.prescribed import is_token_endpoint, issues_token
from gravity_lint.model.api.responses import Answering, answering
from gravity_lint.model.api.statuses import sets_success
from gravity_lint.model.code.endings import only_raises
from gravity_lint.model.code.references import spell
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Options,
    Scope,
    Severity,
    Violation,
    Withheld,
    rule,
)


class DefaultCreateStatusOptions(Options, frozen=True):
    """By which first words of its name a function says that it creates."""

    prefixes: tuple[str, ...] = ("create_",)
    """Beginnings of the names of functions that create."""
    adding: tuple[str, ...] = ("add_",)
    """Beginnings of the names of functions that create what they take in the body."""


@rule(
    code="GRV107",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=answering,
    options=DefaultCreateStatusOptions,
)
def check(answer: Answering, options: DefaultCreateStatusOptions) -> Answer:
    """An endpoint that creates declares 201."""
    endpoint = answer.endpoint
    if endpoint.methods != frozenset({"POST"}) or endpoint.registration.unpacks:
        return None
    if not creates(answer, options) or is_token_endpoint(endpoint) or issues_token(answer):
        return None
    if may_find(endpoint.function) or only_raises(endpoint.function):
        return None  # not always something new, or never
    if answer.by_hand or sets_success(endpoint):
        return None  # the response that it makes, or is given, brings its own status
    if endpoint.keyword("status_code") is not None:
        if answer.status is None:
            return None
        # Another 2xx was chosen on purpose: 202 for work that goes on, 204 without content.
        return CONFORMS if answer.status != 200 else violation(answer)
    return violation(answer)


def creates(answer: Answering, options: DefaultCreateStatusOptions) -> bool:
    """Tell whether the endpoint makes something new whenever it is called."""
    words = answer.name.split("_")
    if "or" in words or "upsert" in words:
        return False
    if creates_member(answer.endpoint) or answer.name.startswith(options.prefixes):
        return True
    if not answer.name.startswith(options.adding):
        return False
    # What is added by its own key, or without a body, is there once however often it is added.
    path = (answer.endpoint.own_path or "").rstrip("/")
    return not path.endswith("}") and takes_a_body(answer.endpoint)


def violation(answer: Answering) -> Violation:
    """Say what the endpoint answers, and what it should; a name only says that it creates."""
    does = "creates" if creates_member(answer.endpoint) else "is named like what creates"
    return Violation(
        f"`{answer.name}` {does} and answers 200; declare `status_code=status.HTTP_201_CREATED`"
    )


@check.fix(Applicability.UNSAFE)
def fix(answer: Answering, options: DefaultCreateStatusOptions) -> Edits:
    """Declare 201 in the decorator."""
    status = spell(answer.endpoint.registrar, "fastapi", "status")
    if status is None:
        return Withheld("`status` means something else there")
    call = answer.endpoint.registration.span
    return (SetKeyword(call, "status_code", f"{status.text}.HTTP_201_CREATED"), *status.edits)
