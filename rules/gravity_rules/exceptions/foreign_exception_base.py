"""The exceptions of a service derive from `GravityException`.

One root makes one place responsible: the global handlers turn every domain exception into the
documented error envelope. An exception that derives from `Exception` alone ends as a bare 500; one
that derives from `HTTPException` brings HTTP into the service layer and answers `{"detail": ...}`
without `success` and `error`.

The root is `vocabulary.exception-root`; classes of `vocabulary.exception-modules` (a shared
library) reach it as well. A base from a library of which nothing is known leaves the question open.
Of a hierarchy only the topmost class is reported: whoever mends it has mended those below. A
library or a command that knows neither FastAPI nor the root has exceptions of its own, and so has a
program that stands alone: one that is started by hand, lies apart from the app or imports nothing
of it, and ends. Where the app has no handler for the root yet, the message says that one is needed
as well.

## Bad
```python title=app/core/exceptions.py
class GravityException(Exception):
    \"\"\"Base exception.\"\"\"


class OrderNotFoundException(Exception):
    \"\"\"Raised when an order is not found.\"\"\"
```

## Good
```python title=app/core/exceptions.py
class GravityException(Exception):
    \"\"\"Base exception.\"\"\"


class OrderNotFoundException(GravityException):
    \"\"\"Raised when an order is not found.\"\"\"
```
"""

from gravity_lint.model.exceptions.classes import ExceptionClass, exception_classes
from gravity_lint.model.exceptions.coverage import (
    handlers_for,
    needs_handler,
    passes_root_handlers,
)
from gravity_lint.model.exceptions.middlewares import is_raised_in_middleware
from gravity_lint.model.exceptions.validating import taken_by_pydantic
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV401",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Error Handling Patterns",
    subjects=exception_classes,
)
def check(exception: ExceptionClass) -> Answer:
    """An exception class is a domain exception."""
    if exception.domain:
        return CONFORMS
    if exception.domain is None or not exception.topmost or exception.serves_nobody:
        return None
    return Violation(
        f"`{exception.name}` derives from `{exception.written_bases}` and does not reach"
        f" `{exception.root_name}`{effect(exception)}"
    )


def effect(exception: ExceptionClass) -> str:
    """Say what becomes of it at the handlers of the app, as far as they are known."""
    service = exception.module.service
    base = taken_by_pydantic(service, exception.cls)
    if base is not None:
        return f"; let it derive from both, as a validator raises it and pydantic takes a `{base}`"
    taking = handlers_for(service, exception.cls)
    if taking:
        function = taking[0].function
        if function is None:
            return ""
        if is_raised_in_middleware(service, exception.cls):
            return f"; where a middleware raises it, the handler `{function.name}` does not take it"
        return f"; the handler `{function.name}` takes it"
    if passes_root_handlers(service, exception.cls):
        return ", so the handlers of domain exceptions do not take it"
    if needs_handler(service, exception.cls):
        return ", for which the app needs an exception handler as well"
    return ""
