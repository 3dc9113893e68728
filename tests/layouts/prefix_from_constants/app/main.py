"""Constants, concatenation, f-strings."""

from fastapi import APIRouter, FastAPI

from app.constants import PREFIX
from app.items import router

api = APIRouter(prefix=f"{PREFIX}/shop")
api.include_router(router, prefix="/" + "stock")
app = FastAPI()
app.include_router(api)
