"""A consumer settles every message.

A message that is neither acknowledged nor rejected stays with the consumer: after a few of them the
prefetch is full and nothing more arrives, and with the next connection all of them come again.
`async with message.process():` acknowledges when the block ends and rejects when it raises; calling
`ack`, `nack` or `reject` on every path does the same by hand. A plain `with` cannot enter that
block since aio-pika 6.

## Bad
```python title=app/core/events.py
import json

import aio_pika


async def on_message(message: aio_pika.IncomingMessage):
    print(json.loads(message.body))


async def start(queue: aio_pika.Queue):
    await queue.consume(on_message)
```

## Good
```python title=app/core/events.py
import json

import aio_pika


async def on_message(message: aio_pika.IncomingMessage):
    async with message.process():
        print(json.loads(message.body))


async def start(queue: aio_pika.Queue):
    await queue.consume(on_message)
```
"""

from gravity_lint.model.events.consumers import Consumer, consumers
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV705",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Event-Driven Patterns",
    subjects=consumers,
    alarm="consumer that may lose messages",
)
def check(consumer: Consumer) -> Answer:
    """Each path through the callback settles the message."""
    if consumer.settles:
        return CONFORMS
    if consumer.hands_on:
        return None
    message = consumer.message.name
    if consumer.enters_plainly:
        first = "" if consumer.function.is_async else "make it `async def`, and "
        return Violation(
            f"`{consumer.function.name}` enters `{message}.process()` by a plain `with`, which"
            f" fails, and settles nothing; {first}write `async with`"
        )
    return Violation(
        f"`{consumer.function.name}` can end without settling `{message}`, which then blocks the"
        f" queue and comes again; work inside `async with {message}.process():`"
    )
