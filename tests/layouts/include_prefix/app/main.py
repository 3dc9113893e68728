"""The prefix stands at the include, with the router in another file."""

from fastapi import FastAPI

from app.items import router

app = FastAPI()
app.include_router(router, prefix="/api/v1", tags=["Items"])
