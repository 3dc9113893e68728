"""Events are named `entity.past_tense_verb`.

Routing keys are matched by their parts (`user.*`), and consumers in other services are written
against the names. `UserCreated`, `user_created` or `create.user` reach nobody who follows the
pattern. An event says what has happened: lower-case words joined by dots, the last of which is a
verb in the past tense.

## Bad
```python title=app/services/user_service.py
from app.core.events import event_bus


async def register(user):
    await event_bus.publish("UserCreated", {"user_id": user.id})
```
```python title=app/core/events.py
class EventBus:
    async def publish(self, event_type: str, data: dict):
        ...


event_bus = EventBus()
```

## Good
```python title=app/services/user_service.py
from app.core.events import event_bus


async def register(user):
    await event_bus.publish("user.created", {"user_id": user.id})
```
```python title=app/core/events.py
class EventBus:
    async def publish(self, event_type: str, data: dict):
        ...


event_bus = EventBus()
```
"""

import re

from gravity_lint.model.events.names import EventName, event_names
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Cause,
    Expression,
    Note,
    Options,
    Scope,
    Severity,
    Violation,
    rule,
)


class NonstandardEventNameOptions(Options, frozen=True):
    """The shape of a name, and the verbs that are certainly not in the past tense."""

    pattern: Expression = r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+"
    """A regular expression that the whole name matches."""
    imperatives: tuple[str, ...] = (
        "create",
        "update",
        "delete",
        "remove",
        "add",
        "send",
        "cancel",
        "publish",
        "register",
        "change",
        "complete",
        "start",
        "stop",
        "approve",
        "reject",
        "ship",
        "pay",
    )
    """Verbs with which a name must not end."""


@rule(
    code="GRV701",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Event-Driven Patterns",
    subjects=event_names,
    options=NonstandardEventNameOptions,
)
def check(event: EventName, options: NonstandardEventNameOptions) -> Answer:
    """The name has the shape, and its verb is not an order."""
    assert event.text is not None
    wrong = None
    if re.fullmatch(options.pattern, event.text) is None:
        wrong = (
            "is not `entity.past_tense_verb`: lower-case words joined by dots, such as"
            ' "user.created"'
        )
    elif event.text.rpartition(".")[2] in options.imperatives:
        wrong = "is an order; an event says what has happened, so its verb is in the past tense"
    if wrong is None:
        return CONFORMS
    message = f'event type "{event.text}" {wrong}'
    if event.origin is None:
        if event.enumeration is not None:
            cls, member = event.enumeration
            return Violation(
                f"{message}; rename it in `{cls.name}` as well, which has no other",
                notes=(Note(cls.module, member.span, f"`{cls.name}` has it"),),
            )
        return Violation(message)
    module, held = event.origin
    return Violation(message, cause=Cause(module, held.span, message))
