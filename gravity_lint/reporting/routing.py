"""The routing table as text, JSON and Markdown."""

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, TextIO

import msgspec

from gravity_lint.contract.openapi import Writer
from gravity_lint.contract.routing_table import Route, RouteTable, Unresolved
from gravity_lint.reporting.summary import width_of
from gravity_lint.reporting.text import counted, encodable_data, visible, write_json


def render_text(table: RouteTable, stream: TextIO, base: str = "") -> None:
    """Write two lines per route, under its service; *base* leads from here to its files."""
    page = _Page(base, width_of(stream))
    stream.writelines(f"{line}\n" for line in page.lines(table, verbose=False))


def render_verbose(table: RouteTable, stream: TextIO, base: str = "") -> None:
    """Write the same, and below each route where each of its statuses comes from."""
    page = _Page(base, width_of(stream))
    stream.writelines(f"{line}\n" for line in page.lines(table, verbose=True))


def render_json(table: RouteTable, stream: TextIO, base: str = "") -> None:
    """Write the table as one JSON object, in ASCII; models are below ``schemas``, by reference."""
    writer = Writer("#/schemas/")
    rows = []
    for route in table.routes:
        row = msgspec.structs.asdict(route)
        del row["ways"]  # for people: it names places in words
        operation = row.pop("operation")
        rows.append({**row, **(writer.operation(operation) if operation is not None else {})})
    data: dict[str, Any] = {
        "routes": rows,
        "unresolved": msgspec.to_builtins(table.unresolved),
        "schemas": dict(sorted(writer.schemas.items())),
    }
    write_json(encodable_data(data), stream, 2)


def render_markdown(table: RouteTable, stream: TextIO, base: str = "") -> None:
    """Write a Markdown table per service."""
    stream.writelines(f"{line}\n" for line in _markdown(table))


FORMATS: Final[dict[str, Callable[[RouteTable, TextIO, str], None]]] = {
    "text": render_text,
    "json": render_json,
    "markdown": render_markdown,
    "verbose": render_verbose,
}


_ALIGNED = 44
"""How far to the right statuses are aligned; behind a longer path they follow at once."""


class _Page:
    """Lays the table out: lines fit into *width* cells (None: as long as they get).

    They are broken between words only. Places can be followed from the working
    directory: *base* leads to what they are relative to.
    """

    def __init__(self, base: str, width: int | None) -> None:
        self._base = base
        self._width = width

    def lines(self, table: RouteTable, *, verbose: bool) -> Iterator[str]:
        for service, routes in _by_service(table):
            yield visible(service)
            methods = max(len(route.method) for route in routes)
            paths = min(max(len(visible(route.path)) for route in routes), _ALIGNED)
            for route in routes:
                yield from self._route(route, methods, paths)
                if verbose:
                    yield from self._ways(route)
            yield ""
        if table.unresolved:
            yield "not known from the source"
            for part in table.unresolved:
                place = f"{self._there(part.file)}:{part.line}: " if part.file else ""
                yield from self._filled("  ", "    ", [f"{place}{visible(part.what)}"])
            yield ""
        yield f"{counted(len(table.routes), 'route')}, {len(table.unresolved)} unresolved."

    def _route(self, route: Route, methods: int, paths: int) -> Iterator[str]:
        indent = " " * (methods + 4)
        head = f"  {route.method.ljust(methods)}  {visible(route.path).ljust(paths)}"
        statuses = " ".join(map(str, route.statuses))
        auth = f"[{visible(', '.join(route.auth))}]" if route.auth else ""
        yield from self._filled(head, indent, [statuses, auth], gap="  ")
        place = f"{self._there(route.file)}:{route.line} {visible(route.endpoint)}"
        model = f"-> {visible(route.response_model)}" if route.response_model else ""
        yield from self._filled(indent, indent, [f"{place}{_conditional(route)}", model], gap="")

    def _ways(self, route: Route) -> Iterator[str]:
        for way in route.ways:
            yield from self._filled(f"      {way.status}  ", " " * 11, [visible(way.cause)])
            for place in way.places:
                yield from self._filled(" " * 11, " " * 13, [self._there(visible(place))])
        if route.tags:
            yield from self._filled("      ", " " * 11, [f"tags {visible(', '.join(route.tags))}"])

    def _there(self, file: str) -> str:
        """Return *file*, be it with more behind it, as it is found from the working directory."""
        return visible(os.path.normpath(os.path.join(self._base, file)).replace(os.sep, "/"))

    def _filled(
        self, head: str, indent: str, pieces: Sequence[str], gap: str = ""
    ) -> Iterator[str]:
        """Yield *head* and behind it *pieces*, on as many lines as they need."""
        line = head
        for piece in filter(None, pieces):
            width = self._width
            fits = width is None or len(line) + len(gap) + len(piece) <= width
            if fits or not line.strip() or len(indent) + len(piece) > (width or 0):
                line = f"{line}{gap}{piece}"
            else:
                yield line.rstrip()
                line = f"{indent}{piece}"
            if not gap:
                line += " "
            while self._width is not None and len(line.rstrip()) > self._width:
                cut = line.rfind(" ", len(indent) + 1, self._width + 1)
                if cut < 0:
                    break  # one word that is longer than a line
                yield line[:cut].rstrip()
                line = f"{indent}{line[cut:].lstrip()}"
        yield line.rstrip()


def _place(part: Unresolved) -> str:
    return f"{visible(part.file)}:{part.line}: " if part.file else ""


def _markdown(table: RouteTable) -> Iterator[str]:
    for service, routes in _by_service(table):
        yield f"## {_cell(service)}"
        yield ""
        yield "| method | path | endpoint | answers with | statuses | auth | tags |"
        yield "|---|---|---|---|---|---|---|"
        for route in routes:
            cells = (
                route.method,
                _code(route.path),
                f"{_code(route.endpoint)} {_cell(route.file)}:{route.line}{_conditional(route)}",
                _code(route.response_model) if route.response_model else "",
                ", ".join(map(str, route.statuses)),
                ", ".join(map(_code, route.auth)),
                _cell(", ".join(route.tags)),
            )
            yield f"| {' | '.join(cells)} |"
        yield ""
    if table.unresolved:
        yield "## Not known from the source"
        yield ""
        for part in table.unresolved:
            yield f"- {_cell(_place(part))}{_cell(part.what)}"
        yield ""


def _by_service(table: RouteTable) -> Iterator[tuple[str, list[Route]]]:
    ordered = sorted(table.routes, key=lambda route: route.service)
    for service, routes in groupby(ordered, key=lambda route: route.service):
        yield service, list(routes)


def _conditional(route: Route) -> str:
    return " (conditional)" if route.conditional else ""


def _code(text: str) -> str:
    return f"`{_cell(text).replace('`', '')}`"


def _cell(text: str) -> str:
    return visible(text).replace("|", "\\|")
