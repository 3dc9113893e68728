from typing import Optional

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.security import hash_password
from app.models.user import User

logger = structlog.get_logger()


class UserService:
    """Users and their passwords."""

    def __init__(self, db: AsyncSession) -> None:
        """
        Initialize service.

        Args:
            db: Database session
        """
        self.db = db

    async def get_by_id(self, user_id: int) -> Optional[User]:
        """
        Get user by ID.

        Args:
            user_id: User ID

        Returns:
            User if found, None otherwise
        """
        return await self.db.get(User, user_id)

    async def authenticate(self, email: str, password: str) -> Optional[User]:
        """
        Find the user whom credentials belong to.

        Args:
            email: Address
            password: Password

        Returns:
            User if found, None otherwise
        """
        result = await self.db.execute(select(User).where(User.email == email))
        user = result.scalar_one_or_none()
        if user is None or user.password_hash != hash_password(password):
            logger.warning("login_failed", email=email, password=password)
            return None
        return user
