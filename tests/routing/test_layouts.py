"""What the model says of small services is what FastAPI makes of them.

Each directory of `tests/layouts` is a service with one idea about routing or
dependencies. It is really imported (see `running`), and its OpenAPI document
compared with what the model knows without running anything.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cases
from gravity_lint import facts as f
from gravity_lint.configuration.settings import Settings
from gravity_lint.model import Service
from gravity_lint.model.api.dependencies import dependencies
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.order import placed_routes
from gravity_lint.model.api.parameters import taken_names
from gravity_lint.model.api.paths import shown
from gravity_lint.model.api.responses import Answering
from gravity_lint.model.api.routing import endpoints, routing
from gravity_lint.model.code.names import External
from gravity_lint.model.outcomes import declared_statuses

HERE = Path(__file__).parent
LAYOUTS = HERE.parent / "layouts"
NAMES = sorted(path.name for path in LAYOUTS.iterdir() if path.is_dir())


@pytest.fixture(scope="session")
def running() -> dict[str, list[dict[str, Any]]]:
    """What the running applications say, by layout."""
    done = subprocess.run(
        [sys.executable, "-P", str(HERE / "running.py"), *(str(LAYOUTS / n) for n in NAMES)]
        if sys.version_info >= (3, 11)
        else [sys.executable, str(HERE / "running.py"), *(str(LAYOUTS / n) for n in NAMES)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)
    return told


def layout(name: str) -> Service:
    files = {
        path.relative_to(LAYOUTS / name).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((LAYOUTS / name).rglob("*.py"))
    }
    return cases.service_of(files, Settings())


def documented(service: Service) -> dict[tuple[str, str], Endpoint]:
    """Return the endpoints that the OpenAPI documents show, by method and path."""
    found: dict[tuple[str, str], Endpoint] = {}
    for endpoint in endpoints(service):
        assert endpoint.paths is not None
        assert endpoint.methods is not None
        for effective in endpoint.paths:
            if endpoint.documented_at(effective):
                for method in endpoint.methods:
                    found.setdefault((method, shown(effective.path)), endpoint)
    return found


def spelled(text: str) -> str:
    """Return the letters of a type, for comparison."""
    return re.sub(r"[^A-Za-z0-9]", "", text.replace("List[", "list["))


def closed(endpoint: Endpoint) -> bool:
    """Tell whether a security scheme of FastAPI stands behind the endpoint."""
    return any(
        isinstance(thing, External) and thing.path.startswith("fastapi.security.")
        for dependency in dependencies(endpoint)
        for thing in (dependency.provider, dependency.made_by)
    )


@pytest.mark.parametrize("name", NAMES)
def test_paths_and_methods(name: str, running: dict[str, list[dict[str, Any]]]) -> None:
    service = layout(name)
    assert routing(service).gaps == []
    real = {(o["method"], o["path"]) for o in running[name]}
    assert set(documented(service)) == real


@pytest.mark.parametrize("name", NAMES)
def test_what_is_inherited(name: str, running: dict[str, list[dict[str, Any]]]) -> None:
    known = documented(layout(name))
    for operation in running[name]:
        endpoint = known[operation["method"], operation["path"]]
        effective = next(p for p in endpoint.paths or () if shown(p.path) == operation["path"])
        assert list(endpoint.tags_at(effective) or ()) == operation["tags"], operation
        assert closed(endpoint) is operation["closed"], operation
        names = taken_names(endpoint)
        assert names is not None
        assert {n.replace("-", "_") for n in operation["parameters"]} <= names, operation


@pytest.mark.parametrize("name", NAMES)
def test_response_models(name: str, running: dict[str, list[dict[str, Any]]]) -> None:
    known = documented(layout(name))
    for operation in running[name]:
        answering = Answering(known[operation["method"], operation["path"]])
        real = operation["model"]
        if real in ("dict", ""):
            continue
        assert answering.model is not None, operation
        ((_, model),) = answering.alternatives
        assert spelled(f.render(model)) == spelled(real)


@pytest.mark.parametrize("name", NAMES)
def test_declared_statuses(name: str, running: dict[str, list[dict[str, Any]]]) -> None:
    known = documented(layout(name))
    for operation in running[name]:
        endpoint = known[operation["method"], operation["path"]]
        assert sorted(declared_statuses(endpoint)) == operation["statuses"], operation


@pytest.mark.parametrize("name", ["given_back", "handed_on", "controllers", "loop_over_pairs"])
def test_no_route_is_there_twice(name: str) -> None:
    routes = [(p.path, p.endpoint.methods) for p in placed_routes(layout(name))]
    assert len(routes) == len(set(routes))
