"""Paths whose parts, each given by somebody else, say the same thing twice."""

from __future__ import annotations

import msgspec

from gravity_lint.model.api.endpoints import EffectivePath, Endpoint
from gravity_lint.model.api.inclusions import Part
from gravity_lint.model.api.paths import covers
from gravity_lint.model.api.routers import Router
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.sources.spans import Span


class Doubled(msgspec.Struct, frozen=True):
    """The segments that two parts of a path both give, where they meet."""

    text: str
    first: Part
    second: Part


def doubled_segment(effective: EffectivePath) -> Doubled | None:
    """Return where two parts of *effective* repeat each other's segments; None if nowhere.

    ``/api/v1`` before ``/api/v1/users`` repeats two segments, ``/companies``
    before ``/companies/`` one. A parameter repeats nothing, and what a single
    part says twice was meant.
    """
    parts = [part for part in effective.parts if part.text.strip("/")]
    for index, second in enumerate(parts[1:], 1):
        before = [s for part in parts[:index] for s in part.text.strip("/").split("/") if s]
        after = [s for s in second.text.strip("/").split("/") if s]
        for length in range(min(len(before), len(after)), 0, -1):
            run = after[:length]
            if before[-length:] == run and not any("{" in segment for segment in run):
                return Doubled("/" + "/".join(run), parts[index - 1], second)
    return None


def part_to_change(endpoint: Endpoint, doubled: Doubled) -> Part:
    """Return which of the two parts is to go: nothing else may hang on it.

    That is the include, unless some of what it includes repeats nothing, or
    the same is included elsewhere and repeats the other include as well. Where what it includes
    also repeats nothing elsewhere, it is the include after all.
    """
    first, second = doubled.first, doubled.second
    if "include" not in first.giver:
        return second
    shared = any(
        _place(other.first) != _place(first) and _place(other.second) == _place(second)
        for path in endpoint.paths or ()
        if (other := doubled_segment(path)) is not None
    )
    if always_doubles(endpoint, first) and not shared:
        return first
    return second if shared or always_doubles(endpoint, second) else first


def always_doubles(endpoint: Endpoint, part: Part) -> bool:
    """Tell whether every path in which *part* is repeats it, or is repeated by it."""
    every, repeating = _uses(endpoint.module.service)[_place(part)]
    return every == repeating


def overtaken(endpoint: Endpoint, doubled: Doubled) -> tuple[Endpoint, ...]:
    """Return the endpoints whose requests *endpoint* takes once its own route is mended.

    Those that stay where they are, and are added to the same router later; the last one last.
    """
    path, methods = _mended(doubled), endpoint.methods or frozenset()
    return tuple(
        other
        for other in _staying(endpoint)
        if other.order > endpoint.order
        and (other.methods or frozenset()) <= methods
        and covers(path, other.own_path or "")
    )


def overtaking(endpoint: Endpoint, doubled: Doubled) -> Endpoint | None:
    """Return the endpoint that takes the requests of *endpoint* once its own route is mended."""
    path, methods = _mended(doubled), endpoint.methods or frozenset()
    for other in _staying(endpoint):
        if other.order < endpoint.order and methods <= (other.methods or frozenset()):
            if covers(other.own_path or "", path):
                return other
    return None


def already_there(endpoint: Endpoint, doubled: Doubled) -> Endpoint | None:
    """Return the endpoint that has the very path which *endpoint* gets once its route is mended."""
    path, methods = _mended(doubled), endpoint.methods or frozenset()
    for other in _staying(endpoint):
        if methods <= (other.methods or frozenset()):
            if covers(other.own_path or "", path) and covers(path, other.own_path or ""):
                return other
    return None


def _mended(doubled: Doubled) -> str:
    """Return the route's own path without what is there twice."""
    own = doubled.second.text.strip("/").removeprefix(doubled.text.strip("/")).lstrip("/")
    end = "/" if own and doubled.second.text.endswith("/") else ""
    return f"/{own}{end}"


def _staying(endpoint: Endpoint) -> list[Endpoint]:
    """Return what else the router has, in order, but for what has to be mended as well."""
    if not endpoint.methods:
        return []
    staying = _staying_by_router(endpoint.module.service).get(endpoint.router, ())
    return [x for x in staying if x is not endpoint]


@query
def _staying_by_router(service: Service) -> dict[Router | None, list[Endpoint]]:
    found: dict[Router | None, list[Endpoint]] = {}
    for endpoint in sorted(endpoints(service), key=lambda x: x.order):
        if endpoint.methods and not any(map(doubled_segment, endpoint.paths or ())):
            found.setdefault(endpoint.router, []).append(endpoint)
    return found


def _place(part: Part) -> tuple[Module, Span]:
    return part.module, part.span


@query
def _uses(service: Service) -> dict[tuple[Module, Span], tuple[int, int]]:
    """Return how many paths each part is in, and in how many of them it is repeated."""
    found: dict[tuple[Module, Span], tuple[int, int]] = {}
    for endpoint in endpoints(service):
        for path in endpoint.paths or ():
            doubled = doubled_segment(path)
            for part in path.parts:
                repeated = doubled is not None and part in (doubled.first, doubled.second)
                every, repeating = found.get(_place(part), (0, 0))
                found[_place(part)] = every + 1, repeating + repeated
    return found
