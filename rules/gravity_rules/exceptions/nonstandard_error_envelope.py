"""An exception handler answers with the documented error envelope.

Clients tell failure from success by `success`, the kind of failure by `error`, and show `detail` to
people; the document's `ErrorResponse` names the same three. A handler that answers with other keys,
or with plain text, breaks every client that relies on them. Bodies that are put together out of
sight are not judged, nor are redirects and answers of success to what was done already, nor forms
that others prescribe: JSON-RPC's, OAuth's and OpenAI's. What a function makes for several handlers
is reported there, once; a schema, function or constant that makes the body is the place to change.

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

from gravity_lint.model.code.scopes import Function
from gravity_lint.model.exceptions.bodies import Body
from gravity_lint.model.exceptions.handlers import Answered, ErrorAnswer, error_answers
from gravity_lint.rule import CONFORMS, Answer, Cause, Note, Scope, Severity, Violation, rule

ENVELOPE = ("success", "error", "detail")
KEYS = "`success: False`, `error` and `detail`"


@rule(
    code="GRV409",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Error Handling Patterns",
    subjects=error_answers,
)
def check(made: ErrorAnswer) -> Answer:
    """Every answer of a handler is the envelope."""
    if made.succeeds:
        return None
    what = fault(made.answer)
    if not what:
        return CONFORMS if what is not None else None
    first = made.handlers[0]
    if not made.shared:
        who = f"`{first.name}` answers {first.subject_at(made.answer.step)}"
    else:
        maker = made.maker.name if isinstance(made.maker, Function) else made.maker.label
        more = len(made.handlers) - 1
        others = f" and {more} more handler{'s' if more > 1 else ''}" if more else ""
        who = f"`{maker}` answers for `{first.name}`{others}"
    return Violation(
        f"{who} with {what}; the error envelope is {KEYS}",
        notes=tuple(
            Note(x.module, x.span, f"`{x.name}` answers with it")
            for x in made.handlers[:5]
            if made.shared
        ),
        cause=cause(made.answer),
    )


def cause(answer: Answered) -> Cause | None:
    """Return the schema, function or constant that makes the body and lacks a part of it.

    The wrapper of what succeeds has other fields: an error is not to be answered with that.
    """
    body = answer.body
    lacking = absent(body) if body is not None else ""
    if body is None or body.maker is None or not lacking:
        return None
    maker = body.maker
    if maker.name in maker.module.service.settings.vocabulary.response_wrappers:
        return None
    message = f"the body of `{maker.name}` is without {lacking}; the error envelope is {KEYS}"
    return Cause(maker.module, maker.span, message)


def fault(answer: Answered) -> str | None:
    """Say what is wrong with an answer: empty if nothing, None if that is not known."""
    if answer.textual:
        return f"a `{answer.kind}`, which is not JSON"
    body = answer.body
    if body is None or body.prescribed:
        return None
    lacking = absent(body)
    if lacking:
        return f"a body without {lacking}"
    if body.success:
        return "`success: True`"
    return "" if body.keys.issuperset(ENVELOPE) else None


def absent(body: Body) -> str:
    """Say what *body* certainly lacks."""
    missing = [f"`{key}`" for key in ENVELOPE if key not in body.keys and not body.open]
    *others, last = missing or [""]
    return " and ".join(filter(None, (", ".join(others), last)))
