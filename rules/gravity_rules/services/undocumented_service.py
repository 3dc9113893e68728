"""Services and their public methods are documented.

A service is called by people who do not read its body. The class says what it is for; a method
says what it takes (`Args:`), what comes back (`Returns:`, or `Yields:`) and which exceptions its
body raises (`Raises:`), each where there is something to say. NumPy's headings and reST's fields
say the same and are fine. A method that overrides a documented one inherits its docstring.

## Bad
```python title=app/services/order_service.py
class OrderService:
    \"\"\"Business logic of orders.\"\"\"

    async def count(self, customer_id: int) -> int:
        \"\"\"Count the orders of a customer.\"\"\"
        return 0
```

## Good
```python title=app/services/order_service.py
class OrderService:
    \"\"\"Business logic of orders.\"\"\"

    async def count(self, customer_id: int) -> int:
        \"\"\"
        Count the orders of a customer.

        Args:
            customer_id: Customer ID

        Returns:
            Number of orders
        \"\"\"
        return 0
```
"""  # noqa: D214

from collections.abc import Iterator

from gravity_lint.model import Class, Function
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.docstrings import documentation_of, inherits_docstring
from gravity_lint.model.services.service_classes import service_classes
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@by_module
def services_and_methods(module: Module) -> Iterator[Class | Function]:
    """Yield the service classes, each followed by its public methods."""
    for business in service_classes.of(module):
        yield business.cls
        yield from business.documented_methods


@rule(
    code="GRV209",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Service Layer Patterns",
    subjects=services_and_methods,
)
def check(documented: Class | Function) -> Answer:
    """The docstring is there and leaves nothing out."""
    if isinstance(documented, Class):
        if documented.docstring is not None:
            return CONFORMS
        return Violation(
            f"the service `{documented.name}` has no docstring; say what it is responsible for"
        )
    documentation = documentation_of(documented)
    if documentation.complete:
        return CONFORMS
    owner = documented.cls.name if documented.cls is not None else ""
    method = f"`{owner}.{documented.name}`"
    if documentation.written:
        return Violation(f"the docstring of {method} leaves out {documentation.gaps}")
    if inherits_docstring(documented):
        return None
    also = f", with {documentation.gaps}" if documentation.gaps else ""
    return Violation(f"{method} has no docstring; say what it does{also}")
