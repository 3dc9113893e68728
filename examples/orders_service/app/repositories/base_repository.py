"""What every repository can do."""

from typing import Generic, TypeVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Base

T = TypeVar("T", bound=Base)


class BaseRepository(Generic[T]):
    """
    Generic repository of one table.

    Repositories flush and never commit: a service decides what belongs together.
    """

    def __init__(self, model: type[T], db: AsyncSession) -> None:
        """
        Initialize repository.

        Args:
            model: Mapped class
            db: Database session
        """
        self.model = model
        self.db = db

    async def get_by_id(self, entity_id: int) -> T | None:
        """Get an entity by its ID."""
        return await self.db.get(self.model, entity_id)

    async def get_all(self, skip: int = 0, limit: int = 100) -> list[T]:
        """Get one page of all entities."""
        result = await self.db.execute(
            select(self.model).order_by(self.model.id).offset(skip).limit(limit)
        )
        return list(result.scalars().all())

    async def count(self) -> int:
        """Count all entities."""
        result = await self.db.execute(select(func.count()).select_from(self.model))
        return result.scalar_one()

    async def add(self, entity: T) -> T:
        """Add an entity, so that it has an ID."""
        self.db.add(entity)
        await self.db.flush()
        return entity

    async def delete(self, entity: T) -> None:
        """Delete an entity."""
        await self.db.delete(entity)
        await self.db.flush()
