"""A function makes the router; its prefix is an argument."""

from fastapi import APIRouter, FastAPI


def make_router() -> APIRouter:
    router = APIRouter(prefix="/items")

    @router.get("/{item_id}")
    async def get_item(item_id: int) -> int:
        return item_id

    return router


app = FastAPI()
app.include_router(make_router(), prefix="/api/v1")
