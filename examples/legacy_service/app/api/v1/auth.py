from datetime import datetime, timedelta

import jwt
import structlog
from fastapi import APIRouter, Depends, HTTPException, status
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import settings
from app.core.database import get_db
from app.core.security import create_access_token
from app.schemas.response import ApiResponse
from app.services.user_service import UserService

logger = structlog.get_logger()

router = APIRouter()

TOKEN_COOKIE = "inventory_token"


class Credentials(BaseModel):
    email: str
    password: str


class Token(BaseModel):
    access_token: str
    token_type: str = "bearer"


@router.post(
    "/login",
    response_model=ApiResponse[Token],
    summary="Log in",
    description="Exchange email and password for an access token",
)
async def login(credentials: Credentials, db: AsyncSession = Depends(get_db)) -> ApiResponse[Token]:  # noqa: GRV104
    """
    Log a user in.

    Args:
        credentials: Email and password
        db: Database session

    Returns:
        ApiResponse containing an access token

    Raises:
        HTTPException: If the credentials are wrong
    """
    user = await UserService(db).authenticate(credentials.email, credentials.password)
    if user is None:
        raise HTTPException(
            status_code=status.HTTP_401_UNAUTHORIZED,
            detail="Incorrect email or password",
        )
    return ApiResponse(data=Token(access_token=create_access_token({"sub": str(user.id)})))


@router.post("/refresh", response_model=ApiResponse[Token], summary="Refresh a token")
async def refresh(token: Token):
    """Exchange a token for a younger one."""
    claims = jwt.decode(token.access_token, settings.JWT_SECRET, algorithms=["HS256"])
    claims["exp"] = datetime.utcnow() + timedelta(hours=12)
    access_token = jwt.encode(claims, settings.JWT_SECRET, algorithm="HS256")
    return ApiResponse(success=True, data=Token(access_token=access_token))
