"""Dependencies of the parameters and of the router raise."""

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, status

from app.exceptions import OrderNotFoundException
from app.handlers import setup_exception_handlers


async def get_order() -> int:
    raise OrderNotFoundException("none")


async def forbid() -> None:
    raise HTTPException(status_code=status.HTTP_403_FORBIDDEN)


router = APIRouter(prefix="/closed", dependencies=[Depends(forbid)])


@router.get("/")
async def closed() -> int:
    return 1


app = FastAPI()
app.include_router(router)
setup_exception_handlers(app)


@app.get("/order")
async def order(found: Annotated[int, Depends(get_order)]) -> int:
    return found
