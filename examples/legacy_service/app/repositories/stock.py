from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.product import Stock
from app.repositories.base_repository import BaseRepository


class StockQueries(BaseRepository[Stock]):
    def __init__(self, db: AsyncSession) -> None:
        super().__init__(Stock, db)

    def level_of(self, sku: str, warehouse_id: int):
        return self.db.scalar(
            select(Stock).where(Stock.sku == sku, Stock.warehouse_id == warehouse_id)
        )
