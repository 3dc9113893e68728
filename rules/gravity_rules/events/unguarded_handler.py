"""A handler that fails stops no other, and is seen.

Handlers of one event know nothing of each other. When the loop that calls them lets an exception
through, those behind it never hear of the event, and the message is rejected for all; when it
swallows one without its traceback, a handler can fail for months. Each call stands in a `try` of
its own, inside the loop, whose `except Exception` logs with `exc_info=True`. What such a clause
lacks is said here, and not by `unlogged-broad-except` and `silent-except` again.

## Bad
```python title=app/core/events.py
class EventBus:
    def __init__(self):
        self.handlers = []

    async def dispatch(self, event: dict):
        for handler in self.handlers:
            await handler(event)
```

## Good
```python title=app/core/events.py
import structlog

logger = structlog.get_logger()


class EventBus:
    def __init__(self):
        self.handlers = []

    async def dispatch(self, event: dict):
        for handler in self.handlers:
            try:
                await handler(event)
            except Exception as e:
                logger.error("event_handler_error", error=str(e), exc_info=True)
```
"""

from gravity_lint import facts as f
from gravity_lint.model.code.names import External
from gravity_lint.model.events.handlers import Dispatch, dispatches
from gravity_lint.model.exceptions.prints import only_prints
from gravity_lint.model.exceptions.traces import Trace, loudest, trace_of
from gravity_lint.model.logs.at_hand import logger_at, logger_for
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV706",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Event-Driven Patterns",
    subjects=dispatches,
)
def check(dispatch: Dispatch) -> Answer:
    """What a handler raises ends in the loop, and in the log."""
    handler = dispatch.handler
    if dispatch.suppressed:
        return Violation(
            f"what `{handler}` raises is suppressed and seen by nobody; catch it, and"
            f" {logger_at(dispatch.site.scope).logging}"
        )
    guard = dispatch.guard
    if guard is None or guard.lets_pass(External("builtins.Exception")):
        how = "catch and log the exception of each inside the loop"
        if isinstance(dispatch.loop, f.Comprehension):
            how = "call them in a `for` loop, and catch and log the exception of each inside it"
        return Violation(f"when `{handler}` raises, the handlers behind it are not called; {how}")
    logger = logger_for(guard.scope, loudest(guard))
    match trace_of(guard):
        case Trace.WHOLE:
            return CONFORMS
        case None:
            return None
        case Trace.NOTHING:
            how = logger.instead_of_print if only_prints(guard) else logger.logging
            return Violation(f"what `{handler}` raises is not logged; {how}")
    return Violation(f"what `{handler}` raises is not logged with its traceback; {logger.passing}")
