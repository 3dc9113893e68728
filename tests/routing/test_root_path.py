"""What FastAPI does with the ``root_path`` of an application."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI

pytestmark = pytest.mark.filterwarnings("ignore:The `root_path` parameter is deprecated")


async def answer() -> dict[str, int]:
    return {}


def asked(path: str) -> httpx.Response:
    app = FastAPI(root_path="/api")
    app.get("/v1/a")(answer)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/a", 200), ("/api/v1/a", 200), ("/api/api/v1/a", 404)]
)
def test_the_root_path_is_taken_off_before_routing(path: str, status: int) -> None:
    assert asked(path).status_code == status


def test_the_openapi_document_sends_clients_below_the_root_path() -> None:
    assert asked("/openapi.json").json()["servers"] == [{"url": "/api"}]
