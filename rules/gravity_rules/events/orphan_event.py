"""An event has two ends: somebody publishes it, somebody subscribes to it.

A name that only one end knows is a message nobody reads, or a handler that never runs: usually a
typing error, or an event renamed on one side. The other end may be in any service of the run, so
all services that talk to each other must be linted together; that is why the rule is off by
default.

Where a service names an event by a value that is not known, it may be any, and nothing that could
be its other end is an orphan for certain.

## Bad
```python title=app/core/events.py
class EventBus:
    async def publish(self, event_type: str, data: dict):
        ...

    def subscribe(self, event_type: str):
        ...


event_bus = EventBus()


@event_bus.subscribe("user.create")
async def welcome(event: dict):
    ...


async def register():
    await event_bus.publish("user.created", {})
```

## Good
```python title=app/core/events.py
class EventBus:
    async def publish(self, event_type: str, data: dict):
        ...

    def subscribe(self, event_type: str):
        ...


event_bus = EventBus()


@event_bus.subscribe("user.created")
async def welcome(event: dict):
    ...


async def register():
    await event_bus.publish("user.created", {})
```
"""

from collections.abc import Sequence

from gravity_lint.model.events.names import (
    EventEnds,
    EventName,
    event_ends,
    event_names,
    has_other_end,
)
from gravity_lint.rule import Answer, Question, Scope, Severity, Telling, Violation, rule

PUBLISHED = "published"


def settle(asked: tuple[str, ...], told: Sequence[EventEnds]) -> bool | None:
    """Tell whether a service of the run holds the other end."""
    name, end = asked
    return has_other_end(name, end == PUBLISHED, told)


@rule(
    code="GRV710",
    severity=Severity.WARNING,
    scope=Scope.FLEET,
    pattern="Event-Driven Patterns",
    subjects=event_names,
    default=False,
    telling=Telling(event_ends, EventEnds, settle),
)
def check(event: EventName) -> Answer:
    """Some service of the run holds the other end."""
    assert event.text is not None
    done, missing = (
        (PUBLISHED, "subscribes to") if event.published else ("subscribed to", "publishes")
    )
    return Question(
        (event.text, done),
        Violation(
            f'event "{event.text}" is {done} here, and nobody in the linted services {missing} it'
        ),
    )
