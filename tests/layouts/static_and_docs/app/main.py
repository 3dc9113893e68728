"""Static files, no documentation, and another ASGI application."""

from fastapi import FastAPI
from starlette.applications import Starlette

app = FastAPI(docs_url=None, redoc_url=None)
app.mount("/other", Starlette())


@app.get("/api/v1/items")
async def list_items() -> list[int]:
    return []
