"""Names that come through a star import."""

from fastapi import FastAPI

from app.routers import router

app = FastAPI()
app.include_router(router, prefix="/api/v1")
