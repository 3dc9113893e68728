"""The response envelopes have the documented fields.

Clients of the whole fleet read one shape: `success`, `message`, `data` and `timestamp` of an
answer, the paging numbers of a list, `error` and `detail` of a failure. A service that leaves one
out breaks every generic client. The first two are generic, so that the OpenAPI document says what
is inside `data`.

## Bad
```python title=app/schemas/response.py
from typing import Any

from pydantic import BaseModel


class ApiResponse(BaseModel):
    success: bool
    data: Any
```

## Good
```python title=app/schemas/response.py
from datetime import datetime, timezone
from typing import Generic, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")


class ApiResponse(BaseModel, Generic[T]):
    success: bool = Field(..., description="Whether the request was successful")
    message: str | None = Field(None, description="Human-readable message")
    data: T | None = Field(None, description="Response data")
    timestamp: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))
```
"""

from gravity_lint.model.api.envelopes import DOCUMENTED, Envelope, envelopes
from gravity_lint.model.api.pydantic import reads_one
from gravity_lint.model.code.names import External, bases, inherits
from gravity_lint.rule import CONFORMS, Answer, Options, Scope, Severity, Violation, rule


class IncompleteWrapperSchemaOptions(Options, frozen=True):
    """Which fields each kind of envelope must have."""

    response: tuple[str, ...] = DOCUMENTED["response"]
    """Fields of the envelope of one result."""
    paginated: tuple[str, ...] = DOCUMENTED["paginated"]
    """Fields of the envelope of one page."""
    error: tuple[str, ...] = DOCUMENTED["error"]
    """Fields of the envelope of an error."""


@rule(
    code="GRV120",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=envelopes,
    options=IncompleteWrapperSchemaOptions,
)
def check(envelope: Envelope, options: IncompleteWrapperSchemaOptions) -> Answer:
    """Every documented field is there, and the content has a type of its own."""
    wanted = {
        "response": options.response,
        "paginated": options.paginated,
        "error": options.error,
    }[envelope.kind]
    if envelope.field_names is None:
        return None
    missing = [name for name in wanted if name not in envelope.field_names]
    base = envelope.inherited
    if base is not None and base.field_names is not None and missing:
        # What its base lacks is to be added there, and then it has that as well.
        missing = [name for name in missing if name in base.field_names]
        if not missing and base.generic is envelope.generic:
            return None
    faults = []
    if missing:
        faults.append(
            f"lacks {listed([f'`{name}`' for name in missing])} of the documented envelope"
            f" ({', '.join(wanted)})"
        )
    if envelope.kind != "error" and envelope.generic is False:
        faults.append(
            "is not generic, so the OpenAPI document cannot say what its `data` holds; derive it"
            f" from {bases_of(envelope)}"
        )
    if not faults:
        return CONFORMS
    undescribed = ["each new field"] if missing else []
    undescribed += [f"`{name}`" for name in envelope.undescribed]
    advice = f"; describe {listed(undescribed)}" if undescribed else ""
    return Violation(f"`{envelope.cls.name}` {' and '.join(faults)}{advice}")


_GENERIC = "pydantic.generics.GenericModel"


def bases_of(envelope: Envelope) -> str:
    """Say what makes it generic: pydantic 1 has a class of its own for that."""
    cls = envelope.cls
    if not reads_one(cls.module.service) or inherits(cls, _GENERIC):
        return "`Generic[T]` as well"
    plain = External("pydantic.BaseModel") in bases(cls)
    instead = "in place of `BaseModel`" if plain else "too"
    return f"`GenericModel` of `pydantic.generics`, {instead}, and from `Generic[T]`"


def listed(words: list[str]) -> str:
    """Return words in prose."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
