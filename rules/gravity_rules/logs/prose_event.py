"""An event has a name.

`"create_role_request"` can be counted, filtered and alerted on, and stays the same when somebody
improves the wording. A sentence cannot. The name is snake case, as in the document; a team that
sets its names in another way gives its own pattern.

The fix writes the words of the sentence as a name. It is unsafe because a search or an alert may
look for the old text.

## Bad
```python
import structlog

logger = structlog.get_logger()
logger.info("Create role request")
```

## Good
```python
import structlog

logger = structlog.get_logger()
logger.info("create_role_request")
```
"""

import re

from gravity_lint import facts as f
from gravity_lint.edits import ReplaceExpression
from gravity_lint.model.logs.events import event_name, is_too_long
from gravity_lint.model.logs.loggers import LogCall, LoggerKind, log_calls
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Options,
    Scope,
    Severity,
    Violation,
    rule,
)


class ProseEventOptions(Options, frozen=True):
    """The regular expression that a whole event matches."""

    pattern: str = r"[a-z][a-z0-9_]*"
    """A regular expression."""


def text_of_event(call: LogCall) -> str | None:
    """Return the event if it is a literal, and not a template for arguments."""
    if call.kind is LoggerKind.UNKNOWN or call.values or not isinstance(call.event, f.Constant):
        return None
    return call.event.value if isinstance(call.event.value, str) else None


@rule(
    code="GRV903",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Structured Logging",
    subjects=log_calls,
    options=ProseEventOptions,
)
def check(call: LogCall, options: ProseEventOptions) -> Answer:
    """A constant event is a name."""
    text = text_of_event(call)
    if text is None:
        return None
    if re.fullmatch(options.pattern, text) is not None:
        return CONFORMS
    name = event_name(text)
    suggestion = f'; call it `"{name}"`' if name is not None else ""
    return Violation(f"the event `{shortened(text)}` is not a name in snake case{suggestion}")


def shortened(text: str) -> str:
    """Return *text* short enough for a message."""
    line = " ".join(text.split())
    return line if len(line) <= 50 else f"{line[:47]}..."


@check.fix(Applicability.UNSAFE)
def fix(call: LogCall, options: ProseEventOptions) -> Edits:
    """Write the prose as a name."""
    text = text_of_event(call)
    name = event_name(text) if text is not None else None
    if call.event is None or text is None or is_too_long(text):
        return None
    if name is None or re.fullmatch(options.pattern, name) is None:
        return None
    return (ReplaceExpression(call.event.span, f'"{name}"'),)
