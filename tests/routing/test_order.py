"""In which order FastAPI tries the routes for which one function is registered.

The same code is read by the model and run by the framework.
"""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

import cases
from gravity_lint.configuration.settings import Settings
from gravity_lint.model.api.order import placed_routes

CODE = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/c")
@app.get("/b")
@app.get("/a")
async def letters() -> dict[str, int]:
    return {}


@app.get("/d")
async def last() -> dict[str, int]:
    return {}
"""


def test_decorators_register_from_below() -> None:
    module = ModuleType("app.main")
    exec(compile(CODE, "<app.main>", "exec"), module.__dict__)
    app = module.__dict__["app"]
    assert isinstance(app, FastAPI)
    running = [route.path for route in app.routes if isinstance(route, APIRoute)]
    assert running == ["/a", "/b", "/c", "/d"]
    service = cases.service_of({"app/main.py": CODE}, Settings())
    assert [route.path for route in placed_routes(service)] == running


MODULES = {
    "orderly/__init__.py": "",
    "orderly/trips.py": """
from fastapi import APIRouter

router = APIRouter(prefix="/trips")


@router.get("/last")
async def get_last() -> str:
    return "trips"
""",
    "orderly/sync.py": """
from orderly.trips import router


@router.get("/last")
async def get_last() -> str:
    return "sync"
""",
    "orderly/main.py": """
from fastapi import FastAPI

from orderly import sync, trips

app = FastAPI()
app.include_router(trips.router)
""",
}


async def answer_of(app: FastAPI, path: str) -> str:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return str((await client.get(path)).json())


def test_who_makes_a_router_fills_it_before_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in MODULES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    app = importlib.import_module("orderly.main").app
    answering = asyncio.run(answer_of(app, "/trips/last"))
    service = cases.service_of(MODULES, Settings())
    reached = [x.endpoint.module.name for x in placed_routes(service) if x.shadow is None]
    assert reached == [f"orderly.{answering}"]
