"""Status codes are written by name.

`status.HTTP_409_CONFLICT` says what it means and cannot be mistyped into another valid code. The
document names every status: in decorators, in `HTTPException`, in the responses of exception
handlers. `http.HTTPStatus` names them as well and is fine.

The fix is safe: the constant is the same number. It leaves alone the few codes whose name differs
between versions of Starlette (413, 414, 416, 421, 422).

## Bad
```python
from fastapi import APIRouter, HTTPException

router = APIRouter()


@router.post("/items", status_code=201)
async def create_item():
    raise HTTPException(status_code=409, detail="duplicate")
```

## Good
```python
from fastapi import APIRouter, HTTPException, status

router = APIRouter()


@router.post("/items", status_code=status.HTTP_201_CREATED)
async def create_item():
    raise HTTPException(status_code=status.HTTP_409_CONFLICT, detail="duplicate")
```
"""

from gravity_lint.edits import ReplaceExpression
from gravity_lint.model.api.statuses import StatusCode, constant_of, has_constant, status_codes
from gravity_lint.model.code.references import Spelling, bindings_of, spell
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
    code="GRV108",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=status_codes,
)
def check(code: StatusCode) -> Answer:
    """A status code that has a name is written by it."""
    number = code.number
    if number is None:
        return CONFORMS
    if not has_constant(number):
        return None
    name = constant_of(number) or f"HTTP_{number}_..."
    advice = f"use `status.{name}`"
    if spelled(code) is None:
        why = taken(code, "is taken there")
        advice = f"use `{name}` of `fastapi.status`, under another name, as {why}"
    return Violation(f"the status code {number} is written as a number; {advice}")


@check.fix(Applicability.SAFE)
def fix(code: StatusCode) -> Edits:
    """Write the name, and import `status`."""
    name = constant_of(code.number) if code.number is not None else None
    status = spelled(code)
    if name is None:
        return Withheld("versions of Starlette call this status by different names")
    if status is None:
        return Withheld(taken(code, "means something else there"))
    return (ReplaceExpression(code.span, f"{status.text}.{name}"), *status.edits)


def spelled(code: StatusCode) -> Spelling | None:
    """Return how `status` can be written there; None where that means something else."""
    found = spell(code.site.scope, "fastapi", "status")
    inner = code.site.inner_names
    return None if found is None or found.text.partition(".")[0] in inner else found


def taken(code: StatusCode, otherwise: str) -> str:
    """Say why `status` cannot be imported; *otherwise* goes on where it has a meaning for sure."""
    bound = "status" in code.site.inner_names or bindings_of(code.site.scope, "status")
    return f"`status` {otherwise}" if bound else "a star import may bring `status`"
