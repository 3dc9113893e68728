"""Tags add up from the outside in, as FastAPI adds them."""

from enum import Enum

from fastapi import APIRouter, FastAPI


class Tags(Enum):
    items = "items"


router = APIRouter(prefix="/items", tags=["router"])


@router.get("/", tags=["own"])
async def list_items() -> list[int]:
    return []


@router.get("/plain")
async def plain() -> list[int]:
    return []


outer = APIRouter(tags=["outer"])
outer.include_router(router, tags=["include"])
app = FastAPI()
app.include_router(outer, prefix="/api/v1", tags=["app"])


@app.get("/untagged")
async def untagged() -> int:
    return 1
