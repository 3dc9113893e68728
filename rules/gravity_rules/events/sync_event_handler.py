"""Event handlers are `async def`.

The event bus awaits what it calls. A plain function blocks the event loop while it works, and
awaiting its result raises `TypeError`, so the message fails after its work is done. A bus that
looks at its handlers first (`iscoroutinefunction`, `to_thread`) may take both.

## Bad
```python title=app/subscribers.py
from app.core.events import event_bus


@event_bus.subscribe("user.created")
def handle_user_created(event: dict):
    print(event)
```
```python title=app/core/events.py
class EventBus:
    def subscribe(self, event_type: str):
        ...


event_bus = EventBus()
```

## Good
```python title=app/subscribers.py
from app.core.events import event_bus


@event_bus.subscribe("user.created")
async def handle_user_created(event: dict):
    print(event)
```
```python title=app/core/events.py
class EventBus:
    def subscribe(self, event_type: str):
        ...


event_bus = EventBus()
```
"""

from gravity_lint.model.events.handlers import EventHandler, event_handlers
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV704",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Event-Driven Patterns",
    subjects=event_handlers,
)
def check(handler: EventHandler) -> Answer:
    """The handler can be awaited."""
    function = handler.function
    if function.is_async:
        return CONFORMS
    if handler.may_be_plain:
        return None
    return Violation(
        f"event handler `{function.name}` is a plain `def`, and the bus awaits what it calls; make"
        " it `async def`"
    )
