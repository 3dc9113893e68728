"""Who is named for a change: services of the run that certainly lean on what has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gravity_lint.contract import sides
from gravity_lint.contract.changes import Change
from tests.revisions.repositories import write

BOATS = """
from fastapi import APIRouter, FastAPI

app = FastAPI()
router = APIRouter(prefix="/api/v1")


@router.get("/boats/{boat_id}")
async def get_boat(boat_id: int): ...


@router.post("/boats")
async def create_boat(): ...


@app.get("/health")
async def health(): ...


app.include_router(router)
"""
SETTINGS = """
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    BOATS_SERVICE_URL: str = "http://localhost:8001"
    DOCKS_SERVICE_URL: str = "http://localhost:8002"


settings = Settings()
"""
HEAD = "import httpx\nfrom app.settings import settings\n\n\n"
PUBLISHING = """
class EventBus:
    async def publish(self, event_type: str, payload: dict) -> None: ...

    def subscribe(self, event_type: str): ...


event_bus = EventBus()
"""


def service(name: str, **files: str) -> dict[str, str]:
    """Return the files of the service *name*, ``app/`` before each."""
    named = {f"{name}/app/{file}.py": text for file, text in files.items()}
    return {f"{name}/pyproject.toml": "", f"{name}/app/__init__.py": "", **named}


def compared(top: Path, before: dict[str, str], after: dict[str, str]) -> tuple[Change, ...]:
    write(top / "old", before)
    write(top / "new", {**before, **after})
    return sides.between(str(top / "old"), str(top / "new")).changes


def called(code: str, tmp_path: Path, gone: str = "/boats/{boat_id}") -> list[tuple[str, int]]:
    """Return who is said to call the endpoint that has *gone*, of a service with *code*."""
    other = service("docks", settings=SETTINGS, client=HEAD + code)
    files = {**service("boats", main=BOATS), **other}
    changes = compared(tmp_path, files, {"boats/app/main.py": BOATS.replace(gone, "/elsewhere")})
    (change,) = [x for x in changes if x.kind == "endpoint-moved"]
    return [(name, place.span.line) for name, place in change.callers]


@pytest.mark.parametrize(
    "code",
    [
        "async def f(n: int):\n    async with httpx.AsyncClient() as client:\n"
        '        await client.get(f"{settings.BOATS_SERVICE_URL}/api/v1/boats/{n}")\n',
        'async def f(n: int):\n    url = f"{settings.BOATS_SERVICE_URL}/api/v1/boats/{n}?full=1"\n'
        "    async with httpx.AsyncClient() as client:\n        await client.get(url)\n",
        "async def f(n: int):\n\n"
        '    httpx.get("http://boats-service:8000/api/v1/boats/" + str(n))\n',
        "class Client:\n    def __init__(self):\n"
        '        self.http = httpx.AsyncClient(base_url="")\n\n'
        "    async def f(self, n: int):\n"
        '        await self.http.request("GET", f"/api/v1/boats/{n}")\n',
    ],
    ids=["settings", "variable", "literal host", "client class"],
)
def test_a_literal_path_names_its_caller(code: str, tmp_path: Path) -> None:
    ((name, _),) = called(code, tmp_path)
    assert name == "docks"


@pytest.mark.parametrize(
    "code",
    [
        "async def f(n: int):\n    async with httpx.AsyncClient() as client:\n"
        '        await client.get(f"{settings.DOCKS_SERVICE_URL}/api/v1/boats/{n}")\n',
        "async def f(n: int):\n    async with httpx.AsyncClient() as client:\n"
        '        await client.post(f"{settings.BOATS_SERVICE_URL}/api/v1/boats/{n}")\n',
        "async def f(path: str):\n    async with httpx.AsyncClient() as client:\n"
        '        await client.get(f"{settings.BOATS_SERVICE_URL}{path}")\n',
        "async def f(cache, n: int):\n"
        '    await cache.get(f"{settings.BOATS_SERVICE_URL}/api/v1/boats/{n}")\n',
    ],
    ids=["another service", "another method", "a path that is filled in", "no client"],
)
def test_what_is_not_certain_names_nobody(code: str, tmp_path: Path) -> None:
    assert called(code, tmp_path) == []


def test_a_path_that_every_service_has_names_nobody_without_a_host(tmp_path: Path) -> None:
    code = 'async def f(client: httpx.AsyncClient):\n    await client.get("/health")\n'
    assert called(code, tmp_path, gone="/health") == []


def test_a_service_is_called_where_its_folder_has_another_name(tmp_path: Path) -> None:
    code = 'async def f(n: int):\n    httpx.get(f"{settings.BOATS_SERVICE_URL}/api/v1/boats/{n}")\n'
    other = service("docks", settings=SETTINGS, client=HEAD + code)
    write(tmp_path / "old", {**service("boats", main=BOATS), **other})
    retyped = BOATS.replace("boat_id: int", "boat_id: str")
    assert retyped != BOATS
    write(tmp_path / "new", {**service("ships", main=retyped), **other})
    (change,) = sides.between(str(tmp_path / "old"), str(tmp_path / "new")).changes
    assert (change.kind, change.service) == ("parameter-retyped", "ships")
    assert [name for name, _ in change.callers] == ["docks"]


def test_subscribers_of_an_event(tmp_path: Path) -> None:
    told = (
        'async def sell(number: int):\n    await event_bus.publish("boat.sold", {"id": number})\n'
    )
    heard = '@event_bus.subscribe("boat.sold")\nasync def sold(payload: dict): ...\n'
    files = {
        **service("boats", events=PUBLISHING + told),
        **service("docks", events=PUBLISHING + heard),
    }
    renamed = PUBLISHING + told.replace("boat.sold", "boat.gone")
    changes = compared(tmp_path, files, {"boats/app/events.py": renamed})
    (change,) = [x for x in changes if x.kind == "event-unpublished"]
    assert [name for name, _ in change.callers] == ["docks"]


def test_readers_of_a_cache_key(tmp_path: Path) -> None:
    head = "import redis.asyncio as redis\n\nclient = redis.Redis()\n\n\n"
    wrote = 'async def put(n: int, text: str):\n    await client.set(f"boat:{n}", text, ex=60)\n'
    read = 'async def take(n: int):\n    return await client.get(f"boat:{n}")\n'
    files = {**service("boats", cache=head + wrote), **service("docks", cache=head + read)}
    changes = compared(
        tmp_path, files, {"boats/app/cache.py": head + wrote.replace("boat:", "ship:")}
    )
    (change,) = [x for x in changes if x.kind == "cache-key-removed"]
    assert [name for name, _ in change.callers] == ["docks"]
