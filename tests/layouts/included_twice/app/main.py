"""One router answers under two versions."""

from fastapi import FastAPI

from app.items import router

app = FastAPI()
app.include_router(router, prefix="/api/v1", tags=["one"])
app.include_router(router, prefix="/api/v2", tags=["two"])
