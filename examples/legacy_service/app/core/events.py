import json
from collections import defaultdict

import aio_pika
import structlog

from app.config import settings

logger = structlog.get_logger()


class EventBus:
    """Publishes and consumes events."""

    def __init__(self):
        self.connection = None
        self.channel = None
        self.exchange = None
        self.subscribers = defaultdict(list)

    async def connect(self):
        self.connection = await aio_pika.connect(settings.RABBITMQ_URL)
        self.channel = await self.connection.channel()
        self.exchange = await self.channel.declare_exchange(
            "inventory", aio_pika.ExchangeType.TOPIC
        )
        logger.info("event_bus_connected")

    async def publish(self, event_type: str, data: dict):
        message = aio_pika.Message(body=json.dumps(data).encode())
        await self.exchange.publish(message, routing_key=event_type)

    def subscribe(self, event_type: str):
        def decorator(func):
            self.subscribers[event_type].append(func)
            return func

        return decorator

    async def start_consuming(self):
        for event_type, handlers in self.subscribers.items():
            queue = await self.channel.declare_queue(f"inventory.{event_type}", durable=True)
            await queue.bind(self.exchange, routing_key=event_type)

            async def on_message(message: aio_pika.IncomingMessage):
                async with message.process():
                    event = json.loads(message.body)
                    for handler in handlers:
                        await handler(event)
                    logger.info("event_handled", event_type=event_type)

            await queue.consume(on_message)


event_bus = EventBus()
