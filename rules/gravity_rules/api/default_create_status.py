"""Creating answers 201.

A POST that creates a resource answers `201 Created`; FastAPI's default of 200 tells caches, clients
and monitoring that nothing new exists. The document's own `create_resource` declares
`status.HTTP_201_CREATED`. The fix is unsafe: clients see another status.

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
from gravity_lint.model.api.responses import Answering, answering
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
    rule,
)


class DefaultCreateStatusOptions(Options, frozen=True):
    """By which first words of its name a function says that it creates."""

    prefixes: tuple[str, ...] = ("create_", "add_")
    """Beginnings of function names."""


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
    if not (answer.name.startswith(options.prefixes) or answer.creates):
        return None
    if answer.annotated_response:
        return None  # the response that it makes brings its own status
    if endpoint.keyword("status_code") is not None:
        if answer.status is None:
            return None
        # Another 2xx was chosen on purpose: 202 for work that goes on, 204 without content.
        return CONFORMS if answer.status != 200 else violation(answer)
    return violation(answer)


def violation(answer: Answering) -> Violation:
    """Say what the endpoint answers, and what it should."""
    return Violation(
        f"`{answer.name}` creates and answers 200; declare `status_code=status.HTTP_201_CREATED`"
    )


@check.fix(Applicability.UNSAFE)
def fix(answer: Answering, options: DefaultCreateStatusOptions) -> Edits:
    """Declare 201 in the decorator."""
    status = spell(answer.endpoint.registrar, "fastapi", "status")
    if status is None:
        return None
    call = answer.endpoint.registration.span
    return (SetKeyword(call, "status_code", f"{status.text}.HTTP_201_CREATED"), *status.edits)
