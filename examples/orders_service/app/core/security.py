"""Passwords and access tokens."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta, timezone
from typing import Any

import jwt
import structlog

from app.config import settings
from app.core.exceptions import AuthenticationException

logger = structlog.get_logger()

SALT_BYTES = 16


def hash_password(password: str) -> str:
    """
    Derive what is stored of a password; slow on purpose.

    Args:
        password: Password as the user gave it

    Returns:
        Salt and derived key, base64, separated by ``$``
    """
    salt = secrets.token_bytes(SALT_BYTES)
    key = _derive_key(password, salt)
    return f"{base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def verify_password(password: str, stored: str) -> bool:
    """
    Compare a password with what is stored of it.

    Args:
        password: Password as the user gave it
        stored: Result of `hash_password`

    Returns:
        True if they belong together
    """
    salt, _, key = stored.partition("$")
    return hmac.compare_digest(_derive_key(password, base64.b64decode(salt)), base64.b64decode(key))


def create_access_token(claims: dict[str, Any]) -> str:
    """
    Sign an access token that expires.

    Args:
        claims: What the token says, ``sub`` being the user's ID

    Returns:
        Encoded token
    """
    expires_at = datetime.now(timezone.utc) + timedelta(minutes=settings.access_token_minutes)
    return jwt.encode(
        {**claims, "exp": expires_at}, settings.jwt_secret, algorithm=settings.jwt_algorithm
    )


def decode_token(token: str) -> dict[str, Any]:
    """
    Verify a token and read its claims.

    Args:
        token: Encoded token

    Returns:
        Claims of the token

    Raises:
        AuthenticationException: If the token is expired, forged or malformed
    """
    try:
        return jwt.decode(token, settings.jwt_secret, algorithms=[settings.jwt_algorithm])
    except jwt.InvalidTokenError as exc:
        logger.warning("token_rejected", reason=type(exc).__name__)
        raise AuthenticationException("Invalid authentication credentials") from exc


def _derive_key(password: str, salt: bytes) -> bytes:
    """Derive the key of a password with scrypt."""
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
