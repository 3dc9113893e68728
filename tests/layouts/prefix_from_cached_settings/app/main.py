"""The settings come from a cached function, as FastAPI's documentation shows."""

from fastapi import FastAPI

from app import config
from app.items import router

settings = config.get_settings()
app = FastAPI()
app.include_router(router, prefix=settings.api_prefix + "/v1")
app.include_router(router, prefix=config.get_settings().api_prefix)
