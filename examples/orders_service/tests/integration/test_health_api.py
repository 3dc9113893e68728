"""Integration tests for the health checks."""

import pytest

from app.core.database import get_db
from app.main import app

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(("path", "message"), [("/health", "alive"), ("/health/ready", "ready")])
async def test_healthy_service(client, path, message):
    """Both checks answer without a token."""
    response = await client.get(path)

    assert response.status_code == 200
    assert response.json()["message"] == message


async def test_liveness_does_not_need_the_database(client):
    """GET /health answers where GET /health/ready does not."""

    class BrokenSession:
        """Session of a database that is gone."""

        async def execute(self, statement):
            """Fail to connect."""
            raise OSError("connection refused")

    app.dependency_overrides[get_db] = BrokenSession
    alive = await client.get("/health")
    ready = await client.get("/health/ready")
    app.dependency_overrides.clear()

    assert alive.status_code == 200
    assert ready.status_code == 503
    assert "refused" not in ready.text
