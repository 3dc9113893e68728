"""Tells, in a process of its own, what the applications of the layouts really answer.

Called with the layouts' directories; prints one JSON object: by layout, what the
OpenAPI documents of its applications say. With ``--documents`` in front, the
documents themselves, each with the path under which its application is mounted.
Each layout is imported freshly, from its own root.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount

WORDS = {"integer": "int", "string": "str", "object": "dict"}
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def described(schema: dict[str, Any]) -> str:
    """Return what a schema is, in words that a type expression can be put into as well."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if schema.get("type") == "array":
        return f"list_{described(schema['items'])}"
    kind = str(schema.get("type", ""))
    return WORDS.get(kind, kind)


def operations(app: FastAPI, prefix: str = "") -> list[dict[str, Any]]:
    """Return the operations of *app* and of the applications mounted on it."""
    found = []
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            if method not in METHODS:
                continue
            answer = next(
                (a for status, a in operation["responses"].items() if status.startswith("2")), {}
            )
            schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
            found.append(
                {
                    "method": method.upper(),
                    "path": prefix + path,
                    "tags": operation.get("tags", []),
                    "closed": bool(operation.get("security")),
                    "parameters": sorted(p["name"] for p in operation.get("parameters", [])),
                    "statuses": sorted(int(s) for s in operation["responses"]),
                    "model": described(schema),
                }
            )
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, FastAPI):
            found += operations(route.app, prefix + route.path)
    return found


def documents(app: FastAPI, prefix: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Return the documents of *app* and of the applications mounted on it."""
    found = [(prefix, app.openapi())]
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, FastAPI):
            found += documents(route.app, prefix + route.path)
    return found


def applications(layout: Path) -> list[FastAPI]:
    """Import the layout's main module; return its applications, those mounted left out."""
    main = next(layout.rglob("main.py"))
    root = main.parent.parent
    sys.path.insert(0, str(root))
    try:
        module = importlib.import_module(f"{main.parent.name}.main")
    finally:
        sys.path.remove(str(root))
    found = [x for x in vars(module).values() if isinstance(x, FastAPI)]
    mounted = {id(r.app) for app in found for r in app.routes if isinstance(r, Mount)}
    return [app for app in {id(x): x for x in found}.values() if id(app) not in mounted]


def main() -> None:
    """Print what every layout answers."""
    told: dict[str, list[Any]] = {}
    ask = documents if sys.argv[1] == "--documents" else operations
    for name in sys.argv[2:] if ask is documents else sys.argv[1:]:
        before = set(sys.modules)
        told[Path(name).name] = [o for app in applications(Path(name)) for o in ask(app)]
        for module in set(sys.modules) - before:
            if module.partition(".")[0] in ("app", "shop"):
                del sys.modules[module]
        importlib.invalidate_caches()
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
