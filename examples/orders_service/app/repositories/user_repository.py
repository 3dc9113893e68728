"""Queries on users."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.user import User
from app.repositories.base_repository import BaseRepository


class UserRepository(BaseRepository[User]):
    """User-specific repository."""

    def __init__(self, db: AsyncSession) -> None:
        """Initialize repository with database session."""
        super().__init__(User, db)

    async def get_by_email(self, email: str) -> User | None:
        """Get the user with an address."""
        result = await self.db.execute(select(User).where(User.email == email))
        return result.scalar_one_or_none()
