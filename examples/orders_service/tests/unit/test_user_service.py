"""Unit tests for UserService."""

import pytest

from app.core.exceptions import AuthenticationException, DuplicateResourceException
from app.models import UserRole
from app.schemas.auth import UserLogin, UserRegister
from app.services.user_service import UserService

pytestmark = pytest.mark.asyncio

GRACE = UserRegister(email="grace@example.com", full_name="Grace Hopper", password="nanoseconds!")


async def test_registered_users_can_authenticate(db_session):
    """A user is staff, and known by their password, which is not stored."""
    service = UserService(db_session)

    user = await service.register(GRACE)
    login = UserLogin(email=GRACE.email, password=GRACE.password)

    assert user.role is UserRole.STAFF
    assert GRACE.password not in user.password_hash
    assert (await service.authenticate(login)).id == user.id


async def test_register_refuses_a_taken_address(db_session):
    """An address registers once."""
    service = UserService(db_session)
    await service.register(GRACE)

    with pytest.raises(DuplicateResourceException):
        await service.register(GRACE)


@pytest.mark.parametrize("email", [GRACE.email, "nobody@example.com"])
async def test_authenticate_does_not_tell_what_is_wrong(db_session, email):
    """A wrong password and an unknown address get the same answer."""
    service = UserService(db_session)
    await service.register(GRACE)

    with pytest.raises(AuthenticationException, match="^Incorrect email or password$"):
        await service.authenticate(UserLogin(email=email, password="microseconds"))
