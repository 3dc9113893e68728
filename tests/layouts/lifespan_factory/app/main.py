"""A factory with a lifespan, helpers that take the application without an annotation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app import items


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield


def add_routers(app, prefix):
    app.include_router(items.router, prefix=prefix)


def get_application() -> FastAPI:
    app = FastAPI(lifespan=lifespan)
    add_routers(app, "/api/v1")
    return app


app = get_application()
