"""Values are logged beside the event, not inside it.

`logger.info(f"Creating role: {role.name}")` makes a new event of every role; nobody can count them
or find the one. `logger.info("creating_role", role_name=role.name)` says the same to a program.

The fix turns f-strings, `%`, `.format`, `+` and arguments for `%s` into an event and keywords with
names of their own. It is unsafe because the text of the line changes. Calls of the standard
library's loggers are left until their logger is structlog's (GRV901): on those, keywords are a
`TypeError`.

## Bad
```python
import structlog

logger = structlog.get_logger()


def create_role(role) -> None:
    logger.info(f"Creating role: {role.name}")
```

## Good
```python
import structlog

logger = structlog.get_logger()


def create_role(role) -> None:
    logger.info("creating_role", role_name=role.name)
```
"""

from gravity_lint.model.logs.events import interpolation, rewritten, structured
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
    code="GRV904",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Structured Logging",
    subjects=log_calls,
)
def check(call: LogCall) -> Answer:
    """The event does not hold the values."""
    if call.kind is LoggerKind.UNKNOWN or call.event is None:
        return None
    how = interpolation(call)
    if how is None:
        return CONFORMS
    if call.values and is_rightly_stdlib(call):
        return None  # what else should a logger do that has to be the standard library's
    new = structured(call)
    instead = "name the event and give the values as keywords"
    if new is not None:
        given = "".join(f", {name}={text}" for name, text in new.keywords[:3])
        instead += f': `"{new.event}"{given}`'
    if new is not None and not new.keywords:
        return Violation(f"`{call.name}` gives its event as {how} without values; {instead}")
    return Violation(f"`{call.name}` puts values into its event with {how}; {instead}")


@check.fix(Applicability.UNSAFE)
def fix(call: LogCall) -> Edits:
    """Name the event and give the values as keywords."""
    new = structured(call) if call.kind is LoggerKind.STRUCTLOG else None
    if new is None or not new.whole:
        return None
    return rewritten(call, new.event, new.keywords)
