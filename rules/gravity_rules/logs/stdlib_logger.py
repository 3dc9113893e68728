"""The app logs through structlog.

`logging.getLogger` gives loggers that know text only: `logger.info("user_created", user_id=1)` is a
`TypeError` on them, so values end up inside sentences where nobody can search for them. With
`structlog.get_logger()` every line is an event with named values, bound context and one format.

The module that configures logging is exempt, and so are loggers of libraries (`"uvicorn.access"`)
and the root logger, which are fetched to be configured. The fix rewrites the binding and the
imports, and leaves the calls to the fixes of the rules about events: structlog takes every call
that `logging` takes. It is not offered where the logger is used for anything but calls
(`setLevel`, an argument of another function), which is then shown. It is unsafe because lines
look different and go the way that structlog is configured for; structlog must be installed.

## Bad
```python
import logging

logger = logging.getLogger(__name__)


def create_role(name: str) -> None:
    logger.info("Creating role: %s", name)
```

## Good
```python
import structlog

logger = structlog.get_logger()


def create_role(name: str) -> None:
    logger.info("creating_role", role_name=name)
```
"""

from gravity_lint.model.logs.loggers import LoggerBinding, LoggerKind, logger_bindings
from gravity_lint.model.logs.stdlib import is_foreign, obstacle, only_configured, swap
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Note,
    Scope,
    Severity,
    Violation,
    rule,
)


@rule(
    code="GRV901",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Structured Logging",
    subjects=logger_bindings,
)
def check(binding: LoggerBinding) -> Answer:
    """A logger of the app is bound to structlog's."""
    if binding.kind is LoggerKind.STRUCTLOG:
        return CONFORMS
    if is_foreign(binding) or only_configured(binding):
        return None
    step = obstacle(binding)
    notes: tuple[Note, ...] = ()
    if step is not None and step is not binding.step:
        notes = (Note(step.module, step.span, f"`{binding.name}` is used here as `logging`'s own"),)
    return Violation(
        f"`{binding.name}` is a logger of the standard library, whose calls take no keywords of"
        " one's own; bind it to `structlog.get_logger()`",
        notes=notes,
    )


@check.fix(Applicability.UNSAFE)
def fix(binding: LoggerBinding) -> Edits:
    """Bind structlog's logger."""
    return swap(binding)
