"""No `__init__.py` anywhere."""

from fastapi import FastAPI

from app.api.v1 import items

app = FastAPI()
app.include_router(items.router, prefix="/api/v1")
