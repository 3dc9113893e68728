"""Registration and login."""

from fastapi import APIRouter, status

from app.api.parameters import DbSession
from app.core.auth import CurrentUser
from app.core.security import create_access_token
from app.schemas.auth import AccessToken, UserLogin, UserRead, UserRegister
from app.schemas.response import ApiResponse
from app.services.user_service import UserService

router = APIRouter()


@router.post(
    "/register",
    response_model=ApiResponse[UserRead],
    status_code=status.HTTP_201_CREATED,
    summary="Register",
    description="Register a member of staff",
)
async def register_user(user_data: UserRegister, db: DbSession) -> ApiResponse[UserRead]:
    """
    Register a user.

    Args:
        user_data: Registration data
        db: Database session

    Returns:
        ApiResponse containing the registered user

    Raises:
        DuplicateResourceException: If the address is registered already
    """
    user = await UserService(db).register(user_data)
    return ApiResponse(
        success=True,
        message="User registered successfully",
        data=UserRead.model_validate(user),
    )


@router.post(
    "/login",
    response_model=ApiResponse[AccessToken],
    summary="Log in",
    description="Exchange email and password for an access token",
)
async def log_in(credentials: UserLogin, db: DbSession) -> ApiResponse[AccessToken]:
    """
    Log a user in.

    Args:
        credentials: Email and password
        db: Database session

    Returns:
        ApiResponse containing an access token

    Raises:
        AuthenticationException: If email and password do not belong together
    """
    user = await UserService(db).authenticate(credentials)
    access = AccessToken(access_token=create_access_token({"sub": str(user.id)}))
    return ApiResponse(success=True, data=access)


@router.get(
    "/me",
    response_model=ApiResponse[UserRead],
    summary="Current user",
    description="Tell who the access token belongs to",
)
async def get_me(current_user: CurrentUser) -> ApiResponse[UserRead]:
    """
    Get the current user.

    Args:
        current_user: Authenticated user

    Returns:
        ApiResponse containing the user
    """
    return ApiResponse(success=True, data=UserRead.model_validate(current_user))
