"""Services and repositories raise domain exceptions, not generic ones.

Nobody can catch `Exception` or `RuntimeError` without catching everything else, and no handler can
answer it with anything better than 500. A domain exception carries its meaning to the handler that
knows its status. `ValueError` and `NotImplementedError` say something definite and are allowed, as
is raising again what was caught, and what an `except` of the same function takes.

## Bad
```python title=app/services/order_service.py
class OrderService:
    async def cancel(self, order):
        if order.shipped:
            raise Exception("already shipped")
```

## Good
```python title=app/services/order_service.py
from app.core.exceptions import OrderShippedException


class OrderService:
    async def cancel(self, order):
        if order.shipped:
            raise OrderShippedException("already shipped")
```
"""

from gravity_lint.model.exceptions.coverage import apps
from gravity_lint.model.exceptions.raises import Raising, raises_in_layers
from gravity_lint.rule import CONFORMS, Answer, Options, Scope, Severity, Violation, rule


class GenericRaiseOptions(Options, frozen=True):
    """Options of the rule."""

    generic: tuple[str, ...] = ("Exception", "BaseException", "RuntimeError")
    """Classes that are too generic to raise: builtins by name, others by their dotted path."""


@rule(
    code="GRV404",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Error Handling Patterns",
    subjects=raises_in_layers,
    options=GenericRaiseOptions,
)
def check(raising: Raising, options: GenericRaiseOptions) -> Answer:
    """A raise names what went wrong."""
    if raising.path.removeprefix("builtins.") not in options.generic:
        return CONFORMS
    if not raising.leaves:
        return None
    advice = "raise a domain exception that says which"
    if apps(raising.module.service):
        advice += ", one for which the app has a handler"
    clause = raising.let_through
    if clause is not None:
        advice += f", and have the `{clause.head}` around it raise that again as well"
    return Violation(
        f"`{raising.function}` raises `{raising.name}`, which may stand for any failure; {advice}"
    )
