"""What language servers tell of endpoints, beside what the running application serves.

    python benchmarks/hover.py DIR --openapi openapi.json --beside "fastapi-lsp --stdio"

Some endpoints of DIR are picked at random, of those whose operation in the application's own
document is certain by its id or its summary. Each server is asked what stands at the name of the
function; the first line that begins with a method counts as the route. Each is asked in one
session, over real pipes. What gravity-lint tells beyond that is compared with the document, too:
parameters, body, security schemes, response model and statuses. A status that only an
exception leads to stands in no document, so it counts neither for nor against.
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
from typing import NamedTuple

from lsprotocol import types as lsp
from promised import compared
from pygls.lsp.client import LanguageClient

OURS = f"{shlex.quote(sys.executable)} -m gravity_lint server"
VERBS = ("get", "post", "put", "patch", "delete")
_ROUTE = re.compile(r"\W*(GET|POST|PUT|PATCH|DELETE)[\s*`\"]+([^\s`\"*]+)")
_PATIENCE = 60
_SETTLING = 10
"""Seconds that a server gets to read everything before it is asked."""


class Known(NamedTuple):
    """An endpoint, and the operation that it certainly is."""

    file: str
    line: int
    column: int
    name: str
    route: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--openapi", type=Path, required=True)
    parser.add_argument("--beside", help="another server: its command line")
    parser.add_argument("--number", type=int, default=10, help="0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--brief", action="store_true", help="no table: sums and disagreements")
    given = parser.parse_args()
    root = given.directory.resolve()
    document = json.loads(given.openapi.read_text())
    known = sorted(certain(root, document))
    number = min(given.number or len(known), len(known))
    picked = sorted(random.Random(given.seed).sample(known, number))
    commands = [OURS, *([given.beside] if given.beside else [])]
    told = [asyncio.run(ask(command, root, picked)) for command in commands]
    if not given.brief:
        print_table(root, picked, commands, told)
    for command, texts in zip(commands, told, strict=True):
        right = sum(route_in(text) == row.route for text, row in zip(texts, picked, strict=True))
        print(f"\n{command}: {right} of {len(picked)} routes as served")
    print_comparison(picked, told[0], document)


def print_table(
    root: Path, picked: list[Known], commands: list[str], told: list[list[str]]
) -> None:
    names = [shlex.split(x)[0].split("/")[-1] for x in commands]
    print("| endpoint | served as |", " | ".join(names), "|")
    print("|---|---|", "---|" * len(commands), sep="")
    for index, row in enumerate(picked):
        answers = [verdict(texts[index], row.route) for texts in told]
        place = f"{Path(row.file).relative_to(root)}:{row.line}"
        print(f"| `{row.name}` {place} | `{row.route}` |", " | ".join(answers), "|")


def print_comparison(picked: list[Known], texts: list[str], document: dict) -> None:
    """Print how often what was told is what the document says, and each disagreement."""
    right: Counter[str] = Counter()
    open_: Counter[str] = Counter()
    rows = []
    for row, text in zip(picked, texts, strict=True):
        if route_in(text) != row.route:
            rows.append(f"- `{row.route}` `{row.name}`: told as `{route_in(text)}`")
            continue
        for one in compared(text, row.route, document):
            if not one.told and not one.served:
                right[one.part] += 1
            elif not one.told and one.unknown:
                open_[one.part] += 1
                why = "; ".join(sorted(" ".join(x) for x in one.unknown))
                rows.append(f"- open: `{row.route}` {one.part} ({why})")
            else:
                right[one.part] += 0
                told, served = sorted(one.told) or "no more", sorted(one.served) or "no more"
                rows.append(f"- **other**: `{row.route}` {one.part}: told {told}, served {served}")
    parts = ", ".join(f"{part} {number}" for part, number in right.items())
    print(f"\nof {len(picked)} as in the document: {parts}")
    print(f"said not to be known: {', '.join(f'{x} {n}' for x, n in open_.items()) or 'nothing'}\n")
    print("\n".join(rows))


def certain(root: Path, document: dict) -> Iterator[Known]:
    """Yield endpoints whose operation is certain."""
    functions = list(decorated(root))
    times = Counter((name, verb) for _, _, _, name, verb in functions)
    titles = Counter((_title(name), verb) for _, _, _, name, verb in functions)
    by_id: dict[tuple[str, str], list[str]] = {}
    by_title: dict[tuple[str, str], list[str]] = {}
    names = {name for _, _, _, name, _ in functions}
    for path, methods in document["paths"].items():
        for verb, operation in methods.items():
            given = operation.get("operationId", "")
            end = re.sub(r"\W", "_", path) + f"_{verb}"
            for name in {given.removesuffix(end), given.rpartition("-")[2]} & names:
                by_id.setdefault((name, verb), []).append(path)
            by_title.setdefault((operation.get("summary", ""), verb), []).append(path)
    for file, line, column, name, verb in functions:
        found = by_id.get((name, verb), [])
        alone = times[name, verb] == 1
        if not found:
            found = by_title.get((_title(name), verb), [])
            alone = titles[_title(name), verb] == 1
        if alone and len(found) == 1:
            yield Known(file, line, column, name, f"{verb.upper()} {found[0]}")


def _title(name: str) -> str:
    """Return the summary that FastAPI makes of the name of a function."""
    return name.replace("_", " ").title()


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


async def ask(command: str, root: Path, picked: list[Known]) -> list[str]:
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
    opened = ""
    for row in picked:
        uri = Path(row.file).as_uri()
        document = lsp.TextDocumentIdentifier(uri)
        if row.file != opened:
            item = lsp.TextDocumentItem(uri, "python", 1, Path(row.file).read_text())
            client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
            await asyncio.sleep(0.3)
            opened = row.file
        asked = lsp.HoverParams(document, lsp.Position(row.line - 1, row.column + 1))
        try:
            found = await asyncio.wait_for(client.text_document_hover_async(asked), _PATIENCE)
        except asyncio.TimeoutError:
            found = None
        contents = found.contents if found is not None else ""
        told.append(contents.value if isinstance(contents, lsp.MarkupContent) else str(contents))
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
