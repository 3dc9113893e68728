"""An event has two ends: somebody publishes it, somebody subscribes to it.

A name that only one end knows is a message nobody reads, or a handler that never runs: usually a
typing error, or an event renamed on one side. A service is judged by itself, because that is all
that a rule sees. Events that cross services are therefore found as orphans too; that is why the
rule is off by default, and meant for services that talk to themselves and for surveys.

Where the other end names an event by a value that is not known, nothing is an orphan for certain.

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

from gravity_lint.model.events.names import EventName, event_names, has_other_end
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV710",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Event-Driven Patterns",
    subjects=event_names,
    default=False,
)
def check(event: EventName) -> Answer:
    """The service holds the other end as well."""
    found = has_other_end(event)
    if found is None:
        return None
    if found:
        return CONFORMS
    published = ("published", "subscribes to")
    done, missing = published if event.published else ("subscribed to", "publishes")
    return Violation(
        f'event "{event.text}" is {done} here, and nobody in this service {missing} it'
    )
