"""Integration tests for registration, login and the authentication dependency."""

import pytest

from app.core.security import create_access_token

pytestmark = pytest.mark.asyncio

GRACE = {"email": "grace@example.com", "full_name": "Grace Hopper", "password": "nanoseconds!"}


async def test_register_log_in_and_be_known(client):
    """POST /auth/register, POST /auth/login and GET /auth/me play together."""
    response = await client.post("/api/v1/auth/register", json=GRACE)
    assert response.status_code == 201
    assert response.json()["data"]["role"] == "staff"

    response = await client.post(
        "/api/v1/auth/login", json={"email": GRACE["email"], "password": GRACE["password"]}
    )
    assert response.status_code == 200
    token = response.json()["data"]["access_token"]

    response = await client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200
    assert response.json()["data"]["email"] == GRACE["email"]


async def test_wrong_password_is_unauthorized(client):
    """A failed login says how to authenticate."""
    response = await client.post(
        "/api/v1/auth/login", json={"email": GRACE["email"], "password": "guess"}
    )

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json()["error"] == "AuthenticationFailed"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {create_access_token({'sub': '999'})}"},
        {"Authorization": f"Bearer {create_access_token({'sub': 'someone'})}"},
    ],
    ids=["no token", "malformed token", "unknown user", "no user"],
)
async def test_bad_credentials_are_unauthorized(client, headers):
    """Whatever is wrong with a token, the answer is 401 in the envelope."""
    response = await client.get("/api/v1/auth/me", headers=headers)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json()["success"] is False


async def test_disabled_account_is_forbidden(client, db_session, staff, auth_headers):
    """A valid token of a disabled account is of no use."""
    staff.is_active = False
    await db_session.commit()

    response = await client.get("/api/v1/auth/me", headers=auth_headers)

    assert response.status_code == 403
    assert response.json()["detail"] == "User account is disabled"
