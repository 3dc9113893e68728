"""Fixtures: a database in memory, a Redis that is a dictionary, an exchange that remembers."""

import json
from collections.abc import AsyncIterator, Iterator
from fnmatch import fnmatchcase
from typing import Any

import aio_pika
import pytest
import pytest_asyncio
from httpx import ASGITransport, AsyncClient
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.config import settings
from app.core.database import Base, get_db
from app.core.events import event_bus
from app.core.redis_client import redis_client
from app.core.security import create_access_token
from app.main import app
from app.models import Customer, Order, User, UserRole
from app.schemas.customer import CustomerCreate
from app.schemas.order import OrderCreate
from app.services.customer_service import CustomerService
from app.services.order_service import OrderService


class FakeRedis:
    """As much of `redis.asyncio.Redis` as the client uses."""

    def __init__(self) -> None:
        """Start empty."""
        self.values: dict[str, str] = {}
        self.lifetimes: dict[str, int] = {}

    async def get(self, key: str) -> str | None:
        """Read a value."""
        return self.values.get(key)

    async def set(self, key: str, value: str, ex: int) -> None:
        """Write a value and note how long it would live."""
        self.values[key] = value
        self.lifetimes[key] = ex

    async def scan_iter(self, match: str) -> AsyncIterator[str]:
        """Find keys by pattern."""
        for key in list(self.values):
            if fnmatchcase(key, match):
                yield key

    async def delete(self, *keys: str) -> None:
        """Delete keys."""
        for key in keys:
            del self.values[key]


class RecordingExchange:
    """Exchange that keeps what is published."""

    def __init__(self) -> None:
        """Start empty."""
        self.messages: list[tuple[str, aio_pika.Message]] = []

    async def publish(self, message: aio_pika.Message, routing_key: str) -> None:
        """Keep a message."""
        self.messages.append((routing_key, message))

    @property
    def events(self) -> list[tuple[str, Any]]:
        """Give type and data of all messages."""
        return [(routing_key, json.loads(message.body)) for routing_key, message in self.messages]


@pytest.fixture(autouse=True)
def fake_redis() -> Iterator[FakeRedis]:
    """Let the client talk to a dictionary."""
    redis_client.redis = fake = FakeRedis()
    yield fake
    redis_client.redis = None


@pytest.fixture(autouse=True)
def exchange() -> Iterator[RecordingExchange]:
    """Let the event bus publish to a list."""
    event_bus.exchange = recording = RecordingExchange()
    yield recording
    event_bus.exchange = None


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[AsyncEngine]:
    """Create a database with empty tables."""
    engine = create_async_engine(settings.test_database_url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture
def session_factory(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Make sessions as the service does."""
    return async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)


@pytest_asyncio.fixture
async def db_session(
    session_factory: async_sessionmaker[AsyncSession],
) -> AsyncIterator[AsyncSession]:
    """Open the session of a test."""
    async with session_factory() as session:
        yield session


@pytest_asyncio.fixture
async def client(session_factory: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncClient]:
    """Open a client; each of its requests has a session of its own."""

    async def override_get_db() -> AsyncIterator[AsyncSession]:
        async with session_factory() as session:
            yield session

    app.dependency_overrides[get_db] = override_get_db
    # What nobody expected is to be answered, not raised in the test.
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        yield client
    app.dependency_overrides.clear()


async def save_user(db_session: AsyncSession, email: str, role: UserRole) -> User:
    """Save a user who cannot log in, only carry a token."""
    user = User(email=email, full_name="Test User", password_hash="unusable", role=role)
    db_session.add(user)
    await db_session.commit()
    return user


def bearer(user: User) -> dict[str, str]:
    """Make the headers that authenticate a user."""
    return {"Authorization": f"Bearer {create_access_token({'sub': str(user.id)})}"}


@pytest_asyncio.fixture
async def staff(db_session: AsyncSession) -> User:
    """Save a member of staff."""
    return await save_user(db_session, "staff@example.com", UserRole.STAFF)


@pytest_asyncio.fixture
async def admin(db_session: AsyncSession) -> User:
    """Save an admin."""
    return await save_user(db_session, "admin@example.com", UserRole.ADMIN)


@pytest.fixture
def auth_headers(staff: User) -> dict[str, str]:
    """Authenticate the member of staff."""
    return bearer(staff)


@pytest.fixture
def admin_headers(admin: User) -> dict[str, str]:
    """Authenticate the admin."""
    return bearer(admin)


@pytest_asyncio.fixture
async def customer(db_session: AsyncSession, staff: User) -> Customer:
    """Create a customer."""
    data = CustomerCreate(name="Ada Lovelace", email="ada@example.com")
    return await CustomerService(db_session).create(data, user_id=staff.id)


@pytest.fixture
def order_data(customer: Customer) -> OrderCreate:
    """Fill in an order of 25 euros."""
    return OrderCreate.model_validate(
        {
            "customer_id": customer.id,
            "items": [
                {"sku": "PEN-01", "quantity": 3, "unit_price_cents": 500},
                {"sku": "INK-07", "quantity": 1, "unit_price_cents": 1000},
            ],
        }
    )


@pytest_asyncio.fixture
async def order(db_session: AsyncSession, order_data: OrderCreate, staff: User) -> Order:
    """Place the order."""
    return await OrderService(db_session).create(order_data, user_id=staff.id)
