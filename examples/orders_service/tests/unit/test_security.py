"""Unit tests for passwords and tokens."""

import pytest

from app.config import settings
from app.core.exceptions import AuthenticationException
from app.core.security import (
    create_access_token,
    decode_token,
    hash_password,
    verify_password,
)


def test_passwords_are_salted():
    """The same password is stored differently each time, and verifies each time."""
    first, second = hash_password("nanoseconds!"), hash_password("nanoseconds!")

    assert first != second
    assert verify_password("nanoseconds!", first)
    assert verify_password("nanoseconds!", second)
    assert not verify_password("microseconds", first)


def test_token_carries_its_claims():
    """What is signed can be read again."""
    assert decode_token(create_access_token({"sub": "7"}))["sub"] == "7"


def test_expired_token_is_refused(monkeypatch):
    """A token is of no use after its time."""
    monkeypatch.setattr(settings, "access_token_minutes", -1)

    with pytest.raises(AuthenticationException):
        decode_token(create_access_token({"sub": "7"}))


def test_forged_token_is_refused(monkeypatch):
    """A token that somebody else signed is of no use."""
    monkeypatch.setattr(settings, "jwt_secret", "another-secret-that-is-long-enough")
    token = create_access_token({"sub": "7"})
    monkeypatch.undo()

    with pytest.raises(AuthenticationException):
        decode_token(token)
