"""A file parses.

What Python cannot parse it cannot import, and nothing else can be said about it: no other rule
looks into such a file, and what other files take from it is unknown. The place is that of the first
error, as the Python that runs the linter sees it; newer syntax than that is an error, too,
and the message names a Python that reads it. What lies below a directory whose name is yet to be
filled in (`{{cookiecutter.name}}`) is a template, and no Python.

## Bad
```python
def total(prices:
    return sum(prices)
```

## Good
```python
def total(prices):
    return sum(prices)
```
"""

import sys

from gravity_lint.model.code.files import File, files
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule

_PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"


@rule(
    code="GRV003",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="The linter itself",
    subjects=files,
)
def check(file: File) -> Answer:
    """Python can read the file."""
    if file.fault is None:
        return CONFORMS
    return Violation(f"{_PYTHON}, which runs the linter, cannot parse this file: {file.fault}")
