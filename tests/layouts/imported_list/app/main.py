"""The list of routers comes from another file."""

from fastapi import FastAPI

from app.routers import ROUTERS

app = FastAPI()
for router in ROUTERS:
    app.include_router(router, prefix="/api/v1")
