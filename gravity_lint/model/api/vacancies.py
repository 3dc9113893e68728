"""Which paths of an application are taken already, for those who want to move a route there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from gravity_lint.model.api.endpoints import EffectivePath, Endpoint
from gravity_lint.model.api.order import Placed, at_path, placed_routes, takes_all
from gravity_lint.model.api.paths import covers
from gravity_lint.model.api.routers import Router
from gravity_lint.model.api.versions import Moved, Spot, Versions, begins

T = TypeVar("T")


class Tenant(msgspec.Struct, frozen=True):
    """Whose path takes requests for another one; *exactly* tells whether both are the same."""

    endpoint: Endpoint
    path: str
    exactly: bool


def tenant_of(versions: Versions, moved: Moved) -> Tenant | None:
    """Return who takes all requests of an endpoint that is *moved*.

    Only routes whose paths begin as they should are asked: the others will move as well. Where
    the endpoint is there already, none takes what is its own.
    """
    service, path = versions.service, moved.path
    known = service.memory.ask(("taken paths", versions), {}, _taken, versions)
    found: Tenant | None = None
    for length in range(len(path) + 1):
        for other, there in known.get(path[:length], ()):
            wanted, taken = moved.endpoint.methods, other.methods
            if not wanted or not taken or not wanted <= taken or there.conditional:
                continue
            top = _top(moved.endpoint, moved.effective)
            if _top(other, there) is top and covers(there.path, path):
                tenant = Tenant(other, there.path, covers(path, there.path))
                if tenant.exactly and other.function is moved.endpoint.function:
                    return tenant
                found = found or tenant
    return found


def is_there_already(spot: Spot) -> bool:
    """Tell whether each route that moves there is another one of what is there already."""
    return _asked(spot, "is there", False, _is_there_already)


def clash(spot: Spot) -> tuple[Moved, Tenant] | None:
    """Return the first route that moves to where another takes its requests, and whose.

    None if all of them find their places free.
    """
    return _asked(spot, "clash", None, _clash)


def displaced(spot: Spot) -> tuple[Moved, Placed] | None:
    """Return the last route whose requests one takes that moves before it, and that one.

    None if all of them leave the others theirs.
    """
    return _asked(spot, "displaced", None, _displaced)


def _asked(spot: Spot, question: str, guess: T, work: Callable[[Spot], T]) -> T:
    return spot.versions.service.memory.ask((question, spot), guess, work, spot)


def _is_there_already(spot: Spot) -> bool:
    for moved in spot.moves:
        tenant = tenant_of(spot.versions, moved)
        if tenant is None or not tenant.exactly:
            return False
        if tenant.endpoint.function is not moved.endpoint.function:
            return False
    return True


def _clash(spot: Spot) -> tuple[Moved, Tenant] | None:
    for moved in spot.moves:
        if moved.stays:
            continue
        tenant = tenant_of(spot.versions, moved)
        if tenant is not None and tenant.endpoint.function is not moved.endpoint.function:
            return moved, tenant
    return None


def _displaced(spot: Spot) -> tuple[Moved, Placed] | None:
    moves = [moved for moved in spot.moves if "{" in moved.path]
    if not moves:
        return None
    placed = [r for r in placed_routes(spot.versions.service) if r.shadow is None]
    own = {(route.endpoint, route.effective.mount): route for route in placed}
    there = [
        (moved, at_path(route, moved.path[len(moved.effective.root) :]))
        for moved in moves
        if (route := own.get((moved.endpoint, moved.effective.mount))) is not None
    ]
    for other in reversed(placed):
        for moved, route in there:
            if (
                other.top == route.top
                and other.path.startswith(route.path.partition("{")[0])
                and begins(moved.effective.root + other.path, spot.versions.pattern)
                and other.endpoint.function is not route.endpoint.function
                and takes_all(route, other)
            ):
                return moved, other
    return None


_Taken = dict[str, list[tuple[Endpoint, EffectivePath]]]


def _taken(versions: Versions) -> _Taken:
    """Return the routes that begin as they should, by the text before the first parameter."""
    found: _Taken = {}
    for endpoint, paths in versions.paths.items():
        for effective in paths:
            if begins(effective.path, versions.pattern):
                found.setdefault(effective.path.partition("{")[0], []).append((endpoint, effective))
    return found


def _top(endpoint: Endpoint, effective: EffectivePath) -> Router | None:
    """Return the application, or the outermost router, in which the route stands."""
    links = effective.mount.links
    return effective.mount.app or (links[0].parent if links else endpoint.router)
