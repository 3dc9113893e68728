"""A helper takes application, router and prefix; it is called several times."""

from fastapi import APIRouter, FastAPI

from app import items


def register(app: FastAPI, router: APIRouter, *, prefix: str = "/api/v1") -> None:
    app.include_router(router, prefix=prefix)


app = FastAPI()
register(app, items.router)
register(app, router=items.router, prefix="/api/v2")
