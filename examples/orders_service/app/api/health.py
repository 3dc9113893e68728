"""Health checks for the orchestrator."""

from fastapi import APIRouter, status

from app.api.parameters import DbSession
from app.schemas.response import ApiResponse
from app.services.health_service import HealthService

router = APIRouter(prefix="/health", tags=["Health"])


@router.get(
    "",
    response_model=ApiResponse[None],
    status_code=status.HTTP_200_OK,
    summary="Liveness",
    description="Answer as long as the process runs",
)
async def get_liveness() -> ApiResponse[None]:
    """
    Tell that the process runs.

    Returns:
        ApiResponse with a message
    """
    return ApiResponse(success=True, message="alive")


@router.get(
    "/ready",
    response_model=ApiResponse[None],
    status_code=status.HTTP_200_OK,
    summary="Readiness",
    description="Answer if the database does",
)
async def get_readiness(db: DbSession) -> ApiResponse[None]:
    """
    Tell whether requests can be served.

    Args:
        db: Database session

    Returns:
        ApiResponse with a message

    Raises:
        ServiceUnavailableException: If the database does not answer
    """
    await HealthService(db).check_database()
    return ApiResponse(success=True, message="ready")
