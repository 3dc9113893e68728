"""An exception class says in its docstring when it is raised.

The name tells what went wrong; the docstring tells when it is raised, and so which caller should
expect it. Every exception of the document has one.

## Bad
```python title=app/core/exceptions.py
class GravityException(Exception):
    pass
```

## Good
```python title=app/core/exceptions.py
class GravityException(Exception):
    \"\"\"Base exception for all Gravity services.\"\"\"
```
"""

from gravity_lint.model.exceptions.classes import ExceptionClass, exception_classes
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV403",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Error Handling Patterns",
    subjects=exception_classes,
)
def check(exception: ExceptionClass) -> Answer:
    """An exception class has a docstring."""
    if exception.documented:
        return CONFORMS
    return Violation(f"`{exception.name}` has no docstring; say when it is raised")
