"""The routing table as text, JSON and Markdown."""

import json
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, Final, TextIO

import msgspec

from gravity_lint.contract.routing_table import Route, RouteTable, Unresolved
from gravity_lint.reporting.text import columns, counted, encodable, visible


def render_text(table: RouteTable, stream: TextIO) -> None:
    """Write one line per route, under its service."""
    stream.writelines(f"{line}\n" for line in _text(table, verbose=False))


def render_verbose(table: RouteTable, stream: TextIO) -> None:
    """Write one line per route, and below it where each of its statuses comes from."""
    stream.writelines(f"{line}\n" for line in _text(table, verbose=True))


def render_json(table: RouteTable, stream: TextIO) -> None:
    """Write the table as one JSON object, in ASCII."""
    data = msgspec.to_builtins(table)
    for route in data["routes"]:
        del route["ways"]  # for people: it names places in words
    json.dump(_encodable(data), stream, indent=2)
    stream.write("\n")


def render_markdown(table: RouteTable, stream: TextIO) -> None:
    """Write a Markdown table per service."""
    stream.writelines(f"{line}\n" for line in _markdown(table))


FORMATS: Final[dict[str, Callable[[RouteTable, TextIO], None]]] = {
    "text": render_text,
    "json": render_json,
    "markdown": render_markdown,
    "verbose": render_verbose,
}


_HEAD = ("method", "path", "statuses", "auth", "answers with", "endpoint")


def _text(table: RouteTable, *, verbose: bool) -> Iterator[str]:
    for service, routes in _by_service(table):
        yield visible(service)
        head, *lines = columns([_HEAD, *map(_row, routes)])
        yield f"  {head}"
        for route, line in zip(routes, lines, strict=True):
            yield f"  {line}"
            if verbose:
                yield from _ways(route)
        yield ""
    if table.unresolved:
        yield "not known from the source"
        for part in table.unresolved:
            yield f"  {_place(part)}{visible(part.what)}"
        yield ""
    yield f"{counted(len(table.routes), 'route')}, {len(table.unresolved)} unresolved."


def _row(route: Route) -> tuple[str, ...]:
    return (
        route.method,
        visible(route.path),
        " ".join(map(str, route.statuses)) or "-",
        visible(", ".join(route.auth)) or "-",
        visible(route.response_model or "-"),
        f"{visible(route.endpoint)} {visible(route.file)}:{route.line}{_conditional(route)}",
    )


def _ways(route: Route) -> Iterator[str]:
    for way in route.ways:
        yield f"      {way.status}  {visible(way.cause)}"
        for place in way.places:
            yield f"           {visible(place)}"
    if route.tags:
        yield f"      tags {visible(', '.join(route.tags))}"


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


def _encodable(thing: Any) -> Any:
    if isinstance(thing, str):
        return encodable(thing)
    if isinstance(thing, list | tuple):
        return [_encodable(item) for item in thing]
    if isinstance(thing, dict):
        return {key: _encodable(item) for key, item in thing.items()}
    return thing
