"""Events that services publish and subscribe to, over RabbitMQ."""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import aio_pika
import structlog
from aio_pika.abc import (
    AbstractChannel,
    AbstractExchange,
    AbstractIncomingMessage,
    AbstractRobustConnection,
)

from app.config import settings
from app.core.exceptions import ServiceUnavailableException

logger = structlog.get_logger()

EventHandler = Callable[[dict[str, Any]], Awaitable[None]]


class EventBus:
    """Event bus for publishing and consuming events."""

    def __init__(self) -> None:
        """Initialize a bus that is not connected."""
        self.connection: AbstractRobustConnection | None = None
        self.channel: AbstractChannel | None = None
        self.exchange: AbstractExchange | None = None
        self.subscribers: dict[str, list[EventHandler]] = {}

    async def connect(self) -> None:
        """Connect to RabbitMQ and declare the exchange."""
        self.connection = await aio_pika.connect_robust(settings.rabbitmq_url)
        self.channel = await self.connection.channel()
        self.exchange = await self.channel.declare_exchange(
            settings.rabbitmq_exchange, aio_pika.ExchangeType.TOPIC, durable=True
        )
        logger.info("event_bus_connected", exchange=settings.rabbitmq_exchange)

    async def disconnect(self) -> None:
        """Disconnect from RabbitMQ."""
        if self.connection is not None:
            await self.connection.close()
        self.connection = self.channel = self.exchange = None
        logger.info("event_bus_disconnected")

    async def publish(self, event_type: str, data: dict[str, Any]) -> None:
        """
        Publish an event.

        Args:
            event_type: What happened, such as ``order.created``
            data: JSON data of the event
        """
        if self.exchange is None:
            logger.warning("event_dropped", event_type=event_type, reason="not connected")
            return

        message = aio_pika.Message(
            body=json.dumps(data).encode(),
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        await self.exchange.publish(message, routing_key=event_type)
        logger.info("event_published", event_type=event_type, data=data)

    def subscribe(self, event_type: str) -> Callable[[EventHandler], EventHandler]:
        """
        Subscribe the decorated function to an event.

        Args:
            event_type: What happened, such as ``order.created``

        Returns:
            Decorator that leaves the function as it is
        """

        def decorator(handler: EventHandler) -> EventHandler:
            self.subscribers.setdefault(event_type, []).append(handler)
            return handler

        return decorator

    async def start_consuming(self) -> None:
        """
        Consume one queue per subscribed event.

        Raises:
            ServiceUnavailableException: If the bus is not connected
        """
        if self.channel is None or self.exchange is None:
            raise ServiceUnavailableException("The event bus is not connected")

        for event_type in self.subscribers:
            queue = await self.channel.declare_queue(
                f"{settings.rabbitmq_queue_prefix}.{event_type}", durable=True
            )
            await queue.bind(self.exchange, routing_key=event_type)
            await queue.consume(partial(self.on_message, event_type))

        logger.info("event_bus_consuming", subscribed_events=sorted(self.subscribers))

    async def on_message(self, event_type: str, message: AbstractIncomingMessage) -> None:
        """
        Hand a message to every handler of its event; one that fails stops no other.

        Args:
            event_type: Event that the message's queue is bound to
            message: Message from the broker
        """
        async with message.process():
            data = json.loads(message.body)
            for handler in self.subscribers[event_type]:
                try:
                    await handler(data)
                except Exception:
                    logger.exception(
                        "event_handler_error", event_type=event_type, handler=handler.__qualname__
                    )


event_bus = EventBus()
