"""The return annotation that FastAPI is said to see is what running applications see."""

from __future__ import annotations

import asyncio
import importlib.util

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel

import cases
from gravity_lint import facts as f
from gravity_lint.configuration.settings import Settings
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.responses import Answering
from gravity_lint.model.api.routing import endpoints

HEAD = """
import functools
import inspect
from fastapi import FastAPI
from fastapi.dependencies.utils import get_typed_signature
from pydantic import BaseModel

class Own(BaseModel):
    a: int = 1

class Other(BaseModel):
    a: int = 1

app = FastAPI()
"""
WRAPPER = """
def through(function):
    {wraps}
    async def inner(*args, **kwargs){returns}:
        return await function(*args, **kwargs)
    {after}
    return inner

@app.get("/x")
@through
async def get_x() -> Own:
    return Own()
"""
PLAIN = """
def through(function):
    async def inner({takes}){returns}:
        return await function()
    return inner
{more}
@app.get("/x")
@through
async def get_x() -> Own:
    return Own()
"""
WRAPS = "@functools.wraps(function)"
SAME = "inner.__signature__ = inspect.signature(function)"
BARE = "inner.__signature__ = get_typed_signature(function)"
SOURCES = {
    "wraps": (WRAPPER.format(wraps=WRAPS, returns="", after=""), True),
    "wraps, annotated": (WRAPPER.format(wraps=WRAPS, returns=" -> Other", after=""), True),
    "a signature that is the same": (WRAPPER.format(wraps=WRAPS, returns="", after=SAME), False),
    "a signature without": (WRAPPER.format(wraps=WRAPS, returns="", after=BARE), False),
    "no wraps, annotated": (PLAIN.format(takes="", returns=" -> Other", more=""), True),
    "no wraps, None": (PLAIN.format(takes="", returns=" -> None", more=""), True),
    "no wraps": (PLAIN.format(takes="", returns="", more=""), True),
    "given back": (
        """
def through(function):
    function.marked = True
    return function

@app.get("/x")
@through
async def get_x() -> Own:
    return Own()
""",
        True,
    ),
    "above the registration": (
        PLAIN.format(takes="", returns="", more="").replace(
            '@app.get("/x")\n@through', '@through\n@app.get("/x")'
        ),
        True,
    ),
    "given a model": (
        PLAIN.format(takes="", returns="", more="").replace(
            'get("/x")', 'get("/x", response_model=Other)'
        ),
        True,
    ),
    "added by a call": (
        PLAIN.format(takes="", returns="", more="").replace('@app.get("/x")\n', "")
        + '\napp.add_api_route("/x", get_x)\n',
        True,
    ),
    "two of them": (
        PLAIN.format(takes="", returns=" -> Other", more="").replace("@through", "@kept\n@through"),
        True,
    ),
    "made by a call": (
        """
def through(limit):
    def decorate(function):
        @functools.wraps(function)
        async def inner(*args, **kwargs):
            return await function(*args, **kwargs)
        return inner
    return decorate

@app.get("/x")
@through(limit=3)
async def get_x() -> Own:
    return Own()
""",
        True,
    ),
    "made by a call, without wraps": (
        """
def through(limit):
    def decorate(function):
        async def inner():
            return await function()
        return inner
    return decorate

@app.get("/x")
@through(limit=3)
async def get_x() -> Own:
    return Own()
""",
        True,
    ),
}
KEPT = """
def kept(function):
    @functools.wraps(function)
    async def inner(*args, **kwargs):
        return await function(*args, **kwargs)
    return inner
"""


def real_model(source: str) -> str | None:
    """Run *source*; return the name of the response model of its one route."""
    namespace: dict[str, object] = {"__name__": "app.main"}
    exec(compile(source, "main.py", "exec"), namespace)
    application = namespace["app"]
    assert isinstance(application, FastAPI)
    (model,) = [r.response_model for r in application.routes if isinstance(r, APIRoute)]
    return None if model is None else str(model.__name__)


def answering(source: str) -> Answering:
    service = cases.service_of({"app/__init__.py": "", "app/main.py": source}, Settings())
    found: list[Endpoint] = [e for e in endpoints(service) if e.name == "get_x"]
    return Answering(found[0])


@pytest.mark.parametrize("name", SOURCES)
def test_the_response_model_is_that_of_the_running_route(name: str) -> None:
    body, known = SOURCES[name]
    source = HEAD + KEPT + body
    answer = answering(source)
    assert (answer.explicit is not None or answer.seen.known) is known
    if known:
        told = f.render(answer.model[1]) if answer.model is not None else None
        assert told == real_model(source)
    else:
        assert answer.model is None
        assert answer.unclear


@pytest.mark.skipif(
    importlib.util.find_spec("fastapi_cache") is None, reason="fastapi-cache2 is not installed"
)
@pytest.mark.parametrize("taken", ["", "request: Request, response: Response"])
def test_a_cache_hides_the_annotation(taken: str) -> None:
    source = f"""{HEAD}
from fastapi import Request, Response
from fastapi_cache.decorator import cache

@app.get("/x")
@cache(expire=60)
async def get_x({taken}) -> Own:
    return Own()
"""
    assert real_model(source) is None
    assert answering(source).model is None


def test_none_that_the_response_model_does_not_take_is_answered_by_500() -> None:
    app = FastAPI()

    class Item(BaseModel):
        id: int

    @app.get("/", response_model=Item)
    async def get_last() -> Item | None:
        return None

    async def ask() -> int:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return (await client.get("/")).status_code

    assert asyncio.run(ask()) == 500
