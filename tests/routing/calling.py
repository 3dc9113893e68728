"""Tells, in a process of its own, with which status each endpoint really answers.

Called with directories of small services; prints one JSON object: by service,
path and status of a GET on every path of its application.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from pathlib import Path

import httpx
from fastapi import FastAPI


async def statuses(app: FastAPI) -> dict[str, int]:
    """Call every path of *app*; an exception that nothing answers is a 500, as in a server."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return {path: (await client.get(path)).status_code for path in app.openapi()["paths"]}


def main() -> None:
    """Print what every service answers."""
    told = {}
    for name in sys.argv[1:]:
        before = set(sys.modules)
        sys.path.insert(0, name)
        app = importlib.import_module("app.main").app
        sys.path.remove(name)
        told[Path(name).name] = asyncio.run(statuses(app))
        for module in set(sys.modules) - before:
            if module.partition(".")[0] == "app":
                del sys.modules[module]
        importlib.invalidate_caches()
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
