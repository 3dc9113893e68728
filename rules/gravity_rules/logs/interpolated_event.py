"""Values are logged beside the event, not inside it.

`logger.info(f"Creating role: {role.name}")` makes a new event of every role; nobody can count them
or find the one. `logger.info("creating_role", role_name=role.name)` says the same to a program.

The fix turns f-strings, `%`, `.format`, `+` and arguments for `%s` into an event and keywords with
names of their own; words that an event cannot hold stay beside it as `text`. It is unsafe because
the text of the line changes. Calls of the standard library's loggers are left until their logger is
structlog's (GRV901): on those, keywords are a `TypeError`. Where it has to stay `logging`'s, as its
module configures logging, the values become arguments behind `%s`; a text without a place for each
is reported for every logger, as its line is lost to an error.

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

from gravity_lint.model.code.subjects import place
from gravity_lint.model.logs.calls import LogCall, log_calls
from gravity_lint.model.logs.events import structured
from gravity_lint.model.logs.kinds import LoggerKind
from gravity_lint.model.logs.messages import POSITIONAL, interpolation, misfit, opaque
from gravity_lint.model.logs.origins import may_be_structlogs, stays_stdlib
from gravity_lint.model.logs.secrets import leaks
from gravity_lint.model.logs.swapping import moved, waiting
from gravity_lint.model.logs.templates import templated, untemplated
from gravity_lint.model.logs.watching import watcher
from gravity_lint.model.logs.writing import rewritten, unwritable
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
    new = structured(call)
    empty = new is not None and not new.values
    what = (
        f"gives its event as {how} without values"
        if empty
        else (f"puts values into its event with {how}")
    )
    lost = misfit(call)
    if lost is not None:
        what = lost
    if stays_stdlib(call) or may_be_structlogs(call) is None:
        if lost is not None:
            return Violation(
                f"`{call.name}` {what}, so its line or the value is lost; write one `%s` for each"
            )
        if how == POSITIONAL:
            return None  # what else should a logger do that has to be the standard library's
        instead = "give it a name" if empty else "give them as arguments behind `%s`"
        verb = "stays" if stays_stdlib(call) else "is"
        return Violation(f"`{call.name}` {what}; {instead}, as the logger {verb} `logging`'s")
    instead = "give it a name" if empty else "name the event and give the values as keywords"
    if call.kind is LoggerKind.STDLIB:
        return Violation(f"`{call.name}` {what}; {moved(call)}, {instead}")
    if new is not None:
        secrets = {leak.written for leak in leaks(call)}
        told = [(name, text) for name, text in new.keywords if text not in secrets]
        given = "".join(f", {name}={text}" for name, text in told[:3])
        instead += f': `"{new.event}"{given}`'
    return Violation(f"`{call.name}` {what}; {instead}")


@check.fix(Applicability.UNSAFE)
def fix(call: LogCall) -> Edits:
    """Name the event and give the values as keywords, or as arguments where `logging` stays."""
    stays = stays_stdlib(call)
    if call.kind is not LoggerKind.STRUCTLOG and not stays:
        return Withheld(waiting(call))
    step = watcher(call)
    if step is not None:
        return Withheld(f"a test looks for its text ({place(step.module, step.span)})")
    new = structured(call)
    edits = templated(call) if stays and (new is None or new.values) else None
    if edits is not None:
        return edits
    if stays and (new is None or new.keywords):
        return Withheld(untemplated(call))
    if new is None:
        return Withheld(opaque(call))
    return rewritten(call, new.event, new.keywords) or Withheld(unwritable(call))
