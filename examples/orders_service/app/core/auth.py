"""Who is asking, and whether they may: the authentication dependencies."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import get_db
from app.core.exceptions import AuthenticationException, AuthorizationException
from app.core.security import decode_token
from app.models.user import User, UserRole
from app.services.user_service import UserService

# Without auto_error a missing header reaches our own exception, and so our own envelope.
bearer = HTTPBearer(auto_error=False)


async def get_current_user(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    db: Annotated[AsyncSession, Depends(get_db)],
) -> User:
    """
    Get the user who sent the request.

    Args:
        credentials: Bearer token of the request, if it has one
        db: Database session

    Returns:
        Authenticated, active user

    Raises:
        AuthenticationException: If the token is missing or invalid, or its user is gone
        AuthorizationException: If the account is disabled
    """
    if credentials is None:
        raise AuthenticationException("Not authenticated")

    subject = decode_token(credentials.credentials).get("sub", "")
    if not subject.isdecimal():
        raise AuthenticationException("Invalid authentication credentials")

    user = await UserService(db).get_by_id(int(subject))
    if user is None:
        raise AuthenticationException("User not found")
    if not user.is_active:
        raise AuthorizationException("User account is disabled")
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


def require_role(required_role: UserRole) -> Callable[[User], Awaitable[User]]:
    """
    Make a dependency that lets only one role pass.

    Args:
        required_role: Role that the user must have

    Returns:
        Dependency that gives the current user
    """

    async def _require_role(current_user: CurrentUser) -> User:
        """Get the current user, who has the role."""
        if current_user.role != required_role:
            raise AuthorizationException(f"Role '{required_role.value}' required")
        return current_user

    return _require_role
