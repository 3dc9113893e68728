import csv
import io

import structlog
from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import get_db
from app.core.deps import get_current_user
from app.services.product_service import ProductService

logger = structlog.get_logger()

router = APIRouter(dependencies=[Depends(get_current_user)])


@router.get("/catalogue.csv", response_class=StreamingResponse, summary="Catalogue as CSV")
async def export_catalogue(db: AsyncSession = Depends(get_db)):
    """Download the catalogue."""
    output = io.StringIO()
    writer = csv.writer(output)
    for product in await ProductService(db).list_products():
        writer.writerow([product.sku, product.name, product.price_cents])
    output.seek(0)
    return StreamingResponse(output, media_type="text/csv")


@router.get("/columns")
def catalogue_columns() -> dict[str, list[str]]:
    return {"columns": ["sku", "name", "price_cents"]}
