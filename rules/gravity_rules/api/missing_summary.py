"""Every endpoint has a summary.

The summary is the line by which people find an operation in the OpenAPI document. Without one
FastAPI makes it from the function's name, which says what the code is called, not what the caller
gets.

The fix writes the docstring's first sentence where that is one line of prose of at most 80
characters, or else the name in words, as FastAPI does. It is safe: only the summary changes in the
OpenAPI document, and no answer does.

## Bad
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}")
async def get_item(item_id: int) -> dict:
    return {}
```

## Good
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}", summary="Get item by ID")
async def get_item(item_id: int) -> dict:
    return {}
```
"""

from gravity_lint import facts as f
from gravity_lint.edits import SetKeyword
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.routing import documented_endpoints
from gravity_lint.model.docstrings import opening_sentence
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

LONGEST = 80


@rule(
    code="GRV109",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=documented_endpoints,
)
def check(endpoint: Endpoint) -> Answer:
    """The registration gives a summary."""
    if endpoint.registration.unpacks:
        return None
    if endpoint.keyword("summary") is not None:
        return CONFORMS
    registers = "decorator" if endpoint.decorated else "registration"
    return Violation(
        f'`{endpoint.name}` has no summary; give its {registers} `summary="..."`, the line by which'
        " callers find it in the OpenAPI document"
    )


@check.fix(Applicability.SAFE)
def fix(endpoint: Endpoint) -> Edits:
    """Take the docstring's first sentence, or the name in words."""
    docstring = endpoint.function.docstring
    text = opening_sentence(docstring.text) if docstring else ""
    if not 0 < len(text) <= LONGEST:
        # What FastAPI itself makes of the name, so that the document stays as it is.
        name = endpoint.registered_name
        if name is None:
            return Withheld(
                "the docstring has no sentence to take, and the route's name is not known"
            )
        text = name.replace("_", " ").title()
    literal = f.render(f.Constant(*endpoint.span.place, text, "str"))
    return (SetKeyword(endpoint.registration.span, "summary", literal),)
