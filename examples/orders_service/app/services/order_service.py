"""Orders: placing them, following them, counting them."""

import csv
import io
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import settings
from app.core.cache import cache_result, invalidate_cache
from app.core.events import event_bus
from app.core.exceptions import (
    CustomerNotFoundException,
    OrderNotFoundException,
    OrderStateException,
)
from app.models.order import Order, OrderItem, OrderStatus
from app.repositories.customer_repository import CustomerRepository
from app.repositories.order_repository import OrderItemRepository, OrderRepository
from app.schemas.order import OrderCreate, OrderItemCreate

logger = structlog.get_logger()

NEXT_STATES: dict[OrderStatus, set[OrderStatus]] = {
    OrderStatus.PENDING: {OrderStatus.CONFIRMED, OrderStatus.CANCELLED},
    OrderStatus.CONFIRMED: {OrderStatus.SHIPPED, OrderStatus.CANCELLED},
    OrderStatus.SHIPPED: set(),
    OrderStatus.CANCELLED: set(),
}

EXPORT_LIMIT = 1000


class OrderService:
    """Service layer for orders."""

    def __init__(self, db: AsyncSession) -> None:
        """
        Initialize service with database session.

        Args:
            db: Database session
        """
        self.db = db
        self.orders = OrderRepository(db)
        self.items = OrderItemRepository(db)
        self.customers = CustomerRepository(db)

    async def create(self, order_data: OrderCreate, user_id: int) -> Order:
        """
        Place an order.

        Args:
            order_data: Order creation data
            user_id: ID of the user who places the order

        Returns:
            Placed order

        Raises:
            CustomerNotFoundException: If the customer does not exist
        """
        if await self.customers.get_by_id(order_data.customer_id) is None:
            raise CustomerNotFoundException(order_data.customer_id)

        order = Order(
            **order_data.model_dump(exclude={"items"}),
            items=[OrderItem(**item.model_dump()) for item in order_data.items],
            total_cents=sum(item.quantity * item.unit_price_cents for item in order_data.items),
            created_by=user_id,
        )
        self.db.add(order)
        await self.db.commit()
        await self.db.refresh(order)

        logger.info("order_created", order_id=order.id, created_by=user_id)
        await invalidate_cache("orders:*")
        await event_bus.publish(
            "order.created", {"order_id": order.id, "customer_id": order.customer_id}
        )
        return order

    async def get_by_id(self, order_id: int) -> Order:
        """
        Get order by ID.

        Args:
            order_id: Order ID

        Returns:
            Order with its items

        Raises:
            OrderNotFoundException: If there is none
        """
        order = await self.orders.get_by_id(order_id)
        if order is None:
            raise OrderNotFoundException(order_id)
        return order

    async def list_orders(
        self,
        skip: int = 0,
        limit: int = 10,
        status: OrderStatus | None = None,
        customer_id: int | None = None,
    ) -> tuple[list[Order], int]:
        """
        List orders with pagination, newest first.

        Args:
            skip: Number of items to skip
            limit: Number of items to return
            status: State that the orders are in
            customer_id: Customer who placed the orders

        Returns:
            Tuple of (orders, total count)
        """
        return await self.orders.search(status, customer_id, skip=skip, limit=limit)

    async def change_status(self, order_id: int, status: OrderStatus, user_id: int) -> Order:
        """
        Move an order to its next state.

        Args:
            order_id: Order ID
            status: State that it goes to
            user_id: ID of the user who moves the order

        Returns:
            Order in its new state

        Raises:
            OrderNotFoundException: If there is no such order
            OrderStateException: If the order cannot go from its state to this one
        """
        order = await self.get_by_id(order_id)
        if status not in NEXT_STATES[order.status]:
            raise OrderStateException(
                f"Order with ID {order_id} is {order.status.value} and cannot be {status.value}"
            )

        order.status = status
        await self.db.commit()
        await self.db.refresh(order)

        logger.info(
            "order_status_changed", order_id=order_id, status=status.value, changed_by=user_id
        )
        await invalidate_cache("orders:*")
        if status is OrderStatus.CANCELLED:
            await event_bus.publish(
                "order.cancelled", {"order_id": order.id, "customer_id": order.customer_id}
            )
        return order

    async def delete(self, order_id: int, user_id: int) -> None:
        """
        Delete an order with its items.

        Args:
            order_id: Order ID
            user_id: ID of the user who deletes the order

        Raises:
            OrderNotFoundException: If there is no such order
            OrderStateException: If the order has been shipped
        """
        order = await self.get_by_id(order_id)
        if order.status is OrderStatus.SHIPPED:
            raise OrderStateException(f"Order with ID {order_id} has been shipped")

        await self.orders.delete(order)
        await self.db.commit()

        logger.info("order_deleted", order_id=order_id, deleted_by=user_id)
        await invalidate_cache("orders:*")

    async def list_items(
        self, order_id: int, skip: int = 0, limit: int = 10
    ) -> tuple[list[OrderItem], int]:
        """
        List an order's lines with pagination.

        Args:
            order_id: Order ID
            skip: Number of items to skip
            limit: Number of items to return

        Returns:
            Tuple of (lines, total count)

        Raises:
            OrderNotFoundException: If there is no such order
        """
        await self.get_by_id(order_id)
        return await self.items.page_of_order(order_id, skip=skip, limit=limit)

    async def add_item(self, order_id: int, item_data: OrderItemCreate, user_id: int) -> OrderItem:
        """
        Add a line to an order that is still pending.

        Args:
            order_id: Order ID
            item_data: Line to add
            user_id: ID of the user who adds the line

        Returns:
            Added line

        Raises:
            OrderNotFoundException: If there is no such order
            OrderStateException: If the order is not pending any more
        """
        order = await self.get_by_id(order_id)
        if order.status is not OrderStatus.PENDING:
            raise OrderStateException(f"Order with ID {order_id} is {order.status.value}")

        item = OrderItem(order_id=order_id, **item_data.model_dump())
        self.db.add(item)
        order.total_cents += item.quantity * item.unit_price_cents
        await self.db.commit()
        await self.db.refresh(item)

        logger.info("order_item_added", order_id=order_id, item_id=item.id, added_by=user_id)
        await invalidate_cache("orders:*")
        return item

    @cache_result(ttl=settings.cache_ttl_short, key_prefix="orders:summary")
    async def summarize(self) -> dict[str, Any]:
        """
        Count orders and sum up revenue.

        Returns:
            Data of an OrderSummary; plain JSON, because it is cached
        """
        totals = await self.orders.totals_by_status()
        return {
            "by_status": {status.value: orders for status, orders, _ in totals},
            "revenue_cents": sum(
                cents for status, _, cents in totals if status is not OrderStatus.CANCELLED
            ),
        }

    async def export_csv(self) -> str:
        """
        Write the newest orders as comma-separated values.

        Returns:
            One line per order, after a line of headings
        """
        orders, _ = await self.orders.search(None, None, skip=0, limit=EXPORT_LIMIT)
        output = io.StringIO()
        writer = csv.writer(output)
        writer.writerow(["id", "customer_id", "status", "total_cents"])
        writer.writerows(
            (order.id, order.customer_id, order.status.value, order.total_cents) for order in orders
        )
        return output.getvalue()
