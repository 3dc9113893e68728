"""Whether the service can do its work."""

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import ServiceUnavailableException

logger = structlog.get_logger()


class HealthService:
    """Checks of what the service depends on."""

    def __init__(self, db: AsyncSession) -> None:
        """
        Initialize service with database session.

        Args:
            db: Database session
        """
        self.db = db

    async def check_database(self) -> None:
        """
        Ask the database for a sign of life.

        Raises:
            ServiceUnavailableException: If the database does not answer
        """
        try:
            await self.db.execute(select(1))
        except (SQLAlchemyError, OSError) as exc:
            logger.error("database_unreachable", exc_info=True)
            raise ServiceUnavailableException("The database does not answer") from exc
