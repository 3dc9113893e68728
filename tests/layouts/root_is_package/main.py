"""The root is the package itself: `uvicorn root_is_package.main:app`, from the directory above."""

from fastapi import FastAPI

from . import pages
from .app.api.items import router

app = FastAPI()
app.include_router(router, prefix="/api/v1")
app.include_router(pages.router)
