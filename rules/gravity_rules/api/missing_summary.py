"""Every endpoint has a summary.

The summary is the line by which people find an operation in the OpenAPI document. Without one
FastAPI makes it from the function's name, which says what the code is called, not what the caller
gets. The fix writes the docstring's first line, or else the function's name in words.

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
from gravity_lint.model.api.responses import Answering, documented_endpoints
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

LONGEST = 80


@rule(
    code="GRV109",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=documented_endpoints,
)
def check(answer: Answering) -> Answer:
    """The registration gives a summary."""
    if answer.endpoint.registration.unpacks:
        return None
    if answer.endpoint.keyword("summary") is not None:
        return CONFORMS
    return Violation(
        f'`{answer.name}` has no summary; give the decorator `summary="..."`, the line by which'
        " callers find it in the OpenAPI document"
    )


@check.fix(Applicability.SAFE)
def fix(answer: Answering) -> Edits:
    """Take the docstring's first line, or the name in words."""
    docstring = answer.endpoint.function.docstring
    text = docstring.text.strip().partition("\n")[0].strip().rstrip(".") if docstring else ""
    if not 0 < len(text) <= LONGEST:
        # What FastAPI itself makes of the name, so that the document stays as it is.
        text = answer.name.replace("_", " ").title()
    literal = f.render(f.Constant(answer.span, text, "str"))
    return (SetKeyword(answer.endpoint.registration.span, "summary", literal),)
