"""Routers within routers, each giving its part."""

from fastapi import APIRouter, FastAPI

from app import items

shop = APIRouter(prefix="/shop", tags=["Shop"])
shop.include_router(items.router, prefix="/stock", tags=["Stock"])
api = APIRouter(prefix="/v1")
api.include_router(shop)
app = FastAPI()
app.include_router(api, prefix="/api")
