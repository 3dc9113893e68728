"""Routers that a function has made are kept in lists and dicts, and included from there."""

from fastapi import APIRouter, FastAPI


def make(kind: str) -> APIRouter:
    router = APIRouter(prefix=f"/{kind}")

    @router.get(f"/{kind}/x")
    async def get_x() -> int:
        return 1

    return router


BY_NAME = {"one": make("a"), "two": make("b")}
SOME = [make("c"), make("d")]
MORE = [make(kind) for kind in ("e", "f")]
single = make("g")

app = FastAPI()
for name, router in BY_NAME.items():
    app.include_router(router, prefix=f"/{name}")
for router in BY_NAME.values():
    app.include_router(router)
for router in SOME:
    app.include_router(router)
for router in MORE:
    app.include_router(router)
app.include_router(single)
app.include_router(single, prefix="/again")
