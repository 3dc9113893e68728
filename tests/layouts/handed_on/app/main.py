"""Prefixes, tags and dependencies that reach FastAPI through dicts, wrappers and subclasses."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.security import HTTPBearer

bearer = HTTPBearer()
OPTIONS = {"prefix": "/api/v1", "tags": ["dict"]}
BASE = dict(prefix="/api/v2", dependencies=[Depends(bearer)])
CLOSED = {**BASE, "tags": ["closed"]}


class Guarded(APIRouter):
    def __init__(self, prefix: str = "", **options: Any) -> None:
        super().__init__(prefix=prefix, dependencies=[Depends(bearer)], **options)


class Twice(Guarded):
    def __init__(self, name: str) -> None:
        super().__init__(f"/{name}", tags=[name])


class Quiet(APIRouter):
    quiet = True


class Service(FastAPI):
    def __init__(self, *parts: APIRouter, **options: Any) -> None:
        super().__init__(dependencies=[], **options)
        self.include_router(inside, prefix="/inside")


def include(application: FastAPI, router: APIRouter, **options: Any) -> None:
    application.include_router(router, **{**options, "prefix": "/api/v3"})


def include_tagged(application: FastAPI, router: APIRouter, tags: list[str] | None = None) -> None:
    include_again(application, router, tags=tags or [])


def include_again(application: FastAPI, router: APIRouter, **options: Any) -> None:
    application.include_router(router, **options)


def answer() -> dict[str, int]:
    return {}


inside = APIRouter(tags=["inside"])
inside.get("/here")(answer)
inside.add_api_route("/there", answer)

first = APIRouter(prefix="/first")
first.add_api_route("/a", answer)
second = APIRouter(**{"prefix": "/second", "tags": ["second"]})
second.add_api_route("/a", answer)
third = APIRouter(prefix="/third")
third.add_api_route("/a", answer)
fourth = Guarded(prefix="/fourth", tags=["fourth"])
fourth.add_api_route("/a", answer)
fifth = Guarded("/fifth")
fifth.add_api_route("/a", answer)
sixth = Twice("sixth")
sixth.add_api_route("/a", answer)
seventh = Quiet(prefix="/seventh")
seventh.add_api_route("/a", answer)
eighth = APIRouter(prefix="/eighth")
eighth.add_api_route("/a", answer)

app = Service(title="Handed on")
app.include_router(first, **OPTIONS)
app.include_router(second, **CLOSED)
include(app, third, tags=["third"])
include_tagged(app, fourth, tags=["more"])
include_tagged(app, fifth)
app.include_router(sixth, **(OPTIONS | {"prefix": "/api/v4"}))
for router, options in [(seventh, {"prefix": "/loop"}), (eighth, {"tags": ["loop"]})]:
    app.include_router(router, **options)
