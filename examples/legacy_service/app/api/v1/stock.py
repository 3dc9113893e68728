import structlog
from fastapi import APIRouter, Depends, status
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import get_db
from app.core.deps import get_current_user
from app.core.events import event_bus
from app.models.user import User
from app.schemas.response import ApiResponse
from app.schemas.stock import Reservation, StockLevel
from app.services.stock_service import StockService

logger = structlog.get_logger()

router = APIRouter()


@router.post(
    "/reservations",
    response_model=ApiResponse[StockLevel],
    status_code=status.HTTP_201_CREATED,
    summary="Reserve stock",
    description="Take pieces of a product out of a warehouse's stock",
)
async def create_reservation(
    reservation: Reservation,
    db: AsyncSession = Depends(get_db),
    current_user: User = Depends(get_current_user),
) -> ApiResponse[StockLevel]:
    """
    Reserve stock.

    Args:
        reservation: What is reserved, and where
        db: Database session
        current_user: Authenticated user

    Returns:
        ApiResponse containing the level that is left
    """
    response = await StockService(db).reserve(reservation, current_user)
    if response.data.quantity == 0:
        try:
            await event_bus.publish("stock.depleted", {"sku": reservation.sku})
        except Exception:
            pass
    return response


@router.get("/levels/{sku}", summary="Levels of a product")  # noqa: GRV999
async def get_product_levels(sku: str, db: AsyncSession = Depends(get_db)):
    """Get the levels of a product in all warehouses."""
    levels = await StockService(db).levels(sku)
    return {"levels": [StockLevel.model_validate(level) for level in levels]}
