"""Required fields of a response envelope say what they hold.

The envelope is in every endpoint's OpenAPI document: what its fields mean is read there by
everyone who writes a client. A field that has a default is optional to understand as well; a
required one needs its sentence. An envelope that lacks fields (GRV120) is completed first.

## Bad
```python title=app/schemas/response.py
from pydantic import BaseModel


class ErrorResponse(BaseModel):
    success: bool = False
    error: str
    detail: str | None = None
    timestamp: str | None = None
```

## Good
```python title=app/schemas/response.py
from pydantic import BaseModel, Field


class ErrorResponse(BaseModel):
    success: bool = False
    error: str = Field(..., description="Error type")
    detail: str | None = None
    timestamp: str | None = None
```
"""

from gravity_lint.model.api.envelopes import SchemaField, schema_fields
from gravity_lint.rule import CONFORMS, Answer, Options, Scope, Severity, Violation, rule


class UndescribedFieldOptions(Options, frozen=True):
    """Whether every schema of the service is asked, or only the envelopes."""

    all_schemas: bool = False
    """True: the fields of every schema; False: those of envelopes."""


@rule(
    code="GRV121",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=schema_fields,
    options=UndescribedFieldOptions,
)
def check(field: SchemaField, options: UndescribedFieldOptions) -> Answer:
    """A field without a default has a description."""
    if not (field.in_envelope or options.all_schemas) or not field.must_be_given:
        return None
    if not field.settled:
        return None  # what is missing from the envelope comes first
    if field.described is None:
        return None
    if field.described:
        return CONFORMS
    return Violation(
        f"`{field.name}` of `{field.cls.name}` has no description; say what it holds with"
        " `Field(..., description=...)`"
    )
