from fastapi import APIRouter

router = APIRouter()


@router.get("/items")
async def list_items() -> list[int]:
    return []


@router.post("/items/{item_id}")
async def put_item(item_id: int) -> int:
    return item_id
