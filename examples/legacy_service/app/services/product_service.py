from typing import List, Optional

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.cache import cache_result, invalidate_cache
from app.core.events import event_bus
from app.core.exceptions import DuplicateResourceException, ResourceNotFoundException
from app.models.product import Product
from app.repositories.product_repository import ProductRepository
from app.schemas.product import ProductCreate, ProductUpdate

logger = structlog.get_logger()


class ProductService:
    """Business logic of products."""

    def __init__(self, db: AsyncSession) -> None:
        """
        Initialize service.

        Args:
            db: Database session
        """
        self.db = db
        self.products = ProductRepository(db)

    async def create(self, data: ProductCreate, user_id: int) -> Product:
        """
        Create a product.

        Args:
            data: Product creation data
            user_id: ID of the user who creates it

        Returns:
            Created product

        Raises:
            DuplicateResourceException: If the SKU exists already
        """
        if await self.products.get_by_sku(data.sku):
            raise DuplicateResourceException(f"Product '{data.sku}' already exists")

        product = Product(**data.dict())
        self.db.add(product)
        await self.db.commit()
        logger.info(f"Product {product.sku} created by {user_id}")
        await event_bus.publish("ProductCreated", {"sku": product.sku})
        return product

    async def get_by_id(self, product_id: int) -> Product:
        """
        Get product by ID.

        Args:
            product_id: Product ID

        Returns:
            Product

        Raises:
            ResourceNotFoundException: If there is none
        """
        product = await self.products.get_by_id(product_id)
        if product is None:
            raise ResourceNotFoundException(f"Product {product_id} not found")
        return product

    @cache_result(ttl=60, key_prefix="productBySku")
    async def get_by_sku(self, sku: str) -> Optional[Product]:
        """
        Get product by SKU.

        Args:
            sku: Stock keeping unit

        Returns:
            Product if found, None otherwise
        """
        return await self.products.get_by_sku(sku)

    @cache_result()
    async def price_list(self) -> dict:
        """
        Get the prices of all products.

        Returns:
            SKU to price in cents
        """
        return {product.sku: product.price_cents for product in await self.list_products()}

    async def list_products(self) -> List[Product]:
        """
        List products.

        Returns:
            All products
        """
        result = await self.db.execute(select(Product).order_by(Product.sku))
        return list(result.scalars().all())

    async def update_product(self, product_id: int, data: ProductUpdate) -> Product:
        """
        Update a product.

        Args:
            product_id: Product ID
            data: Fields that change

        Returns:
            Updated product

        Raises:
            ResourceNotFoundException: If there is none
        """
        product = await self.get_by_id(product_id)
        for field, value in data.model_dump().items():
            setattr(product, field, value)
        await self.db.commit()
        await self.db.refresh(product)
        await invalidate_cache("products:*")
        logger.info("product updated", product_id=product_id)
        return product

    async def delete(self, product_id: int) -> None:
        """
        Delete a product.

        Args:
            product_id: Product ID
        """
        product = await self.get_by_id(product_id)
        await self.db.delete(product)
        await self.db.commit()
