import structlog
from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import get_db
from app.core.deps import get_current_user
from app.core.exceptions import SupplierTimeout
from app.schemas.stock import SupplierIn, SupplierOut
from app.services.supplier_service import SupplierService

router = APIRouter()


@router.get("/", response_model=list[SupplierOut], summary="List suppliers")
async def list_suppliers(db: AsyncSession = Depends(get_db)) -> list[SupplierOut]:
    """List the suppliers that we know."""
    logger = structlog.get_logger()
    logger.info("list_suppliers")
    return []


@router.post("/", response_model=SupplierOut, status_code=201)
async def create_supplier(
    data: SupplierIn, db: AsyncSession = Depends(get_db), user=Depends(get_current_user)
):
    return await SupplierService(db).create(data)


@router.post("/{supplier_id}/reorder/{sku}")
async def reorder(
    supplier_id: int,
    sku: str,
    api_key: str,
    db: AsyncSession = Depends(get_db),
    user=Depends(get_current_user),
):
    try:
        number = await SupplierService(db).reorder(supplier_id, sku, api_key)
    except SupplierTimeout as e:
        raise HTTPException(status_code=504, detail=str(e))
    return {"number": number}
