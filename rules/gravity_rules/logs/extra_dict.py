"""Values are keywords of a log call, not entries of `extra`.

`extra={...}` is how the standard library's loggers take values. structlog's take them as keywords:
with `extra` they end up one level down, under the name `extra`, where no filter looks.

The fix makes keywords of the entries. It is unsafe because the shape of the line changes, and it is
offered for structlog's loggers only: on the standard library's, keywords are a `TypeError`.

## Bad
```python
import structlog

logger = structlog.get_logger()
logger.info("user_created", extra={"user_id": 1})
```

## Good
```python
import structlog

logger = structlog.get_logger()
logger.info("user_created", user_id=1)
```
"""

from gravity_lint import facts as f
from gravity_lint.model.logs.events import interpolation, rewritten, spread
from gravity_lint.model.logs.loggers import LogCall, LoggerKind, log_calls
from gravity_lint.model.logs.stdlib import is_rightly_stdlib
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Scope,
    Severity,
    Violation,
    rule,
)


@rule(
    code="GRV908",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Structured Logging",
    subjects=log_calls,
)
def check(call: LogCall) -> Answer:
    """Values are given as keywords."""
    if call.kind is LoggerKind.UNKNOWN:
        return None
    extra = call.call.keyword("extra")
    if extra is None:
        return CONFORMS
    if is_rightly_stdlib(call) or not isinstance(extra, f.Mapping | f.Call | f.Name | f.Attribute):
        return None
    return Violation(
        f"`{call.name}` hides its values in `extra`; give them as keywords of the call"
    )


@check.fix(Applicability.UNSAFE)
def fix(call: LogCall) -> Edits:
    """Make keywords of the entries."""
    keywords = spread(call)
    if call.kind is not LoggerKind.STRUCTLOG or keywords is None or interpolation(call):
        return None
    return rewritten(call, None, keywords, dropped=("extra",))
