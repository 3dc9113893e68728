"""Imports relative to the package."""

from fastapi import FastAPI

from .api import items
from .api.items import router as again

app = FastAPI()
app.include_router(items.router, prefix="/api/v1")
app.include_router(again, prefix="/api/v2")
