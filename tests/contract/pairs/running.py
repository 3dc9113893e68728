"""Tells, in a process of its own, what the applications of the pairs say and answer.

Called with a directory of services and a file that lists for each the requests to make; prints one
JSON object: by service, its OpenAPI document, and the status and the JSON of each answer.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

warnings.simplefilter("ignore")  # about operations that are there twice, for one


async def answers(app: FastAPI, requests: list[dict[str, Any]]) -> list[Any]:
    """Make *requests*; an exception that nothing answers is a 500, as in a server."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    found = []
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for request in requests:
            answer = await client.request(request["method"], request["path"], **request["given"])
            is_json = answer.headers.get("content-type", "").startswith("application/json")
            found.append(
                [answer.status_code, answer.json() if is_json and answer.content else None]
            )
    return found


def main() -> None:
    """Print what every service says."""
    top = Path(sys.argv[1])
    wanted = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    told = {}
    for name, requests in wanted.items():
        before = set(sys.modules)
        sys.path.insert(0, str(top / name))
        app = importlib.import_module("app.main").app
        sys.path.remove(str(top / name))
        told[name] = {"openapi": app.openapi(), "answers": asyncio.run(answers(app, requests))}
        for module in set(sys.modules) - before:
            if module.partition(".")[0] == "app":
                del sys.modules[module]
        importlib.invalidate_caches()
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
