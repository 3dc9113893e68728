"""Makes a router for each module that asks for one; what the module adds is on its own."""

from fastapi import APIRouter


def build_router(resource: str) -> APIRouter:
    router = APIRouter(tags=["resources"])

    @router.get("/{item_id}", name=f"Get {resource}")
    async def get_item(item_id: int) -> dict[str, int]:
        return {"id": item_id}

    @router.delete("/{item_id}")
    async def delete_item(item_id: int) -> dict[str, int]:
        return {"id": item_id}

    return router
