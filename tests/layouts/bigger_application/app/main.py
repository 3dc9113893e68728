"""The shape of FastAPI's page on bigger applications."""

from fastapi import Depends, FastAPI

from .dependencies import get_token_header
from .internal import admin
from .routers import items

app = FastAPI()
app.include_router(items.router)
app.include_router(
    admin.router,
    prefix="/admin",
    tags=["admin"],
    dependencies=[Depends(get_token_header)],
    responses={418: {"description": "I'm a teapot"}},
)


@app.get("/")
async def root() -> dict[str, str]:
    return {}
