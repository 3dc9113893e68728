"""One function makes the routers of two applications, and one the applications themselves."""

from fastapi import APIRouter, FastAPI


def make(kind: str) -> APIRouter:
    router = APIRouter()

    @router.get(f"/{kind}/x")
    async def get_x() -> int:
        return 1

    return router


def build(kind: str) -> FastAPI:
    application = FastAPI()
    application.include_router(make(kind), prefix="/built")
    return application


public = FastAPI()
public.include_router(make("public"))
private = FastAPI()
private.include_router(make("private"))
first = build("first")
second = build("second")
