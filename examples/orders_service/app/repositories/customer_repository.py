"""Queries on customers."""

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.customer import Customer
from app.repositories.base_repository import BaseRepository


class CustomerRepository(BaseRepository[Customer]):
    """Customer-specific repository."""

    def __init__(self, db: AsyncSession) -> None:
        """Initialize repository with database session."""
        super().__init__(Customer, db)

    async def get_by_email(self, email: str) -> Customer | None:
        """Get the customer with an address."""
        result = await self.db.execute(select(Customer).where(Customer.email == email))
        return result.scalar_one_or_none()

    async def search(self, text: str | None, skip: int, limit: int) -> tuple[list[Customer], int]:
        """Get one page of the customers whose name or address contains a text, and their number."""
        query = select(Customer)
        if text:
            query = query.where(
                or_(
                    Customer.name.icontains(text, autoescape=True),
                    Customer.email.icontains(text, autoescape=True),
                )
            )

        total = await self.db.scalar(select(func.count()).select_from(query.subquery()))
        result = await self.db.execute(query.order_by(Customer.id).offset(skip).limit(limit))
        return list(result.scalars().all()), total or 0
