"""A proxy's path is no part of the routes."""

from fastapi import FastAPI

from app.items import router

app = FastAPI(root_path="/proxy")
app.include_router(router, prefix="/api/v1")
