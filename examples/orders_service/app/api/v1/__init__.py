"""Version 1 of the API."""

from fastapi import APIRouter

from app.api.v1 import auth, customers, order_items, orders

router = APIRouter()
router.include_router(auth.router, prefix="/auth", tags=["Authentication"])
router.include_router(customers.router, prefix="/customers")
router.include_router(orders.router)
router.include_router(order_items.router, prefix="/orders/{order_id}/items")

__all__ = ["router"]
