"""An exception handler answers with the documented error envelope.

Clients tell failure from success by `success`, the kind of failure by `error`, and show `detail` to
people; the document's `ErrorResponse` names the same three. A handler that answers with other keys,
or with plain text, breaks every client that relies on them. Bodies that are put together out of
sight are not judged, nor are redirects.

## Bad
```python title=app/core/exception_handlers.py
from fastapi.responses import JSONResponse

from app.core.exceptions import GravityException


def setup_exception_handlers(app):
    @app.exception_handler(GravityException)
    async def gravity_handler(request, exc):
        return JSONResponse(status_code=400, content={"message": str(exc)})
```

## Good
```python title=app/core/exception_handlers.py
from fastapi.responses import JSONResponse

from app.core.exceptions import GravityException


def setup_exception_handlers(app):
    @app.exception_handler(GravityException)
    async def gravity_handler(request, exc):
        return JSONResponse(
            status_code=400,
            content={"success": False, "error": "GravityError", "detail": str(exc)},
        )
```
"""

from gravity_lint.model.exceptions.handlers import Answered, ExceptionHandler, handlers
from gravity_lint.rule import CONFORMS, Answer, Note, Scope, Severity, Violation, rule

ENVELOPE = ("success", "error", "detail")


@rule(
    code="GRV409",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Error Handling Patterns",
    subjects=handlers,
)
def check(handler: ExceptionHandler) -> Answer:
    """Every answer of a handler is the envelope."""
    faults = [(answer, fault(answer)) for answer in handler.answers]
    for answer, what in faults:
        if what and answer.call is not None:
            message = (
                f"`{handler.name}` answers `{handler.subject}` with {what}; the error envelope is"
                " `success: False`, `error` and `detail`"
            )
            if answer.module is handler.module:
                return Violation(message, at=answer.call.span)
            notes = (Note(answer.module, answer.call.span, "the answer is made here"),)
            return Violation(message, notes=notes)
    return None if not faults or any(what is None for _, what in faults) else CONFORMS


def fault(answer: Answered) -> str | None:
    """Say what is wrong with an answer: empty if nothing, None if that is not known."""
    if answer.textual:
        return f"a `{answer.kind}`, which is not JSON"
    body = answer.body
    if body is None:
        return None
    missing = [f"`{key}`" for key in ENVELOPE if key not in body.keys]
    if missing and not body.open:
        *others, last = missing
        return "a body without " + " and ".join(filter(None, (", ".join(others), last)))
    if body.success:
        return "`success: True`"
    return None if missing else ""
