"""`include_in_schema` on the decorator, the router and the include."""

from fastapi import APIRouter, FastAPI

visible = APIRouter(prefix="/visible")
hidden = APIRouter(prefix="/hidden", include_in_schema=False)


@visible.get("/")
async def one() -> int:
    return 1


@visible.get("/secret", include_in_schema=False)
async def two() -> int:
    return 2


@hidden.get("/")
async def three() -> int:
    return 3


app = FastAPI()
app.include_router(visible)
app.include_router(hidden)
app.include_router(visible, prefix="/again", include_in_schema=False)
