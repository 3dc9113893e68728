"""An earlier route takes what a later one is meant for."""

from fastapi import APIRouter, FastAPI

router = APIRouter(prefix="/stocks")


@router.get("/{ticker}")
async def get_stock(ticker: str) -> str:
    return ticker


@router.get("/search")
async def search() -> str:
    return "search"


@router.post("/search")
async def post_search() -> str:
    return "post"


@router.get("/{ticker}/history")
async def history(ticker: str) -> str:
    return ticker


app = FastAPI()
app.include_router(router, prefix="/api/v1")
