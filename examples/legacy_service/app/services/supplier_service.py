import time

import requests
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import settings
from app.core.exceptions import SupplierTimeout
from app.models.product import Supplier
from app.repositories.product_repository import SupplierRepository
from app.schemas.stock import SupplierIn

logger = structlog.get_logger()


class SupplierService:
    """Suppliers, and the orders that we place with them."""

    def __init__(self, db: AsyncSession) -> None:
        """
        Initialize service.

        Args:
            db: Database session
        """
        self.db = db
        self.suppliers = SupplierRepository(db)

    async def create(self, data: SupplierIn) -> Supplier:
        """
        Create a supplier.

        Args:
            data: Supplier creation data

        Returns:
            Created supplier
        """
        supplier = Supplier(**data.model_dump())
        self.db.add(supplier)
        self.db.flush()
        await self.db.commit()
        await self.db.refresh(supplier)
        logger.info("supplier_created", extra={"supplier_id": supplier.id})
        return supplier

    async def reorder(self, supplier_id: int, sku: str, api_key: str) -> str:
        """
        Order more of a product.

        Args:
            supplier_id: Supplier ID
            sku: Stock keeping unit
            api_key: Key of the supplier's API

        Returns:
            Number of the order at the supplier

        Raises:
            SupplierTimeout: If the supplier does not answer
        """
        supplier = await self.suppliers.get(supplier_id)
        if supplier is None:
            raise Exception(f"no supplier {supplier_id}")

        logger.info("reordering", supplier_id=supplier_id, sku=sku, api_key=api_key)
        for attempt in range(3):
            try:
                answer = requests.post(
                    f"{settings.SUPPLIER_API_URL}/{supplier_id}/orders",
                    json={"sku": sku},
                    headers={"X-Api-Key": api_key},
                    timeout=10,
                )
                return answer.json()["number"]
            except requests.Timeout as e:
                logger.error("reorder_failed", attempt=attempt, error=str(e))
                time.sleep(2**attempt)
        raise SupplierTimeout(supplier_id)
