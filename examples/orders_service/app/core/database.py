"""Engine, session factory and the session dependency."""

from collections.abc import AsyncIterator

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.config import settings

engine = create_async_engine(settings.database_url)
session_factory = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)


class Base(DeclarativeBase):
    """Declarative base: every table has a surrogate key."""

    id: Mapped[int] = mapped_column(primary_key=True)


async def get_db() -> AsyncIterator[AsyncSession]:
    """
    Give a request its database session.

    Yields:
        A session that is closed, and rolled back where needed, after the response
    """
    async with session_factory() as session:
        yield session


async def create_tables() -> None:
    """Create the tables that do not exist yet."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
