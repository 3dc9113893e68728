"""Goods that come back."""

from fastapi import APIRouter, Depends

from app.core.deps import get_current_user
from app.schemas.response import ApiResponse

router = APIRouter(prefix="/api/v1/returns", tags=["returns"])


@router.get(
    "/{return_id}",
    response_model=ApiResponse[int],
    summary="Get a return",
    dependencies=[Depends(get_current_user)],
)
async def get_return(return_id: int) -> ApiResponse[int]:
    """
    Get a return.

    Args:
        return_id: Number of the return

    Returns:
        The number
    """
    return ApiResponse(success=True, data=return_id)
