"""What language servers tell of endpoints, beside what the running application serves.

    python benchmarks/hover.py DIR --openapi openapi.json --beside "fastapi-lsp --stdio"

Some endpoints of DIR are picked at random, of those whose operation in the application's own
document is certain by its id. Each server is asked what stands at the name of the function; the
first line that begins with a method counts as the route. Each is asked in one session, over real
pipes.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import random
import re
import shlex
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

OURS = f"{shlex.quote(sys.executable)} -m gravity_lint server"
VERBS = ("get", "post", "put", "patch", "delete")
_ROUTE = re.compile(r"\W*(GET|POST|PUT|PATCH|DELETE)[\s*`\"]+([^\s`\"*]+)")
_PATIENCE = 60
_SETTLING = 10
"""Seconds that a server gets to read everything before it is asked."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--openapi", type=Path, required=True)
    parser.add_argument("--beside", help="another server: its command line")
    parser.add_argument("--number", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    root = given.directory.resolve()
    known = sorted(certain(root, json.loads(given.openapi.read_text())))
    picked = random.Random(given.seed).sample(known, min(given.number, len(known)))
    commands = [OURS, *([given.beside] if given.beside else [])]
    told = [asyncio.run(ask(command, root, picked)) for command in commands]
    print(
        "| endpoint | served as |",
        " | ".join(shlex.split(x)[0].split("/")[-1] for x in commands),
        "|",
    )
    print("|---|---|", "---|" * len(commands), sep="")
    for index, (path, line, _, name, route) in enumerate(picked):
        answers = [verdict(texts[index], route) for texts in told]
        place = f"{Path(path).relative_to(root)}:{line}"
        print(f"| `{name}` {place} | `{route}` |", " | ".join(answers), "|")
    for command, texts in zip(commands, told, strict=True):
        right = sum(route_in(text) == row[4] for text, row in zip(texts, picked, strict=True))
        print(f"\n{command}: {right} of {len(picked)} routes as served")
        for text in texts[:1]:
            print(text)


def certain(root: Path, document: dict) -> Iterator[tuple[str, int, int, str, str]]:
    """Yield endpoints whose operation is certain: file, line, column, name, route."""
    functions = list(decorated(root))
    times = Counter((name, verb) for _, _, _, name, verb in functions)
    operations: dict[tuple[str, str], list[str]] = {}
    for path, methods in document["paths"].items():
        for verb, operation in methods.items():
            for name in {name for _, _, _, name, _ in functions}:
                ids = (re.sub(r"\W", "_", f"{name}{path}") + f"_{verb}",)
                given = operation.get("operationId", "")
                if given in ids or given.rpartition("-")[2] == name:
                    operations.setdefault((name, verb), []).append(path)
    for file, line, column, name, verb in functions:
        found = operations.get((name, verb), [])
        if times[name, verb] == 1 and len(found) == 1:
            yield file, line, column, name, f"{verb.upper()} {found[0]}"


def decorated(root: Path) -> Iterator[tuple[str, int, int, str, str]]:
    """Yield the functions that a decorator called like a method registers."""
    for file in sorted(root.rglob("*.py")):
        try:
            text = file.read_text()
            tree = ast.parse(text)
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            verbs = [
                d.func.attr
                for d in node.decorator_list
                if isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute)
            ]
            if len(verbs) == 1 and verbs[0] in VERBS:
                line = text.splitlines()[node.lineno - 1]
                yield str(file), node.lineno, line.index(node.name), node.name, verbs[0]


async def ask(command: str, root: Path, picked: list[tuple[str, int, int, str, str]]) -> list[str]:
    """Return what the server says of each endpoint."""
    client = LanguageClient("hover", "1")

    @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def take(parameters: lsp.PublishDiagnosticsParams) -> None:
        pass

    program, *arguments = shlex.split(command)
    await client.start_io(program, *arguments)
    await client.initialize_async(
        lsp.InitializeParams(
            capabilities=lsp.ClientCapabilities(),
            root_uri=root.as_uri(),
            workspace_folders=[lsp.WorkspaceFolder(root.as_uri(), root.name)],
        )
    )
    client.initialized(lsp.InitializedParams())
    await asyncio.sleep(_SETTLING)
    told = []
    for path, line, column, _, _ in picked:
        uri = Path(path).as_uri()
        item = lsp.TextDocumentItem(uri, "python", 1, Path(path).read_text())
        client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        await asyncio.sleep(0.3)
        document = lsp.TextDocumentIdentifier(uri)
        asked = lsp.HoverParams(document, lsp.Position(line - 1, column + 1))
        try:
            found = await asyncio.wait_for(client.text_document_hover_async(asked), _PATIENCE)
        except asyncio.TimeoutError:
            found = None
        contents = found.contents if found is not None else ""
        told.append(contents.value if isinstance(contents, lsp.MarkupContent) else str(contents))
        client.text_document_did_close(lsp.DidCloseTextDocumentParams(document))
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
    return told


def route_in(text: str) -> str | None:
    """Return the first route that *text* names."""
    for line in text.splitlines():
        found = _ROUTE.match(line)
        if found is not None:
            return f"{found[1]} {found[2]}"
    return None


def verdict(text: str, route: str) -> str:
    """Return what *text* says of the route, and what else it tells of."""
    told = route_in(text)
    if told is None:
        return "nothing"
    also = [
        word
        for word, pattern in (
            ("model", r"response model|answers with"),
            ("callers", r"who may call"),
            ("dependencies", r"\bdeps\b|dependencies"),
            ("statuses", r"\| \*\*\d{3}"),
            ("tests", r"\*\*tests\*\*"),
        )
        if re.search(pattern, text)
    ]
    mark = "as served" if told == route else f"`{told}`"
    return f"{mark}; {', '.join(also)}" if also else mark


if __name__ == "__main__":
    main()
