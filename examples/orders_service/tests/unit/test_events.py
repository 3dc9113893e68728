"""Unit tests for the event bus and its subscribers."""

import json
from contextlib import asynccontextmanager

import pytest

from app.core.events import EventBus
from app.core.exceptions import ServiceUnavailableException
from app.services.customer_service import CustomerService
from app.subscribers import order_events

pytestmark = pytest.mark.asyncio


class FakeMessage:
    """Message that knows whether it was processed."""

    def __init__(self, data):
        """Encode the data."""
        self.body = json.dumps(data).encode()
        self.acknowledged = False

    @asynccontextmanager
    async def process(self):
        """Acknowledge unless the block raises."""
        yield
        self.acknowledged = True


class FakeChannel:
    """Channel whose queues keep their consumers."""

    def __init__(self):
        """Start without queues."""
        self.consumers = {}

    async def declare_queue(self, name, durable):
        """Declare a queue; it must survive the broker."""
        assert durable
        return FakeQueue(self, name)


class FakeQueue:
    """Queue that keeps its consumer."""

    def __init__(self, channel, name):
        """Remember where the queue belongs."""
        self.channel, self.name = channel, name

    async def bind(self, exchange, routing_key):
        """Bind the queue that is named for the event."""
        assert self.name.endswith(routing_key)

    async def consume(self, callback):
        """Keep the consumer."""
        self.channel.consumers[self.name] = callback


async def test_published_message_says_what_it_is(exchange):
    """A message is JSON, says so, and is routed by its type."""
    bus = EventBus()
    bus.exchange = exchange

    await bus.publish("order.created", {"order_id": 1})

    [(routing_key, message)] = exchange.messages
    assert routing_key == "order.created"
    assert message.content_type == "application/json"
    assert json.loads(message.body) == {"order_id": 1}


async def test_unconnected_bus_drops_events_and_consumes_none():
    """Publishing is best effort, consuming is not."""
    bus = EventBus()

    await bus.publish("order.created", {"order_id": 1})

    with pytest.raises(ServiceUnavailableException):
        await bus.start_consuming()


async def test_each_event_reaches_its_own_handlers(exchange):
    """Queues do not get mixed up, and a handler that fails stops no other."""
    bus, channel, heard = EventBus(), FakeChannel(), []
    bus.channel, bus.exchange = channel, exchange

    @bus.subscribe("order.created")
    async def fail(event):
        raise LookupError(event)

    @bus.subscribe("order.created")
    async def hear_creation(event):
        heard.append(("created", event["order_id"]))

    @bus.subscribe("order.cancelled")
    async def hear_cancellation(event):
        heard.append(("cancelled", event["order_id"]))

    await bus.start_consuming()
    message = FakeMessage({"order_id": 7})
    await channel.consumers["orders.order.created"](message)

    assert heard == [("created", 7)]
    assert message.acknowledged


async def test_placed_orders_are_counted(db_session, session_factory, order, monkeypatch):
    """The subscriber brings the customer up to date in a session of its own."""
    monkeypatch.setattr(order_events, "session_factory", session_factory)

    await order_events.count_order({"order_id": order.id, "customer_id": order.customer_id})

    customer = await CustomerService(db_session).get_by_id(order.customer_id)
    await db_session.refresh(customer)
    assert customer.orders_placed == 1


async def test_cancelled_orders_leave_no_summary(fake_redis):
    """Other replicas' summaries are dropped too."""
    fake_redis.values["orders:summary:abc"] = "{}"

    await order_events.forget_summary({"order_id": 1, "customer_id": 1})

    assert fake_redis.values == {}
