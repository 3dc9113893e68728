"""The handler of a documented exception answers the documented status.

Clients act on the status: they log in again at 401, give up at 403, retry nothing at 409. The
document fixes 404 for what is not found, 409 for a duplicate, 400 for failed validation, 401 for
failed authentication and 403 for a missing permission.

`statuses` maps further names of domain exceptions (globs, without the ending `Exception` or `Error`
or with it) to the status that their handlers answer; it is asked before the documented table.

## Bad
```python title=app/core/exception_handlers.py
from fastapi import status
from fastapi.responses import JSONResponse

from app.core.exceptions import DuplicateResourceException


def setup_exception_handlers(app):
    @app.exception_handler(DuplicateResourceException)
    async def duplicate_handler(request, exc):
        return JSONResponse(
            status_code=status.HTTP_400_BAD_REQUEST,
            content={"success": False, "error": "Duplicate", "detail": str(exc)},
        )
```
```python title=app/core/exceptions.py
class GravityException(Exception):
    pass


class DuplicateResourceException(GravityException):
    pass
```

## Good
```python title=app/core/exception_handlers.py
from fastapi import status
from fastapi.responses import JSONResponse

from app.core.exceptions import DuplicateResourceException


def setup_exception_handlers(app):
    @app.exception_handler(DuplicateResourceException)
    async def duplicate_handler(request, exc):
        return JSONResponse(
            status_code=status.HTTP_409_CONFLICT,
            content={"success": False, "error": "Duplicate", "detail": str(exc)},
        )
```
```python title=app/core/exceptions.py
class GravityException(Exception):
    pass


class DuplicateResourceException(GravityException):
    pass
```
"""

from fnmatch import fnmatchcase

from gravity_lint.model.exceptions.handlers import ExceptionHandler, handlers
from gravity_lint.rule import CONFORMS, Answer, Options, Scope, Severity, Violation, rule

DOCUMENTED = {
    "*NotFound": 404,
    "Duplicate*": 409,
    "Validation": 400,
    "Authentication": 401,
    "Authorization": 403,
}


class UnexpectedHandlerStatusOptions(Options, frozen=True):
    """Options of the rule."""

    statuses: dict[str, int] = {}  # noqa: RUF012 -- msgspec copies it
    """A glob over the name of a domain exception to the status of its handler; asked before the
    documented ones."""


@rule(
    code="GRV413",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Error Handling Patterns",
    subjects=handlers,
    options=UnexpectedHandlerStatusOptions,
)
def check(handler: ExceptionHandler, options: UnexpectedHandlerStatusOptions) -> Answer:
    """A handler answers the status of the exceptions that it is registered for."""
    asked = False
    for name in handler.domain_names:
        expected = status_for(name, options)
        if expected is None or not handler.statuses or None in handler.statuses:
            continue
        asked = True
        if expected not in handler.statuses:
            answered = " or ".join(str(status) for status in handler.statuses)
            return Violation(
                f"`{handler.name}` answers `{name}` with {answered}; the documented status is"
                f" {expected}"
            )
    return CONFORMS if asked else None


def status_for(name: str, options: UnexpectedHandlerStatusOptions) -> int | None:
    """Return the status that the table gives to the exception *name*."""
    bare = name.removesuffix("Exception").removesuffix("Error")
    for pattern, status in [*options.statuses.items(), *DOCUMENTED.items()]:
        if fnmatchcase(bare, pattern) or fnmatchcase(name, pattern):
            return status
    return None
