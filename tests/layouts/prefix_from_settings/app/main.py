"""The prefix is the default of a setting."""

from fastapi import FastAPI

from app.config import settings
from app.items import router

app = FastAPI()
app.include_router(router, prefix=settings.api_prefix)
app.include_router(router, prefix=f"{settings.api_prefix}/{settings.version}")
