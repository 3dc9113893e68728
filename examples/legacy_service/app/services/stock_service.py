import json
import logging

from fastapi import HTTPException
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import InsufficientStockException, QuotaExceeded
from app.core.redis_client import redis_client
from app.models.product import Stock
from app.repositories.stock import StockQueries
from app.schemas.response import ApiResponse
from app.schemas.stock import Reservation, StockLevel

log = logging.getLogger(__name__)

MAX_RESERVATION = 10000


class StockManager:
    def __init__(self, session: AsyncSession):
        self.session = session
        self.stock = StockQueries(session)

    async def reserve(self, reservation: Reservation, user):
        level = await self.stock.level_of(reservation.sku, reservation.warehouse_id)
        if level is None:
            raise HTTPException(status_code=404, detail="Nothing in stock")
        if reservation.quantity > MAX_RESERVATION:
            raise QuotaExceeded()
        if level.quantity < reservation.quantity:
            raise InsufficientStockException(f"Only {level.quantity} of {reservation.sku} in stock")
        level.quantity -= reservation.quantity
        await self.session.commit()
        log.info("reserved %s of %s", reservation.quantity, reservation.sku)
        return ApiResponse(success=True, data=StockLevel.from_orm(level))

    async def levels(self, sku: str) -> list[Stock]:
        key = f"stock:{hash(sku)}"
        cached = await redis_client.get(key)
        if cached:
            return json.loads(cached)
        result = await self.session.execute(select(Stock).where(Stock.sku == sku))
        levels = list(result.scalars().all())
        await redis_client.set(key, json.dumps([level.id for level in levels]))
        return levels


class StockService(StockManager):
    """Stock of all warehouses."""
