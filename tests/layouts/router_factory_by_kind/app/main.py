"""A function makes a router for each kind; the kind is in its paths, in its prefix, or in both."""

from enum import Enum

from fastapi import APIRouter, FastAPI


class Kind(str, Enum):
    RED = "red"
    BLUE = "blue"


class Book:
    pass


class Author:
    pass


PLURAL = "trees"
KINDS = ("cats", "dogs")


def by_path(kind: str) -> APIRouter:
    router = APIRouter()

    @router.get(f"/{kind}/all")
    async def list_all() -> list[int]:
        return []

    return router


def by_both(kind: str, *, version: str = "v1") -> APIRouter:
    router = APIRouter(prefix=f"/{version}/{kind}")

    @router.get(f"/{kind}-list")
    async def list_all() -> list[int]:
        return []

    @router.post("")
    async def create() -> int:
        return 1

    return router


def by_class(model: type) -> APIRouter:
    name = model.__name__.lower()
    router = APIRouter(prefix=f"/{name}s")
    for action in ("open", "close"):

        @router.get(f"/{action}/{name}")
        async def act() -> int:
            return 1

    return router


def by_member(kind: Kind) -> APIRouter:
    router = APIRouter()

    def count() -> int:
        return 1

    router.add_api_route(f"/{kind.value}/count", count)
    return router


def nested(kind: str) -> APIRouter:
    outer = APIRouter(prefix="/nested")
    outer.include_router(by_path(kind), prefix=f"/{kind}")
    return outer


app = FastAPI()
app.include_router(by_path("a"))
app.include_router(by_path("b"))
app.include_router(by_path(kind=PLURAL))
for each in KINDS:
    app.include_router(by_both(each))
app.include_router(by_both("cats", version="v2"), prefix="/more")
for model in (Book, Author):
    app.include_router(by_class(model))
app.include_router(by_member(Kind.RED))
app.include_router(by_member(Kind.BLUE))
app.include_router(nested("x"))
app.include_router(nested("y"))
