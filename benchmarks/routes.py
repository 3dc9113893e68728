"""Compare routing tables with the running application's.

    python benchmarks/routes.py DIR --app app.main:app

Each linter that is installed and prints routes is asked for those of DIR. What is right is what the
application itself serves: it is imported by ``--python`` (an interpreter with its dependencies) in
DIR, or its routes stand in a file (``--routes``: a line ``METHOD /path`` each; what follows a ``#``
is a remark). HEAD and OPTIONS are left out, as the framework adds them itself, and so are the
framework's own pages.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

Route = tuple[str, str]

DUMP = """
import importlib, sys
import fastapi.routing
from starlette.routing import Mount
module, _, name = sys.argv[1].partition(":")
sys.path.insert(0, ".")
app = importlib.import_module(module)
for part in (name or "app").split("."):
    app = getattr(app, part)
def walk(routes, prefix):
    # Newer versions keep what is included in objects of its own.
    opened = getattr(fastapi.routing, "iter_route_contexts", list)
    for route in opened(routes):
        made = getattr(route, "original_route", route)
        if isinstance(made, Mount):
            walk(getattr(made.app, "routes", ()), prefix + made.path)
        elif "WebSocket" in type(made).__name__:
            print("WEBSOCKET", prefix + route.path)
        else:
            for method in sorted(getattr(route, "methods", None) or ()):
                print(method, prefix + route.path)
walk(app.routes, "")
"""
OWN_PAGES = ("/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc")
LEFT_OUT = ("HEAD", "OPTIONS")


def normalised(method: str, path: str) -> Route:
    """Return a route without what is only another way to write it."""
    path = re.sub(r"\{([^}:]*)(?::[^}]*)?\}", r"{\1}", path)
    return method.upper(), path or "/"


def chosen(routes: Iterable[Route]) -> set[Route]:
    """Return the routes that are compared."""
    found = {normalised(*route) for route in routes}
    return {
        (method, path)
        for method, path in found
        if method not in LEFT_OUT and not path.endswith(OWN_PAGES)
    }


def stated(text: str) -> set[Route]:
    """Return the routes of lines ``METHOD /path``."""
    rows = (line.partition("#")[0].split() for line in text.splitlines())
    return chosen((row[0], row[1] if len(row) > 1 else "") for row in rows if row)


def of_gravity_lint(text: str) -> set[Route]:
    """Read ``gravity-lint routes --format json``."""
    return chosen((row["method"], row["path"]) for row in json.loads(text)["routes"])


def of_fastapi_lsp(text: str) -> set[Route]:
    """Read ``fastapi-lsp routes --format json``: an object a line, between log lines."""
    rows = (json.loads(line) for line in text.splitlines() if line.startswith("{"))
    return chosen((row["method"], row["path"]) for row in rows)


PEERS: dict[str, tuple[list[str], Callable[[str], set[Route]]]] = {
    "gravity-lint": (["routes", "--format", "json", "."], of_gravity_lint),
    "fastapi-lsp": (["routes", "--format", "json", "."], of_fastapi_lsp),
}


def program(name: str) -> str | None:
    """Return the program *name*, beside this interpreter or on the path."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


def ran(command: list[str], directory: Path) -> str:
    """Return what *command* prints; raise SystemExit where it fails."""
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def main(arguments: list[str] | None = None) -> int:
    """Print a Markdown table: routes found, missing, and wrong, for each program."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--app", help="module:attribute of the application")
    parser.add_argument("--python", default=sys.executable, help="with its dependencies")
    parser.add_argument("--routes", type=Path, help="a file with what the application serves")
    parser.add_argument("--verbose", action="store_true", help="name each missing and wrong route")
    options = parser.parse_args(arguments)
    if (options.app is None) == (options.routes is None):
        parser.error("give --app or --routes: what is right must come from somewhere")
    if options.routes is not None:
        right = stated(options.routes.read_text(encoding="utf-8"))
    else:
        right = stated(ran([options.python, "-c", DUMP, options.app], options.directory))
    print(f"{len(right)} routes of the running application\n")
    print("| | found | missing | wrong |\n|---|---|---|---|")
    for name, (words, read) in PEERS.items():
        path = program(name)
        if path is None:
            print(f"| {name} | not installed | | |")
            continue
        said = read(ran([path, *words], options.directory))
        missing, wrong = right - said, said - right
        print(f"| {name} | {len(right & said)} | {len(missing)} | {len(wrong)} |")
        for what, rows in (("missing", missing), ("wrong", wrong)) if options.verbose else ():
            for method, route in sorted(rows):
                print(f"{name}: {what} {method} {route}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
