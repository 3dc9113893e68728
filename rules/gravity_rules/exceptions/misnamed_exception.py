"""The name of an exception class ends in `Exception`.

The document's exceptions are all called so, and who reads `raise` and `except` in a service can
tell the team's own classes from Python's `...Error` at a glance. The endings are
`vocabulary.exception-suffixes`.

## Bad
```python title=app/core/exceptions.py
class GravityException(Exception):
    \"\"\"Base exception.\"\"\"


class OrderNotFound(GravityException):
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
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV402",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Error Handling Patterns",
    subjects=exception_classes,
)
def check(exception: ExceptionClass) -> Answer:
    """An exception is named as one."""
    if exception.name.endswith(exception.suffixes):
        return CONFORMS
    endings = " or ".join(f"`{suffix}`" for suffix in exception.suffixes)
    return Violation(
        f"`{exception.name}` is an exception class, and the names of those end in {endings}"
    )
