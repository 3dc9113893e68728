import structlog
from fastapi import Depends, FastAPI

from app.api.v1 import auth, products, reports, stock, suppliers, warehouses
from app.config import settings
from app.core.deps import get_current_user
from app.core.error_handlers import register_error_handlers

logger = structlog.get_logger()

app = FastAPI(title="Inventory")

register_error_handlers(app)

app.include_router(auth.router, prefix=settings.API_PREFIX + "/auth", tags=["auth"])
app.include_router(products.router, prefix=settings.API_PREFIX)
app.include_router(warehouses.router, prefix=f"{settings.API_PREFIX}/warehouses")
app.include_router(
    suppliers.router,
    prefix=f"{settings.API_PREFIX}/suppliers",
    tags=["suppliers"],
)
app.include_router(
    stock.router,
    prefix=f"{settings.API_PREFIX}/stock",
    tags=["stock"],
    dependencies=[Depends(get_current_user)],
)
app.include_router(reports.router, prefix="/reports")


@app.get("/health", tags=["ops"])
async def health():
    return {"status": "ok"}


if __name__ == "__main__":
    import uvicorn

    print("starting on http://0.0.0.0:8000")
    uvicorn.run(app, host="0.0.0.0", port=8000)
