"""Users and their passwords."""

import asyncio

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import AuthenticationException, DuplicateResourceException
from app.core.security import hash_password, verify_password
from app.models.user import User
from app.repositories.user_repository import UserRepository
from app.schemas.auth import UserLogin, UserRegister

logger = structlog.get_logger()


class UserService:
    """Service layer for users."""

    def __init__(self, db: AsyncSession) -> None:
        """
        Initialize service with database session.

        Args:
            db: Database session
        """
        self.db = db
        self.users = UserRepository(db)

    async def register(self, user_data: UserRegister) -> User:
        """
        Register a user.

        Args:
            user_data: Registration data

        Returns:
            Registered user

        Raises:
            DuplicateResourceException: If the address is registered already
        """
        if await self.users.get_by_email(user_data.email) is not None:
            raise DuplicateResourceException(f"User with email '{user_data.email}' already exists")

        user = User(
            email=user_data.email,
            full_name=user_data.full_name,
            # Deriving the key takes tens of milliseconds, in which others may run.
            password_hash=await asyncio.to_thread(hash_password, user_data.password),
        )
        self.db.add(user)
        await self.db.commit()
        await self.db.refresh(user)

        logger.info("user_registered", user_id=user.id)
        return user

    async def authenticate(self, login: UserLogin) -> User:
        """
        Find the user whom credentials belong to.

        Args:
            login: Credentials

        Returns:
            User with that address and password

        Raises:
            AuthenticationException: If there is none
        """
        user = await self.users.get_by_email(login.email)
        if user is None or not await asyncio.to_thread(
            verify_password, login.password, user.password_hash
        ):
            raise AuthenticationException("Incorrect email or password")

        logger.info("user_authenticated", user_id=user.id)
        return user

    async def get_by_id(self, user_id: int) -> User | None:
        """
        Get user by ID.

        Args:
            user_id: User ID

        Returns:
            User if found, None otherwise
        """
        return await self.users.get_by_id(user_id)
