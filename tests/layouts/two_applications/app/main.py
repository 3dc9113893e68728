"""Two applications in one service, each with routes of its own."""

from fastapi import FastAPI

from app.items import router

app = FastAPI()
app.include_router(router, prefix="/api/v1")
internal = FastAPI()


@internal.get("/internal")
async def inside() -> int:
    return 1
