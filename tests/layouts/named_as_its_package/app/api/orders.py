from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/orders")


@router.get("")
async def list_orders() -> list[int]:
    return []
