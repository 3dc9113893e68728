"""Reactions to orders: customers' counts and other replicas' caches stay fresh."""

from typing import Any

import structlog

from app.core.cache import invalidate_cache
from app.core.database import session_factory
from app.core.events import event_bus
from app.services.customer_service import CustomerService

logger = structlog.get_logger()


@event_bus.subscribe("order.created")
async def count_order(event: dict[str, Any]) -> None:
    """
    Bring the customer's number of orders up to date.

    Args:
        event: Order and customer of the event
    """
    async with session_factory() as session:
        await CustomerService(session).refresh_orders_placed(event["customer_id"])
    logger.info("order_counted", order_id=event["order_id"])


@event_bus.subscribe("order.cancelled")
async def forget_summary(event: dict[str, Any]) -> None:
    """
    Drop summaries that still count the order.

    Args:
        event: Order and customer of the event
    """
    await invalidate_cache("orders:summary:*")
    logger.info("order_summary_forgotten", order_id=event["order_id"])
