"""A function that fills the router that it is given, and gives it back."""

from fastapi import APIRouter, FastAPI

inner = APIRouter(prefix="/inner")


@inner.get("/a")
def a() -> dict[str, int]:
    return {}


def fill(router: APIRouter) -> APIRouter:
    router.include_router(inner)
    return router


plain = fill(APIRouter())
below = fill(APIRouter(prefix="/below"))
app = FastAPI()
app.include_router(plain)
app.include_router(below)


def install(application: FastAPI) -> FastAPI:
    application.include_router(inner, prefix="/installed")
    return application


app = install(app)


@app.get("/last")
def last() -> dict[str, int]:
    return {}
