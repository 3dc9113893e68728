"""Routes that are handed to the constructors of routers and applications."""

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute


async def one(number: int) -> dict[str, int]:
    return {}


async def two() -> dict[str, int]:
    return {}


ROUTES = [
    APIRoute("/one/{number}", one, tags=["one"]),
    APIRoute("/two", two, methods=["POST", "PUT"]),
]
router = APIRouter(routes=ROUTES)
app = FastAPI(routes=[APIRoute("/direct", two)])
app.include_router(router, prefix="/api", tags=["included"])
