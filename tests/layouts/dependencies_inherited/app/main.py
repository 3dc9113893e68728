"""Dependencies of the application, the router, the include and the decorator."""

from fastapi import APIRouter, Depends, FastAPI

from app.security import get_current_user

by_router = APIRouter(prefix="/by-router", dependencies=[Depends(get_current_user)])
by_include = APIRouter(prefix="/by-include")
public = APIRouter(prefix="/public")


@by_router.get("/")
async def one() -> int:
    return 1


@by_include.get("/")
async def two() -> int:
    return 2


@public.get("/closed", dependencies=[Depends(get_current_user)])
async def three() -> int:
    return 3


@public.get("/open")
async def four() -> int:
    return 4


app = FastAPI()
app.include_router(by_router)
app.include_router(by_include, dependencies=[Depends(get_current_user)])
app.include_router(public)
