from typing import List, Optional

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.product import Product, Supplier
from app.repositories.base_repository import BaseRepository
from app.services.pricing_service import round_price


class ProductRepository(BaseRepository[Product]):
    """Queries on products."""

    def __init__(self, db: AsyncSession) -> None:
        super().__init__(Product, db)

    async def get_by_sku(self, sku: str) -> Optional[Product]:
        """Get product by SKU."""
        result = await self.db.execute(select(Product).where(Product.sku == sku))
        return result.scalar_one_or_none()

    async def find_all_cheaper_than(self, price_cents: int) -> List[Product]:
        """Get all products below a price."""
        result = await self.db.execute(
            select(Product).where(Product.price_cents < round_price(price_cents))
        )
        return result.scalars().all()

    async def count_without_price(self) -> int:
        """Count products that have no price yet."""
        result = await self.db.execute(select(Product).where(Product.price_cents == 0))
        return len(result.scalars().all())


class SupplierRepository:
    """Queries on suppliers."""

    def __init__(self, db: AsyncSession) -> None:
        self.db = db

    async def get(self, supplier_id: int) -> Optional[Supplier]:
        """Get supplier by ID."""
        return await self.db.get(Supplier, supplier_id)

    def by_name(self, name: str):
        """Get supplier by name."""
        return self.db.scalar(select(Supplier).where(Supplier.name == name))
