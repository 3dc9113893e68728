"""Packages re-export routers, and whole modules, under other names."""

from fastapi import FastAPI

from app.api import api_router
from app.api.v1 import stock

app = FastAPI()
app.include_router(api_router, prefix="/api/v1")
app.include_router(stock.router, prefix="/api/v2")
