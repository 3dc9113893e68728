"""Dependencies that yield, that are given by name, and that take path parameters."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends, FastAPI

from app.security import get_current_user


async def get_connection() -> AsyncIterator[int]:
    yield 1


async def get_order(order_id: int, connection: int = Depends(get_connection)) -> int:
    return order_id + connection


PROTECTED = [Depends(get_current_user)]
router = APIRouter(prefix="/orders/{order_id}", dependencies=PROTECTED)


@router.get("/")
async def read(order: int = Depends(get_order)) -> int:
    return order


app = FastAPI()
app.include_router(router, prefix="/api/v1")
