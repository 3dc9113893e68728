import structlog
from fastapi import APIRouter, Depends, status
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import get_db
from app.core.deps import get_current_superuser, get_current_user
from app.models.product import Warehouse
from app.models.user import User
from app.schemas.response import ApiResponse
from app.schemas.stock import StockLevel, WarehouseIn, WarehouseOut
from app.services.stock_service import StockService

logger = structlog.get_logger()

router = APIRouter(prefix="/warehouses", tags=["warehouses"])


@router.post(
    "/",
    response_model=ApiResponse[WarehouseOut],
    status_code=status.HTTP_201_CREATED,
    summary="Open a warehouse",
    description="Open a warehouse in a city",
)
async def create_warehouse(
    data: WarehouseIn,
    db: AsyncSession = Depends(get_db),
    current_user: User = Depends(get_current_superuser),
) -> ApiResponse[WarehouseOut]:
    """
    Open a warehouse.

    Args:
        data: Warehouse creation data
        db: Database session
        current_user: Authenticated superuser

    Returns:
        ApiResponse containing the warehouse
    """
    warehouse = Warehouse(**data.model_dump())
    db.add(warehouse)
    await db.commit()
    await db.refresh(warehouse)
    logger.info("warehouse_opened", warehouse_id=warehouse.id, user_id=current_user.id)
    return ApiResponse(success=True, data=WarehouseOut.model_validate(warehouse))


@router.get("/", response_model=ApiResponse[list[WarehouseOut]], summary="List warehouses")
async def list_warehouses(
    db: AsyncSession = Depends(get_db), current_user: User = Depends(get_current_user)
) -> ApiResponse[list[WarehouseOut]]:
    """
    List warehouses.

    Args:
        db: Database session
        current_user: Authenticated user

    Returns:
        ApiResponse containing all warehouses
    """
    warehouses = (await db.scalars(select(Warehouse))).all()
    return ApiResponse(
        success=True, data=[WarehouseOut.model_validate(warehouse) for warehouse in warehouses]
    )


@router.get(
    "/{warehouse_id}/levels",
    response_model=ApiResponse[list[StockLevel]],
    summary="Stock of a warehouse",
    description="How much of a product lies in a warehouse",
)
async def get_levels(
    id: int,
    sku: str,
    db: AsyncSession = Depends(get_db),
    current_user: User = Depends(get_current_user),
) -> ApiResponse[list[StockLevel]]:
    """
    Get stock levels.

    Args:
        id: Warehouse ID
        sku: Stock keeping unit
        db: Database session
        current_user: Authenticated user

    Returns:
        ApiResponse containing stock levels
    """
    levels = await StockService(db).levels(sku)
    return ApiResponse(
        success=True,
        data=[StockLevel.model_validate(level) for level in levels if level.warehouse_id == id],
    )
