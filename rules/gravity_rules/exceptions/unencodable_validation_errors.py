"""Validation errors are encoded before they are put into a `JSONResponse`.

`exc.errors()` of a `RequestValidationError` holds, for every validator that raised a `ValueError`,
that exception object itself (under `ctx`). `json.dumps` cannot write it, so the 422 becomes a 500.
`jsonable_encoder` makes it writable. The document's own handler has this weakness, which is why the
rule is off by default.

The fix is safe: what could be written before is written as before.

## Bad
```python title=app/core/exception_handlers.py
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


def setup_exception_handlers(app):
    @app.exception_handler(RequestValidationError)
    async def validation_error_handler(request, exc):
        return JSONResponse(status_code=422, content={"detail": exc.errors()})
```

## Good
```python title=app/core/exception_handlers.py
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


def setup_exception_handlers(app):
    @app.exception_handler(RequestValidationError)
    async def validation_error_handler(request, exc):
        return JSONResponse(status_code=422, content={"detail": jsonable_encoder(exc.errors())})
```
"""

from gravity_lint.edits import WrapExpression
from gravity_lint.model.code.references import spell
from gravity_lint.model.exceptions.handlers import ExceptionHandler, validation_handlers
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
    code="GRV490",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Error Handling Patterns",
    subjects=validation_handlers,
    default=False,
)
def check(handler: ExceptionHandler) -> Answer:
    """What `errors()` gives is not written as it is."""
    if not handler.raw_errors:
        return CONFORMS
    name = handler.exception
    return Violation(
        f"`{name}.errors()` may hold exception objects, and `JSONResponse` cannot write them: the"
        f" answer becomes a 500; use `jsonable_encoder({name}.errors())`",
        at=handler.raw_errors[0].span,
    )


@check.fix(Applicability.SAFE)
def fix(handler: ExceptionHandler) -> Edits:
    """Encode the errors."""
    encoder = spell(handler.function, "fastapi.encoders", "jsonable_encoder")
    if encoder is None:
        return Withheld("`jsonable_encoder` means something else there")
    return (
        *(WrapExpression(x.span, f"{encoder.text}(", ")") for x in handler.raw_errors),
        *encoder.edits,
    )
