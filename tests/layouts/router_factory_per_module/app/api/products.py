from app.api.router_factory import build_router

router = build_router("product")


@router.get("/by-name/{name}")
async def get_product_by_name(name: str) -> dict[str, str]:
    return {"name": name}
