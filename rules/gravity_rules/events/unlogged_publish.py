"""What is published is logged.

An event leaves the service and is acted upon elsewhere. When something went wrong there, the line
`event_published` here tells whether it was sent at all. The bus itself may log it, as the
document's `EventBus.publish` does; then its callers need not. A producer of aiokafka, kafka-python
or confluent-kafka, a broker of FastStream and a channel of pika publish as well, where it is seen
that they are one.

## Bad
```python
import aio_pika


class Publisher:
    def __init__(self, exchange: aio_pika.abc.AbstractExchange):
        self.exchange = exchange

    async def publish(self, message: aio_pika.Message) -> None:
        await self.exchange.publish(message, routing_key="item.created")
```

## Good
```python
import aio_pika
import structlog

logger = structlog.get_logger()


class Publisher:
    def __init__(self, exchange: aio_pika.abc.AbstractExchange):
        self.exchange = exchange

    async def publish(self, message: aio_pika.Message) -> None:
        await self.exchange.publish(message, routing_key="item.created")
        logger.info("event_published", event_type="item.created")
```
"""

from gravity_lint import facts as f
from gravity_lint.model.services.deeds import Deed, publications
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV709",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Event-Driven Patterns",
    subjects=publications,
)
def check(publication: Deed) -> Answer:
    """After the event is sent something is logged."""
    if publication.logged is not False:
        return CONFORMS if publication.logged else None
    return Violation(
        f"`{publication.function.name}` logs nothing after"
        f" `{f.render(publication.site.call.function)}`; log an event such as `event_published`"
    )
