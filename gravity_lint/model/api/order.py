"""The order in which an application tries its routes.

Starlette takes the first route whose path and method match. Routes stand in
the order in which they were added; an include puts all routes of the included
router at its own place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from gravity_lint.model.api.endpoints import AtEndpoint, EffectivePath, Endpoint
from gravity_lint.model.api.inclusions import Inclusion
from gravity_lint.model.api.paths import covers
from gravity_lint.model.api.routers import Router
from gravity_lint.model.api.routing import endpoints, routing
from gravity_lint.model.code.importing import loaded_with
from gravity_lint.model.code.scopes import Function, Module
from gravity_lint.model.code.service import Service, query

_Trail: TypeAlias = tuple[Inclusion, ...]
_Paths: TypeAlias = dict[tuple[Endpoint, _Trail], list[EffectivePath]]


class Placed(AtEndpoint, msgspec.Struct, eq=False):
    """A route at its place in an application, the *top* by its identity.

    *shadow* is the one before it that takes all.
    """

    endpoint: Endpoint
    effective: EffectivePath
    trail: tuple[Inclusion | Endpoint, ...]
    top: int = 0
    shadow: Placed | None = None

    @property
    def path(self) -> str:
        """The whole path."""
        return self.effective.path

    @property
    def is_alike(self) -> bool:
        """Tell whether its path and that of its shadow match the same requests."""
        return self.shadow is not None and covers(self.path, self.shadow.path)

    @property
    def conditional(self) -> bool:
        """Tell whether it stands on a condition, or an include on the way does."""
        return self.effective.conditional


@query
def placed_routes(service: Service) -> tuple[Placed, ...]:
    """Return the routes of all applications, each with the route that shadows it."""
    tops: dict[int, Router] = {}
    for endpoint in endpoints(service):
        for path in endpoint.paths or ():
            outermost = path.mount.links[0].parent if path.mount.links else endpoint.router
            top = path.mount.app or outermost
            if top is not None:
                tops[id(top)] = top
    found: list[Placed] = []
    for top in tops.values():
        before: dict[str, list[tuple[int, Placed]]] = {}
        for number, route in enumerate(_routes(service, top, ())):
            route.top, route.shadow = id(top), _shadow(before, route)
            before.setdefault(route.path.partition("{")[0], []).append((number, route))
            found.append(route)
    return tuple(found)


@query
def judged_routes(service: Service) -> tuple[Placed, ...]:
    """Return one route of every endpoint: the first that another one shadows, if one does.

    An endpoint that is included twice has two routes and is one subject; so has one that a function
    registers for each of its callers.
    """
    found: dict[tuple[int, Function, str | None], Placed] = {}
    for route in placed_routes(service):
        endpoint = route.endpoint
        key = (id(endpoint.site.call), endpoint.function, endpoint.own_path)
        first = found.setdefault(key, route)
        if first.shadow is None and route.shadow is not None:
            found[key] = route
    return tuple(found.values())


@query
def _members(service: Service) -> dict[int, list[Endpoint | Inclusion]]:
    """Return what each router holds, by its identity, in the order in which it was added."""
    rows: list[tuple[Router | None, Endpoint | Inclusion]] = []
    rows += [(endpoint.router, endpoint) for endpoint in endpoints(service)]
    rows += [(x.parent, x) for x in routing(service).inclusions if not x.is_mount]
    found: dict[int, list[Endpoint | Inclusion]] = {}
    for router, member in sorted(rows, key=lambda row: (_is_added_later(*row), row[1].order)):
        found.setdefault(id(router), []).append(member)
    return found


def _is_added_later(router: Router | None, member: Endpoint | Inclusion) -> bool:
    """Tell whether a module adds *member* to what a function or another module made before.

    Whoever makes a router has filled it by the time that others import it, unless it loads these.
    """
    adding = member.site.scope
    if router is None or not isinstance(adding, Module):
        return False
    if isinstance(router.scope, Function):
        return True
    return adding is not router.module and adding not in loaded_with(router.module)


def _routes(service: Service, router: Router, trail: _Trail) -> Iterator[Placed]:
    """Yield the routes of *router* in order, those of included routers at the include's place."""
    for member in _members(service).get(id(router), ()):
        if isinstance(member, Inclusion):
            if (*trail, member) in _trails(service)[1]:
                yield from _routes(service, member.child, (*trail, member))
            continue
        for path in _trails(service)[0].get((member, trail), ()):
            yield Placed(member, path, (*trail, member))


@query
def _trails(service: Service) -> tuple[_Paths, frozenset[_Trail]]:
    """Return the paths of each endpoint by the includes that lead there, and the ways to these."""
    found: _Paths = {}
    for endpoint in endpoints(service):
        for path in endpoint.paths or ():
            trail = tuple(x for x in path.mount.links if not x.is_mount)
            found.setdefault((endpoint, trail), []).append(path)
    trails = {trail for _, trail in found}
    return found, frozenset(trail[:end] for trail in trails for end in range(1, len(trail) + 1))


def _shadow(before: dict[str, list[tuple[int, Placed]]], route: Placed) -> Placed | None:
    """Return the first of the routes *before* that certainly takes all requests of *route*.

    *before* holds them, numbered, by the text before their first parameter: a
    route can only take another's requests if that is how the other's path begins.
    """
    found = [
        (number, earlier)
        for length in range(len(route.path) + 1)
        for number, earlier in before.get(route.path[:length], ())
        if takes_all(earlier, route)
    ]
    # What the route itself is there for already needs no other to take its requests.
    own = [row for row in found if row[1].endpoint is route.endpoint]
    return min(own or found, key=lambda row: row[0])[1] if found else None


def takes_all(earlier: Placed, route: Placed) -> bool:
    """Tell whether no request that *route* waits for gets past *earlier*."""
    return matches_all(earlier, route) and _certainly_before(earlier, route)


def at_path(route: Placed, path: str) -> Placed:
    """Return *route* as it is where it has another *path*."""
    effective = route.effective
    moved = EffectivePath(path, effective.parts, effective.mount, effective.conditional)
    return Placed(route.endpoint, moved, route.trail, route.top)


def matches_all(one: Placed, other: Placed) -> bool:
    """Tell whether *one* matches every request that *other* does."""
    methods, others = other.endpoint.methods, one.endpoint.methods
    if not methods or not others or not methods <= others:
        return False
    return covers(one.path, other.path)


def _certainly_before(earlier: Placed, route: Placed) -> bool:
    """Tell whether the two are added in one scope: between modules, imports decide the order.

    Or whether a function has added *earlier* to the router that it makes, and a module adds *route*
    to that. And *earlier* is there whenever *route* is: a condition that both stand on does not
    matter.
    """
    depth = parting(earlier, route)
    if depth is None or any(step.conditional for step in earlier.trail[depth:]):
        return False
    one, other = earlier.trail[depth], route.trail[depth]
    if one.site.scope is other.site.scope:
        return one.order <= other.order
    holder = one.parent if isinstance(one, Inclusion) else one.router
    made_there = holder is not None and one.site.scope is holder.scope
    return made_there and _is_added_later(holder, other)


def parting(one: Placed, other: Placed) -> int | None:
    """Return how many steps the two have in common; None if one of them is no more than that."""
    pairs = zip(one.trail, other.trail, strict=False)
    return next((n for n, (mine, theirs) in enumerate(pairs) if mine is not theirs), None)
