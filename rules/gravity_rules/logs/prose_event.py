"""An event has a name.

`"create_role_request"` can be counted, filtered and alerted on, and stays the same when somebody
improves the wording. A sentence cannot. The name is snake case, as in the document, with dots
between words where one likes; a team that sets its names in another way gives its own pattern.

The fix writes the words of the sentence as a name; what a name cannot hold (a long text, other
letters than Latin ones) stays beside it as `text`. It is unsafe because a search or an alert may
look for the old text. Loggers of the standard library become structlog's first (GRV901), so that no
logger says some events in the old way and some in the new.

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
from gravity_lint.edits import ReplaceArgument, ReplaceExpression
from gravity_lint.model.code.subjects import place
from gravity_lint.model.logs.calls import LogCall, log_calls
from gravity_lint.model.logs.events import event_name, renamed
from gravity_lint.model.logs.kinds import LoggerKind
from gravity_lint.model.logs.messages import held, message
from gravity_lint.model.logs.swapping import waiting
from gravity_lint.model.logs.watching import watcher
from gravity_lint.model.logs.writing import rewritten, unwritable
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Expression,
    Options,
    Scope,
    Severity,
    Violation,
    Withheld,
    rule,
)

_LONGEST = 60
"""How often a text is repeated, to be told from others."""


class ProseEventOptions(Options, frozen=True):
    """The regular expression that a whole event matches."""

    pattern: Expression = r"[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)*"
    """A regular expression."""


def text_of_event(call: LogCall) -> str | None:
    """Return the event if it is a text, be it a constant's, and not a template for arguments."""
    if call.kind is LoggerKind.UNKNOWN or call.values:
        return None
    match message(call):
        case f.Constant(value=str(text)):
            return text
        case f.Binary(
            operator="*", left=f.Constant(value=str(text)), right=f.Constant(value=int(times))
        ):
            return text * min(times, _LONGEST)  # a line that is ruled: ``"=" * 60``
    return None


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
    if not text.strip():
        return Violation("the event is empty; say in snake case what happened")
    name = event_name(text)
    suggestion = f'; call it `"{name}"`' if name is not None else ""
    if not any(map(str.isalnum, text)):
        suggestion = "; it has no words, so leave the line out"
    fault = "is not a name in snake case"
    if re.fullmatch(options.pattern, text.strip()) is not None:
        fault = "has blanks around it"
    elif re.fullmatch(options.pattern, text.lstrip("0123456789_")) is not None:
        fault = f'begins with "{text[0]}"'
    return Violation(f"the event `{shortened(text)}` {fault}{suggestion}")


def shortened(text: str) -> str:
    """Return *text* short enough for a message."""
    line = " ".join(text.split())
    return line if len(line) <= 50 else f"{line[:47]}..."


@check.fix(Applicability.UNSAFE)
def fix(call: LogCall, options: ProseEventOptions) -> Edits:
    """Write the prose as a name."""
    text = text_of_event(call)
    if call.kind is not LoggerKind.STRUCTLOG:
        return Withheld(waiting(call))
    step = watcher(call)
    if step is not None:
        return Withheld(f"a test looks for its text ({place(step.module, step.span)})")
    holder = held(call)
    if holder is not None:
        return Withheld(f"the event is the value of `{holder.variable.name}`")
    new = renamed(call, text) if text is not None else None
    if new is None or re.fullmatch(options.pattern, new.event) is None:
        return Withheld("the event has no words to make a name of")
    if not new.keywords and call.event is not None:
        if call.event not in call.call.arguments:
            return (ReplaceExpression(call.event.span, f'"{new.event}"'),)
        return (ReplaceArgument(call.call.span, call.event.span, (f'"{new.event}"',)),)
    return rewritten(call, new.event, new.keywords) or Withheld(unwritable(call))
