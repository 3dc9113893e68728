"""Unit tests for HealthService."""

import pytest
from sqlalchemy.exc import OperationalError

from app.core.exceptions import ServiceUnavailableException
from app.services.health_service import HealthService

pytestmark = pytest.mark.asyncio


async def test_silent_database_is_unavailable(db_session, monkeypatch):
    """A database error becomes the domain's own, with its cause."""
    error = OperationalError("SELECT 1", {}, Exception("connection refused"))

    async def refuse(statement):
        raise error

    monkeypatch.setattr(db_session, "execute", refuse)

    with pytest.raises(ServiceUnavailableException) as caught:
        await HealthService(db_session).check_database()
    assert caught.value.__cause__ is error
