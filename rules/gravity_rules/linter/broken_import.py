"""What a module imports from the service's own modules is there.

An application whose `main.py` imports a router that does not exist cannot start, and a test module
that imports a helper which was renamed is not collected. Most often a file or a name was moved, and
one place that used it was overlooked, or a merge brought back an import whose source is gone.

The rule speaks where the module that lacks the name is in view; a module that is not there at all
may lie elsewhere. It says nothing where names come into a module in other ways (`__getattr__`,
`globals()`, star imports from libraries), where a compiled, ignored or excluded file may be what is
imported, under `TYPE_CHECKING`, and where the code reckons with the failure (`except ImportError`).

## Bad
```python title=app/core/config.py
def get_settings() -> dict:
    return {}
```
```python title=app/main.py
from app.core.config import settings

DEBUG = settings["debug"]
```

## Good
```python title=app/core/config.py
def get_settings() -> dict:
    return {}
```
```python title=app/main.py
from app.core.config import get_settings

DEBUG = get_settings()["debug"]
```
"""

from gravity_lint.model.code.imports import OwnImport, own_imports
from gravity_lint.rule import CONFORMS, Answer, Cause, Scope, Severity, Violation, rule


@rule(
    code="GRV004",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="The linter itself",
    subjects=own_imports,
)
def check(own: OwnImport) -> Answer:
    """The imported name is there."""
    if own.is_bound is not False:
        return CONFORMS if own.is_bound else None
    source = own.source_name
    if own.is_for_checkers:
        lack = f"`{source}` tells type checkers alone of `{own.name}`"
    else:
        lack = f"`{source}` has no `{own.name}`"
    cause = None
    if own.is_lacked_often:
        cause = Cause(own.source, own.source.span, f"{lack}, which others import from it")
    close = f"; it has `{own.closest}`" if own.closest is not None else ""
    return Violation(f"{lack}, so this import raises ImportError{close}", cause=cause)
