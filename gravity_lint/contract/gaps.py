"""What the source does not tell of the routing of a service, and of who may call it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from gravity_lint import facts as f
from gravity_lint.model import Service
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.inclusions import ways
from gravity_lint.model.api.routers import routers
from gravity_lint.model.api.routing import routing
from gravity_lint.model.auth.authentication import (
    authenticated,
    authenticates,
    out_of_view,
    ways_in,
)
from gravity_lint.sources.spans import START, Span


class Gap(msgspec.Struct, frozen=True):
    """Something that is not known: *what* it is, at *span* of the file at the absolute *path*."""

    path: str
    span: Span
    what: str


def gaps_of_files(service: Service, problems: Sequence[tuple[str, str]]) -> Iterator[Gap]:
    """Yield the files that could not be read, with why, and those that do not parse."""
    for path, problem in problems:
        yield Gap(path, START, problem)
    for module in service.modules:
        fault = module.facts.fault
        if fault is not None:
            yield Gap(module.path, fault.span, f"the file does not parse: {fault.message}")


def gaps_of_routing(service: Service, endpoints: Sequence[Endpoint]) -> Iterator[Gap]:
    """Yield what is not known of the routing, and of where *endpoints* are."""
    for gap in routing(service).gaps:
        yield Gap(gap.module.path, gap.span, gap.what)
    if endpoints and not any(router.is_app for router in routers(service)):
        first = endpoints[0]
        what = "no application is in view; paths begin at the routers"
        yield Gap(first.module.path, first.span, what)
    for endpoint in endpoints:
        lacking = _missing(endpoint)
        if lacking is not None:
            yield Gap(endpoint.module.path, endpoint.span, lacking)


def unplaced(endpoints: Iterable[Endpoint]) -> Iterator[Endpoint]:
    """Yield those of *endpoints* that answer somewhere, it is not known where."""
    return (x for x in endpoints if _missing(x) is not None and _has_way(x))


def adrift(endpoints: Iterable[Endpoint]) -> Iterator[Endpoint]:
    """Yield those of *endpoints* to which no way is known: one that is not may lead there."""
    return (x for x in endpoints if _missing(x) is not None and not _has_way(x))


def gaps_of_access(endpoints: Sequence[Endpoint]) -> Iterator[Gap]:
    """Yield once each what may authenticate the callers of *endpoints*, out of view."""
    seen: set[str] = set()
    for endpoint in endpoints:
        if endpoint.websocket or authenticated(endpoint) is not None:
            continue
        rows = [(endpoint.function.module, x) for x in out_of_view(endpoint)]
        rows += [
            (dependency.scope.module, dependency.given)
            for dependency in next(ways_in(endpoint))
            if authenticates(dependency) is None and dependency.given is not None
        ]
        for module, expression in rows:
            what = f"whether `{f.render(expression)}` authenticates"
            if what not in seen:
                seen.add(what)
                yield Gap(module.path, expression.span, what)


def within(gaps: Iterator[Gap], paths: Collection[str]) -> Iterator[Gap]:
    """Yield those of *gaps* that lie in the files *paths*."""
    return (gap for gap in gaps if gap.path in paths)


def _missing(endpoint: Endpoint) -> str | None:
    """Return what keeps *endpoint* out of the table, unless a gap of the routing says so."""
    if endpoint.methods is None:
        return f"methods of {endpoint.name}"
    if endpoint.paths is not None or endpoint.own_path is None or endpoint.router is None:
        return None
    shown_path = endpoint.own_path or "/"
    if endpoint.router.prefix is None:
        return f"prefix of the router of {endpoint.name}, `{shown_path}`"
    if _has_way(endpoint) or routing(endpoint.module.service).gaps:
        return f"where `{shown_path}` ({endpoint.name}) is included: the way there is not known"
    return f"where `{shown_path}` ({endpoint.name}) is included: no way from an application"


def _has_way(endpoint: Endpoint) -> bool:
    """Tell whether there is a way to *endpoint*, or so little is known of it that there may be."""
    router = endpoint.router
    if router is None or router.prefix is None or endpoint.own_path is None:
        return True
    return endpoint.methods is None or any(True for _ in ways(router))
