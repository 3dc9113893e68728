"""An exception handler that answers 401 says how to authenticate.

HTTP requires the `WWW-Authenticate` header in every 401 (RFC 9110, section 15.5.2); clients and
FastAPI's own security classes rely on it. The document's handler sends `Bearer`.

The fix adds the header where the response is made for a 401 alone. It is unsafe, because clients
see the header: browsers act on some schemes, though not on `Bearer`.

## Bad
```python title=app/core/exception_handlers.py
from fastapi import status
from fastapi.responses import JSONResponse

from app.core.exceptions import AuthenticationException


def setup_exception_handlers(app):
    @app.exception_handler(AuthenticationException)
    async def authentication_handler(request, exc):
        return JSONResponse(
            status_code=status.HTTP_401_UNAUTHORIZED,
            content={"success": False, "error": "AuthenticationFailed", "detail": str(exc)},
        )
```

## Good
```python title=app/core/exception_handlers.py
from fastapi import status
from fastapi.responses import JSONResponse

from app.core.exceptions import AuthenticationException


def setup_exception_handlers(app):
    @app.exception_handler(AuthenticationException)
    async def authentication_handler(request, exc):
        return JSONResponse(
            status_code=status.HTTP_401_UNAUTHORIZED,
            content={"success": False, "error": "AuthenticationFailed", "detail": str(exc)},
            headers={"WWW-Authenticate": "Bearer"},
        )
```
"""

from gravity_lint import facts as f
from gravity_lint.edits import ReplaceExpression, SetKeyword
from gravity_lint.model.exceptions.handlers import Answered, ExceptionHandler, handlers
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Note,
    Scope,
    Severity,
    Violation,
    Withheld,
    rule,
)

HEADER = '"WWW-Authenticate": "Bearer"'


def without_header(handler: ExceptionHandler) -> list[Answered]:
    """The answers of *handler* that are 401 and certainly lack the header."""
    return [
        answer
        for answer in handler.answers
        if answer.status == 401 and answer.sends("WWW-Authenticate") is False
    ]


@rule(
    code="GRV411",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Error Handling Patterns",
    subjects=handlers,
)
def check(handler: ExceptionHandler) -> Answer:
    """A 401 carries the header."""
    if 401 not in handler.statuses:
        return None
    lacking = without_header(handler)
    if lacking:
        first = lacking[0]
        own = first.call is not None and first.scope is handler.function
        how = "send" if own else "make the answer with"
        answers = "answers" if set(handler.statuses) == {401} else "may answer"
        return Violation(
            f"`{handler.name}` {answers} 401 without a `WWW-Authenticate` header, which HTTP"
            f' requires; {how} `headers={{"WWW-Authenticate": "Bearer"}}`',
            at=first.call.span if own and first.call is not None else None,
            notes=() if own else (Note(first.module, first.step.span, "the answer is made here"),),
        )
    sent = [a.sends("WWW-Authenticate") for a in handler.answers if a.status == 401]
    return CONFORMS if all(sent) else None


@check.fix(Applicability.UNSAFE)
def fix(handler: ExceptionHandler) -> Edits:
    """Add the header to the answers that lack it, where they stand in the handler's file."""
    edits: list[SetKeyword | ReplaceExpression] = []
    for answer in without_header(handler):
        if answer.call is None or answer.module is not handler.module:
            return Withheld("the response is made in another module")
        if not answer.settled:
            return Withheld("the response is made for other statuses, too")
        match answer.headers:
            case None:
                edits.append(SetKeyword(answer.call.span, "headers", f"{{{HEADER}}}"))
            case f.Mapping(span=span) as headers if span.line == span.end_line:
                rows = [HEADER]
                for key, value in zip(headers.keys, headers.values, strict=True):
                    written = "**" if key is None else f"{f.render(key)}: "
                    rows.append(written + f.render(value))
                edits.append(ReplaceExpression(span, "{" + ", ".join(rows) + "}"))
            case _:
                return Withheld("its headers are not written out on one line of the call")
    return tuple(edits)
