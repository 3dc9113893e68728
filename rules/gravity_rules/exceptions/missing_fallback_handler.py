"""An app that answers for its domain exceptions also answers for everything else.

Without a handler for `Exception` an unexpected error is answered with the plain text
`Internal Server Error`, and without one for `RequestValidationError` a malformed request gets
`{"detail": [...]}`: two more shapes that clients must know beside the error envelope. The document
registers both.

A handler for the status 500 is Starlette's other spelling of one for `Exception`; a middleware that
catches everything does for it, too.

## Bad
```python title=app/main.py
from fastapi import FastAPI

from app.core.exceptions import GravityException, gravity_handler

app = FastAPI()
app.add_exception_handler(GravityException, gravity_handler)
```
```python title=app/core/exceptions.py
class GravityException(Exception):
    pass


async def gravity_handler(request, exc): ...
```

## Good
```python title=app/main.py
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from app.core.exceptions import (
    GravityException,
    general_handler,
    gravity_handler,
    validation_handler,
)

app = FastAPI()
app.add_exception_handler(GravityException, gravity_handler)
app.add_exception_handler(RequestValidationError, validation_handler)
app.add_exception_handler(Exception, general_handler)
```
```python title=app/core/exceptions.py
class GravityException(Exception):
    pass


async def gravity_handler(request, exc): ...


async def validation_handler(request, exc): ...


async def general_handler(request, exc): ...
```
"""

from gravity_lint.model.exceptions.coverage import HandledApp, handled_apps
from gravity_lint.model.exceptions.handlers import VALIDATION_ERROR
from gravity_lint.rule import CONFORMS, Answer, Note, Scope, Severity, Violation, rule


@rule(
    code="GRV410",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Error Handling Patterns",
    subjects=handled_apps,
)
def check(app: HandledApp) -> Answer:
    """Both fallbacks are registered."""
    missing: list[str] = []
    if not app.catches_all:
        missing.append("`Exception`")
    if not app.handles(VALIDATION_ERROR):
        missing.append("`RequestValidationError`")
    if not missing:
        return CONFORMS
    if app.open:
        return None
    return Violation(
        f"the app has handlers for domain exceptions but none for {' and '.join(missing)}: what"
        " those would take is answered without the error envelope",
        notes=(Note(app.first.module, app.first.at, "a domain exception is handled here"),),
    )
