"""Every domain exception that is raised has an exception handler.

A domain exception without a handler is a bug report waiting to happen: it leaves the endpoint, no
handler knows it, and the client gets a 500 for something that the service foresaw. A handler for
one of its bases is as good (Starlette walks the `__mro__`), but one for `Exception` is not: it
answers 500. Each application answers for itself, also where it is mounted in another one.

The rule is silent where handlers may be registered out of its sight (`register_handlers(app)` or an
exception middleware of a shared library), where no app is in view, and for an exception that the
app itself catches by name. A function that would register handlers and is never used registers
none.

## Bad
```python title=app/main.py
from fastapi import FastAPI

app = FastAPI()
```
```python title=app/services/orders.py
from app.core.exceptions import OrderNotFoundException


def find(order_id: int):
    raise OrderNotFoundException(order_id)
```
```python title=app/core/exceptions.py
class GravityException(Exception):
    pass


class OrderNotFoundException(GravityException):
    pass
```

## Good
```python title=app/main.py
from fastapi import FastAPI

from app.core.exceptions import GravityException

app = FastAPI()


@app.exception_handler(GravityException)
async def gravity_handler(request, exc): ...
```
```python title=app/services/orders.py
from app.core.exceptions import OrderNotFoundException


def find(order_id: int):
    raise OrderNotFoundException(order_id)
```
```python title=app/core/exceptions.py
class GravityException(Exception):
    pass


class OrderNotFoundException(GravityException):
    pass
```
"""

from gravity_lint.model.exceptions.coverage import RaisedException, raised_exceptions
from gravity_lint.rule import CONFORMS, Answer, Cause, Note, Scope, Severity, Violation, rule


@rule(
    code="GRV408",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Error Handling Patterns",
    subjects=raised_exceptions,
)
def check(raised: RaisedException) -> Answer:
    """The app answers for what it raises."""
    if raised.handled is None:
        return None
    if raised.handled:
        return CONFORMS
    if not raised.lacks_handler:
        return None
    places = tuple(Note(step.module, step.span, "raised here") for step in raised.raises[:3])
    app = raised.unanswered
    if app is not None:
        return Violation(
            f"`{raised.name}` leaves an endpoint of an application that has no exception handler"
            " for it or a base below `Exception`, so the client gets a 500; the handlers of another"
            " application are not asked, be this one mounted in it or not",
            notes=(Note(app.module, app.span, "this application has none"), *places),
        )
    return Violation(
        f"`{raised.name}` is raised, but the app has no exception handler for it or a base below"
        " `Exception`: where it leaves an endpoint, the client gets a 500",
        notes=places,
        cause=_cause(raised),
    )


def _cause(raised: RaisedException) -> Cause | None:
    """Return the base for which one handler answers for this exception and others."""
    base = raised.common_base
    if base is None:
        return None
    return Cause(
        base.module,
        base.span,
        f"the app has no exception handler for `{base.name}`, from which several derive that are"
        " raised",
    )
