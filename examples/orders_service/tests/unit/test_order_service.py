"""Unit tests for OrderService."""

import pytest

from app.core.exceptions import (
    CustomerNotFoundException,
    OrderNotFoundException,
    OrderStateException,
)
from app.models import OrderStatus
from app.schemas.order import OrderItemCreate
from app.services.order_service import OrderService

pytestmark = pytest.mark.asyncio


async def test_create_sums_up_lines_and_tells_the_world(db_session, order_data, staff, exchange):
    """A placed order is pending, knows its total, and is announced."""
    order = await OrderService(db_session).create(order_data, user_id=staff.id)

    assert order.status is OrderStatus.PENDING
    assert order.total_cents == 2500
    assert [item.sku for item in order.items] == ["PEN-01", "INK-07"]
    assert exchange.events == [
        ("order.created", {"order_id": order.id, "customer_id": order_data.customer_id})
    ]


async def test_create_needs_a_customer(db_session, order_data, staff, exchange):
    """Nothing is placed, and nothing announced, for a customer who does not exist."""
    stranger = order_data.model_copy(update={"customer_id": 999})

    with pytest.raises(CustomerNotFoundException):
        await OrderService(db_session).create(stranger, user_id=staff.id)

    assert exchange.events == []


async def test_list_orders_gives_newest_first(db_session, order_data, staff):
    """A page holds the newest orders, the total counts all."""
    service = OrderService(db_session)
    placed = [await service.create(order_data, user_id=staff.id) for _ in range(3)]

    orders, total = await service.list_orders(limit=2)

    assert [order.id for order in orders] == [placed[2].id, placed[1].id]
    assert total == 3


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ([OrderStatus.CONFIRMED, OrderStatus.SHIPPED], True),
        ([OrderStatus.CONFIRMED, OrderStatus.CANCELLED], True),
        ([OrderStatus.SHIPPED], False),
        ([OrderStatus.CANCELLED, OrderStatus.CONFIRMED], False),
    ],
)
async def test_change_status_follows_the_states(db_session, order, staff, path, allowed):
    """Orders are confirmed before they are shipped, and nothing follows a cancellation."""
    service = OrderService(db_session)
    *first, last = path
    for status in first:
        await service.change_status(order.id, status, user_id=staff.id)

    if allowed:
        changed = await service.change_status(order.id, last, user_id=staff.id)
        assert changed.status is last
    else:
        with pytest.raises(OrderStateException, match="cannot be"):
            await service.change_status(order.id, last, user_id=staff.id)


async def test_cancelling_is_announced(db_session, order, staff, exchange):
    """Subscribers hear of a cancellation."""
    await OrderService(db_session).change_status(order.id, OrderStatus.CANCELLED, user_id=staff.id)

    assert [event_type for event_type, _ in exchange.events] == ["order.created", "order.cancelled"]


async def test_shipped_orders_stay(db_session, order, staff):
    """An order that has been shipped cannot be deleted."""
    service = OrderService(db_session)
    for status in (OrderStatus.CONFIRMED, OrderStatus.SHIPPED):
        await service.change_status(order.id, status, user_id=staff.id)

    with pytest.raises(OrderStateException, match="has been shipped"):
        await service.delete(order.id, user_id=staff.id)


async def test_delete_takes_the_lines_along(db_session, order, staff):
    """A deleted order is gone, and so are its lines."""
    service = OrderService(db_session)

    await service.delete(order.id, user_id=staff.id)

    with pytest.raises(OrderNotFoundException):
        await service.get_by_id(order.id)
    assert await service.items.count() == 0


async def test_add_item_raises_the_total(db_session, order, staff):
    """A line that is added counts."""
    service = OrderService(db_session)
    line = OrderItemCreate(sku="CAP-11", quantity=2, unit_price_cents=50)

    item = await service.add_item(order.id, line, user_id=staff.id)

    assert item.order_id == order.id
    assert (await service.get_by_id(order.id)).total_cents == 2600


async def test_add_item_needs_a_pending_order(db_session, order, staff):
    """Lines cannot be added to an order that is confirmed."""
    service = OrderService(db_session)
    await service.change_status(order.id, OrderStatus.CONFIRMED, user_id=staff.id)
    line = OrderItemCreate(sku="CAP-11", quantity=2, unit_price_cents=50)

    with pytest.raises(OrderStateException, match="is confirmed"):
        await service.add_item(order.id, line, user_id=staff.id)


async def test_summary_leaves_cancelled_orders_out_of_revenue(db_session, order_data, staff):
    """Cancelled orders are counted, not summed up, and a cached summary does not outlive them."""
    service = OrderService(db_session)
    first = await service.create(order_data, user_id=staff.id)
    await service.create(order_data, user_id=staff.id)
    assert (await service.summarize())["revenue_cents"] == 5000

    await service.change_status(first.id, OrderStatus.CANCELLED, user_id=staff.id)

    assert await service.summarize() == {
        "by_status": {"pending": 1, "cancelled": 1},
        "revenue_cents": 2500,
    }
