"""Queries on orders and their items."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.order import Order, OrderItem, OrderStatus
from app.repositories.base_repository import BaseRepository


class OrderRepository(BaseRepository[Order]):
    """Order-specific repository."""

    def __init__(self, db: AsyncSession) -> None:
        """Initialize repository with database session."""
        super().__init__(Order, db)

    async def search(
        self, status: OrderStatus | None, customer_id: int | None, skip: int, limit: int
    ) -> tuple[list[Order], int]:
        """Get one page of the orders that fit, newest first, and their number."""
        query = select(Order)
        if status is not None:
            query = query.where(Order.status == status)
        if customer_id is not None:
            query = query.where(Order.customer_id == customer_id)

        total = await self.db.scalar(select(func.count()).select_from(query.subquery()))
        result = await self.db.execute(query.order_by(Order.id.desc()).offset(skip).limit(limit))
        return list(result.scalars().all()), total or 0

    async def count_for_customer(self, customer_id: int) -> int:
        """Count the orders of a customer."""
        result = await self.db.execute(
            select(func.count()).select_from(Order).where(Order.customer_id == customer_id)
        )
        return result.scalar_one()

    async def totals_by_status(self) -> list[tuple[OrderStatus, int, int]]:
        """Count and sum up the orders of each state: (status, orders, cents)."""
        result = await self.db.execute(
            select(Order.status, func.count(), func.sum(Order.total_cents)).group_by(Order.status)
        )
        return [(status, orders, cents) for status, orders, cents in result.all()]


class OrderItemRepository(BaseRepository[OrderItem]):
    """Repository of the lines of orders."""

    def __init__(self, db: AsyncSession) -> None:
        """Initialize repository with database session."""
        super().__init__(OrderItem, db)

    async def page_of_order(
        self, order_id: int, skip: int, limit: int
    ) -> tuple[list[OrderItem], int]:
        """Get one page of an order's lines, and their number."""
        query = select(OrderItem).where(OrderItem.order_id == order_id)
        total = await self.db.scalar(select(func.count()).select_from(query.subquery()))
        result = await self.db.execute(query.order_by(OrderItem.id).offset(skip).limit(limit))
        return list(result.scalars().all()), total or 0
