"""The routing table as text, JSON and Markdown."""

import json
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, Final, TextIO

import msgspec

from gravity_lint.reporting.text import columns, counted, encodable, visible
from gravity_lint.routes import Route, RouteTable


def render_text(table: RouteTable, stream: TextIO) -> None:
    """Write two lines per route, under its service: what it answers, and how."""
    stream.writelines(f"{line}\n" for line in _text(table))


def render_json(table: RouteTable, stream: TextIO) -> None:
    """Write the table as one JSON object, in ASCII."""
    json.dump(_encodable(msgspec.to_builtins(table)), stream, indent=2)
    stream.write("\n")


def render_markdown(table: RouteTable, stream: TextIO) -> None:
    """Write a Markdown table per service."""
    stream.writelines(f"{line}\n" for line in _markdown(table))


FORMATS: Final[dict[str, Callable[[RouteTable, TextIO], None]]] = {
    "text": render_text,
    "json": render_json,
    "markdown": render_markdown,
}


def _text(table: RouteTable) -> Iterator[str]:
    for service, routes in _by_service(table):
        yield visible(service)
        heads = columns([[route.method, visible(route.path)] for route in routes])
        for route, head in zip(routes, heads, strict=True):
            yield f"  {head}"
            place = f"{visible(route.file)}:{route.line}"
            yield f"      {visible(route.endpoint)} at {place}{_conditional(route)}"
            details = "; ".join(f"{name}: {text}" for name, text in _details(route))
            if details:
                yield f"      {details}"
        yield ""
    if table.unresolved:
        yield "not known from the source"
        for part in table.unresolved:
            yield f"  {visible(part.file)}:{part.line}: {visible(part.what)}"
        yield ""
    yield f"{counted(len(table.routes), 'route')}, {len(table.unresolved)} unresolved."


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
            yield f"- {_cell(part.file)}:{part.line}: {_cell(part.what)}"
        yield ""


def _by_service(table: RouteTable) -> Iterator[tuple[str, list[Route]]]:
    ordered = sorted(table.routes, key=lambda route: route.service)
    for service, routes in groupby(ordered, key=lambda route: route.service):
        yield service, list(routes)


def _details(route: Route) -> Iterator[tuple[str, str]]:
    if route.response_model:
        yield "answers", visible(route.response_model)
    if route.statuses:
        yield "statuses", ", ".join(map(str, route.statuses))
    if route.auth:
        yield "auth", visible(", ".join(route.auth))
    if route.tags:
        yield "tags", visible(", ".join(route.tags))


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
