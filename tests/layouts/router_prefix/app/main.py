"""The prefix stands on the router."""

from fastapi import APIRouter, FastAPI

router = APIRouter(prefix="/api/v1/items", tags=["Items"])


@router.get("/")
async def list_items() -> list[int]:
    return []


@router.get("")
async def list_items_too() -> list[int]:
    return []


app = FastAPI()
app.include_router(router)
