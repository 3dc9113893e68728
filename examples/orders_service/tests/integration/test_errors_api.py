"""Integration tests for the envelope of errors."""

import pytest

from app.core.exceptions import GravityException
from app.services.order_service import OrderService

pytestmark = pytest.mark.asyncio


async def test_invalid_body_does_not_come_back(client):
    """A validator's ValueError becomes a 422, and the rejected password is not repeated."""
    response = await client.post(
        "/api/v1/auth/register",
        json={"email": "grace@example.com", "full_name": "Grace", "password": "aaaaaaaaaaaa"},
    )

    assert response.status_code == 422
    [error] = response.json()["detail"]
    assert error["loc"] == ["body", "password"]
    assert "aaaaaaaaaaaa" not in response.text


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [("get", "/api/v2/orders", 404), ("put", "/health", 405)],
)
async def test_refusals_of_the_framework_have_the_envelope(client, method, path, expected):
    """What the framework refuses looks like what the service refuses."""
    response = await client.request(method, path)

    assert response.status_code == expected
    assert response.json().items() >= {"success": False, "error": "HTTPError"}.items()


@pytest.mark.parametrize("error", [GravityException("secret"), ZeroDivisionError("secret")])
async def test_unexpected_errors_tell_nothing(client, auth_headers, monkeypatch, error):
    """Nobody outside learns what broke."""

    async def fail(self):
        raise error

    monkeypatch.setattr(OrderService, "summarize", fail)
    response = await client.get("/api/v1/orders/summary", headers=auth_headers)

    assert response.status_code == 500
    assert response.json()["error"] == "InternalServerError"
    assert "secret" not in response.text
