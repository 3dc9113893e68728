"""In which order FastAPI tries the routes for which one function is registered.

The same code is read by the model and run by the framework.
"""

from __future__ import annotations

from types import ModuleType

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
