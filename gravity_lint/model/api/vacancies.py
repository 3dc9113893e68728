"""Which paths of an application are taken already, for those who want to move a route there."""

from __future__ import annotations

import msgspec

from gravity_lint.model.api.endpoints import EffectivePath, Endpoint
from gravity_lint.model.api.order import Placed, at_path, placed_routes, takes_all
from gravity_lint.model.api.paths import covers
from gravity_lint.model.api.routers import Router
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.api.versions import Moved, Repair, begins, below, seen_paths
from gravity_lint.model.code.service import Service


class Tenant(msgspec.Struct, frozen=True):
    """Whose path takes requests for another one; *exactly* tells whether both are the same."""

    endpoint: Endpoint
    path: str
    exactly: bool


def tenant_of(
    service: Service, endpoint: Endpoint, effective: EffectivePath, path: str, pattern: str
) -> Tenant | None:
    """Return who takes all requests of *endpoint* if *effective* becomes *path*.

    Only routes whose paths begin as *pattern* wants are asked: the others will move as well.
    """
    known = service.memory.ask(("taken paths", pattern), {}, _taken, service, pattern)
    for length in range(len(path) + 1):
        for other, there in known.get(path[:length], ()):
            wanted, taken = endpoint.methods, other.methods
            if not wanted or not taken or not wanted <= taken or there.conditional:
                continue
            if _top(other, there) is _top(endpoint, effective) and covers(there.path, path):
                return Tenant(other, there.path, covers(path, there.path))
    return None


def clash(repair: Repair, service: Service, pattern: str) -> tuple[Moved, Tenant] | None:
    """Return the first route that *repair* moves to where another takes its requests, and whose.

    None if all of them find their places free.
    """
    key = ("clash", pattern, repair.module, repair.span)
    return service.memory.ask(key, None, _clash, repair, service, pattern)


def is_there_already(repair: Repair, service: Service, pattern: str) -> bool:
    """Tell whether each route that *repair* moves is another one of what is there already."""
    for moved in below(repair, service, pattern):
        tenant = tenant_of(service, moved.endpoint, moved.effective, moved.path, pattern)
        if tenant is None or not tenant.exactly:
            return False
        if tenant.endpoint.function is not moved.endpoint.function:
            return False
    return True


def _clash(repair: Repair, service: Service, pattern: str) -> tuple[Moved, Tenant] | None:
    for moved in below(repair, service, pattern):
        if moved.stays:
            continue
        tenant = tenant_of(service, moved.endpoint, moved.effective, moved.path, pattern)
        if tenant is not None and tenant.endpoint.function is not moved.endpoint.function:
            return moved, tenant
    return None


def displaced(repair: Repair, service: Service, pattern: str) -> tuple[Moved, Placed] | None:
    """Return the last route whose requests one takes that *repair* moves before it, and that one.

    None if all of them leave the others theirs.
    """
    key = ("displaced", pattern, repair.module, repair.span)
    return service.memory.ask(key, None, _displaced, repair, service, pattern)


def _displaced(repair: Repair, service: Service, pattern: str) -> tuple[Moved, Placed] | None:
    moves = [moved for moved in below(repair, service, pattern) if "{" in moved.path]
    if not moves:
        return None
    placed = [route for route in placed_routes(service) if route.shadow is None]
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
                and begins(moved.effective.root + other.path, pattern)
                and other.endpoint.function is not route.endpoint.function
                and takes_all(route, other)
            ):
                return moved, other
    return None


_Taken = dict[str, list[tuple[Endpoint, EffectivePath]]]


def _taken(service: Service, pattern: str) -> _Taken:
    """Return the routes that begin as *pattern* wants, by the text before the first parameter."""
    found: _Taken = {}
    for endpoint in endpoints(service):
        for effective in seen_paths(endpoint, pattern):
            if begins(effective.path, pattern):
                found.setdefault(effective.path.partition("{")[0], []).append((endpoint, effective))
    return found


def _top(endpoint: Endpoint, effective: EffectivePath) -> Router | None:
    """Return the application, or the outermost router, in which the route stands."""
    links = effective.mount.links
    return effective.mount.app or (links[0].parent if links else endpoint.router)
