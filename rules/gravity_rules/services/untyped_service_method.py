"""Methods of services and repositories are annotated, parameters and result alike.

The annotations are what editors complete by, what mypy checks by, and what the reader of an
endpoint knows of the service behind it. `self` and `cls` need none, nor does the result of
`__init__`, nor what Python itself calls (`__aexit__`). Where the layers are written as functions,
those that work with a session are their methods.

The fix writes `-> None` where that is certain: no `return` gives a value, nothing is yielded, no
decorator and no subclass makes something else of the method, and nothing else is missing.

## Bad
```python title=app/services/order_service.py
class OrderService:
    async def cancel(self, order_id, reason: str):
        print(order_id, reason)
```

## Good
```python title=app/services/order_service.py
class OrderService:
    async def cancel(self, order_id: int, reason: str) -> None:
        print(order_id, reason)
```
"""

from collections.abc import Iterator

from gravity_lint.edits import SetReturns
from gravity_lint.model import Function
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.signatures import (
    is_overloaded,
    is_special,
    returns_nothing,
    unannotated,
)
from gravity_lint.model.services.functions import business_methods, session_functions
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


@by_module
def methods_and_functions(module: Module) -> Iterator[Function]:
    """Yield what services and repositories do, also where it is written as functions."""
    yield from business_methods.of(module)
    yield from session_functions.of(module)


@rule(
    code="GRV210",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Service Layer Patterns",
    subjects=methods_and_functions,
)
def check(method: Function) -> Answer:
    """Each parameter has its annotation, and so has the result."""
    if is_special(method) and method.name != "__init__":
        return None
    if is_overloaded(method):
        return CONFORMS
    missing = [f"`{name}`" for name in unannotated(method)]
    if method.returns is None and method.name != "__init__":
        missing.append("its result")
    if not missing:
        return CONFORMS
    what = " and ".join(filter(None, (", ".join(missing[:-1]), missing[-1])))
    owner = f"{method.cls.name}." if method.cls is not None else ""
    return Violation(f"`{owner}{method.name}` has no annotation for {what}")


@check.fix(Applicability.SAFE)
def fix(method: Function) -> Edits:
    """Write `-> None` where nothing else is missing and nothing else can come back."""
    if method.returns is not None or unannotated(method) or not returns_nothing(method):
        return Withheld("only `-> None` is certain, and there is more to annotate or to return")
    return (SetReturns(method.definition.span, "None"),)
