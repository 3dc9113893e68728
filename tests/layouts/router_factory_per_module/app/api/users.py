from app.api.router_factory import build_router

router = build_router("user")


@router.get("/me/statistics")
async def get_statistics() -> dict[str, int]:
    return {}


@router.get("/{user_id}/with-orders")
async def get_user_with_orders(user_id: int) -> dict[str, int]:
    return {"id": user_id}
