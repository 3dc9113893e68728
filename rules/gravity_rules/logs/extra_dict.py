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
from gravity_lint.model.logs.calls import LogCall, log_calls
from gravity_lint.model.logs.kinds import LoggerKind
from gravity_lint.model.logs.origins import may_be_structlogs
from gravity_lint.model.logs.swapping import moved, waiting
from gravity_lint.model.logs.writing import (
    refused_names,
    rewritten,
    spread,
    unfit_names,
    unspread,
    unwritable,
)
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
    if not may_be_structlogs(call) or not isinstance(
        extra, f.Mapping | f.Call | f.Name | f.Attribute
    ):
        return None
    advice = "give them as keywords of the call"
    unfit = unfit_names(call)
    if unfit:
        advice += f", {', '.join(f'`{name}`' for name in unfit)} under another name"
    if call.kind is LoggerKind.STDLIB:
        advice += f", {moved(call)}"
    refused = ", ".join(f"`{name}`" for name in refused_names(call))
    fails = f", where `logging` raises KeyError for {refused}" if refused else ""
    return Violation(f"`{call.name}` hides its values in `extra`{fails}; {advice}")


@check.fix(Applicability.UNSAFE)
def fix(call: LogCall) -> Edits:
    """Make keywords of the entries."""
    if call.kind is not LoggerKind.STRUCTLOG:
        return Withheld(waiting(call))
    keywords = spread(call)
    if keywords is None:
        return Withheld(unspread(call))
    edits = rewritten(call, None, keywords, dropped=("extra",))
    return edits or Withheld(unwritable(call))
