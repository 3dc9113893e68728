"""The package lies in a directory of the repository."""

from fastapi import FastAPI

from app.items import router

app = FastAPI()
app.include_router(router, prefix="/api/v1")
