import structlog
from fastapi import Depends, HTTPException, Request, status
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.v1.auth import TOKEN_COOKIE
from app.core.database import get_db
from app.core.exceptions import AuthenticationException
from app.core.security import decode_token
from app.models.user import User
from app.services.user_service import UserService

logger = structlog.get_logger()


async def get_current_user(request: Request, db: AsyncSession = Depends(get_db)) -> User:
    header = request.headers.get("Authorization", "")
    token = header.removeprefix("Bearer ") or request.cookies.get(TOKEN_COOKIE)
    if not token:
        raise HTTPException(
            status_code=status.HTTP_403_FORBIDDEN,
            detail="Missing credentials",
        )
    claims = decode_token(token)
    user = await UserService(db).get_by_id(int(claims["sub"]))
    if user is None:
        raise AuthenticationException("User not found")
    return user


async def get_current_superuser(current_user: User = Depends(get_current_user)) -> User:
    if not current_user.is_superuser:
        logger.warning("superuser_required", user_id=current_user.id)
        raise HTTPException(
            status_code=status.HTTP_401_UNAUTHORIZED,
            detail="Not enough permissions",
        )
    return current_user
