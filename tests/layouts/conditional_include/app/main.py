"""An include that hangs on a setting: there may be such a route."""

from fastapi import FastAPI

from app.config import settings
from app.items import router

app = FastAPI()
if settings.debug:
    app.include_router(router, prefix="/debug")
