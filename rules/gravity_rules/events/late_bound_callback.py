"""A callback made in a loop carries its own values.

A function sees the loop's variables, not the values that they had when it was made. Kept for later
(given to `queue.consume`, appended to a list, registered), it reads what the last turn of the loop
left there: every queue's messages go to the handlers of the last queue. The document's own
`start_consuming` does this. Bind the values when the function is made: by a function that returns
the callback, by `functools.partial`, or by parameters with defaults.

## Bad
```python title=app/core/events.py
async def start(queues, handlers):
    for name, queue in queues.items():
        async def on_message(message):
            await handlers[name](message)

        await queue.consume(on_message)
```

## Good
```python title=app/core/events.py
def consumer(handler):
    async def on_message(message):
        await handler(message)

    return on_message


async def start(queues, handlers):
    for name, queue in queues.items():
        await queue.consume(consumer(handlers[name]))
```
"""

from gravity_lint.model.code.closures import LoopFunction, loop_functions
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV707",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Event-Driven Patterns",
    subjects=loop_functions,
)
def check(made: LoopFunction) -> Answer:
    """What is kept reads nothing that the loop changes."""
    if not made.late:
        return CONFORMS
    names = " and ".join(f"`{name}`" for name in made.late)
    return Violation(
        f"{made.name} is made in a loop, {made.kept_by}, and reads {names} when it runs:"
        " by then the loop has moved on, and every callback sees the last turn's values; bind them"
        " when the callback is made"
    )
