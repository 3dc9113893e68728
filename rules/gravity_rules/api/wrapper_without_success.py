"""A response wrapper is made with `success` where the wrapper has no default for it.

The documented `ApiResponse` requires `success`. Leaving it out raises a `ValidationError` at the
very moment of answering: the work is done and committed, and the client gets a 500.

The fix is safe: the call could only fail before.

## Bad
```python title=app/api/items.py
from app.schemas.response import ApiResponse


async def read() -> ApiResponse[int]:
    return ApiResponse(data=1)
```
```python title=app/schemas/response.py
from typing import Generic, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")


class ApiResponse(BaseModel, Generic[T]):
    success: bool = Field(..., description="Whether the request was successful")
    data: T | None = None
```

## Good
```python title=app/api/items.py
from app.schemas.response import ApiResponse


async def read() -> ApiResponse[int]:
    return ApiResponse(success=True, data=1)
```
```python title=app/schemas/response.py
from typing import Generic, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")


class ApiResponse(BaseModel, Generic[T]):
    success: bool = Field(..., description="Whether the request was successful")
    data: T | None = None
```
"""

from gravity_lint.edits import SetKeyword
from gravity_lint.model.api.envelopes import WrapperCall, wrapper_calls
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
    code="GRV119",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="API Development Patterns",
    subjects=wrapper_calls,
)
def check(made: WrapperCall) -> Answer:
    """A wrapper that requires `success` gets it."""
    if made.call.unpacks or made.requires("success") is not True:
        return None
    if made.call.keyword("success") is not None:
        return CONFORMS
    return Violation(
        f"`{made.cls.name}` has no default for `success`, so this call raises a"
        " `ValidationError`; say `success=True`"
    )


@check.fix(Applicability.SAFE)
def fix(made: WrapperCall) -> Edits:
    """Say that the request was successful, unless an error is being answered."""
    if next(made.site.step.handlers, None) is not None:
        return Withheld("it stands in an `except` clause, where it may be about a failure")
    return (SetKeyword(made.call.span, "success", "True"),)
