"""Routes as symbols of a document or of all folders, and as lines above their endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from gravity_lint.hosts.server import routes
from gravity_lint.hosts.server.pages import Pages
from gravity_lint.model import Module, Service
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.routing import endpoints

_KIND = lsp.SymbolKind.Interface


def symbols(module: Module, pages: Pages) -> list[lsp.DocumentSymbol]:
    """Return the routes of one file."""
    page = pages.page(module.path)
    return [
        lsp.DocumentSymbol(
            name=line.text,
            kind=_KIND,
            range=page.range(endpoint.function.definition.whole),
            selection_range=page.range(endpoint.function.span),
            detail=endpoint.name,
        )
        for endpoint in _of(module)
        for line in routes.lines(endpoint)
    ]


def lenses(module: Module, pages: Pages) -> list[lsp.CodeLens]:
    """Return what stands above each endpoint of one file."""
    page = pages.page(module.path)
    return [
        lsp.CodeLens(
            range=page.range(endpoint.function.span),
            command=lsp.Command(routes.summary(endpoint), ""),
        )
        for endpoint in _of(module)
    ]


def hints(module: Module, place: lsp.Range, pages: Pages) -> list[lsp.InlayHint]:
    """Return the same for editors without lenses: it stands behind the line of the name."""
    page = pages.page(module.path)
    lines = (place.start.line, place.end.line)
    return [
        lsp.InlayHint(page.line(line).end, routes.summary(endpoint), padding_left=True)
        for endpoint in _of(module)
        if lines[0] < (line := endpoint.function.span.line) <= lines[1] + 1
    ]


def found(service: Service, wanted: str, pages: Pages) -> Iterator[lsp.WorkspaceSymbol]:
    """Yield the routes of *service* in which all words of *wanted* stand, in any case."""
    words = wanted.lower().split()
    for endpoint in endpoints(service):
        function = endpoint.function
        for line in routes.lines(endpoint):
            spoken = f"{line.text} {endpoint.name}".lower()
            if all(word in spoken for word in words):
                place = pages.page(function.module.path).range(function.span)
                yield lsp.WorkspaceSymbol(
                    location=lsp.Location(pages.uri(function.module.path), place),
                    name=line.text,
                    kind=_KIND,
                    container_name=function.label,
                )


def _of(module: Module) -> Iterator[Endpoint]:
    for endpoint in endpoints(module.service):
        if endpoint.function.module is module:
            yield endpoint
