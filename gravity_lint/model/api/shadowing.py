"""What can be done about a route that an earlier one shadows, and what would be lost with it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

import msgspec

from gravity_lint.model.api.documents import documented_routers
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.inclusions import Inclusion, ways
from gravity_lint.model.api.order import (
    Placed,
    at_path,
    matches_all,
    parting,
    placed_routes,
    takes_all,
)
from gravity_lint.model.api.paths import covers, parameters
from gravity_lint.model.api.routers import ADDERS, INCLUDERS
from gravity_lint.model.api.routing import endpoints, routing
from gravity_lint.model.api.wiring import receivers, wiring_calls
from gravity_lint.model.code.scopes import Function
from gravity_lint.model.code.service import Service, query


class Shadow(msgspec.Struct, eq=False):
    """A *route* behind an *earlier* one that takes all its requests."""

    route: Placed
    earlier: Placed

    @property
    def is_one_function(self) -> bool:
        """Tell whether both are registrations of the same function."""
        return self.route.endpoint.function is self.earlier.endpoint.function

    @property
    def include(self) -> Inclusion | None:
        """The include that puts the route, with all that it brings, behind the earlier one."""
        depth = parting(self.route, self.earlier)
        step = self.route.trail[depth] if depth is not None else None
        return step if isinstance(step, Inclusion) else None

    @property
    def places(self) -> tuple[Placed, ...]:
        """Where requests do reach what this registration registers."""
        return tuple(x for x in self._reached if x.endpoint.site is self.route.endpoint.site)

    @property
    def siblings(self) -> tuple[Placed, ...]:
        """Where requests reach the function by other registrations."""
        return tuple(x for x in self._reached if x.endpoint.site is not self.route.endpoint.site)

    @property
    def _reached(self) -> tuple[Placed, ...]:
        function = self.route.endpoint.function
        return _reached(function.module.service).get(function, ())

    @property
    def hides_places(self) -> bool:
        """Tell whether the registration, or another of the function, has a place not in view."""
        function = self.route.endpoint.function
        return function in _partly_known(function.module.service)

    @property
    def frees(self) -> bool:
        """Tell whether the route takes over all that the earlier one's function leaves if it goes.

        Where both are one function, what the earlier registration leaves. It does not where a
        third one stands between them that takes its requests as well.
        """
        earlier, function = self.earlier.endpoint, self.earlier.endpoint.function
        service = function.module.service
        if not self.is_freed:
            return False
        left = [
            x
            for x in _reached(service).get(function, ())
            if x.endpoint.site is earlier.site or not self.is_one_function
        ]
        site = self.route.endpoint.site
        taken = {
            id(x.shadow) for x in placed_routes(service) if x.shadow and x.endpoint.site is site
        }
        return function not in _partly_known(service) and all(id(x) in taken for x in left)

    def _takes_as_well(self, other: Placed) -> bool:
        """Tell whether *other*, which is added before the route, leaves it nothing either."""
        mine = (self.route.endpoint, self.earlier.endpoint)
        return (
            other.top == self.route.top
            and all(other.endpoint is not x for x in mine)
            and takes_all(other, self.route)
        )

    @property
    def is_freed(self) -> bool:
        """Tell whether the route takes its requests once the earlier one waits for others."""
        service = self.route.endpoint.module.service
        return not any(self._takes_as_well(x) for x in _before(service, self.route))

    @property
    def has_free_paths(self) -> bool:
        """Tell whether the route's function can have a path that none before it takes."""
        route = self.route
        service, own = route.endpoint.module.service, route.endpoint.own_path or ""
        before = route.path.removesuffix(own)
        tried = [f"/\x02{own}", f"/\x02/\x02/\x02{own}", *(["/\x02"] * (not parameters(own)))]
        return any(
            not any(takes_all(x, at_path(route, before + path)) for x in _before(service, route))
            for path in tried
        )

    @property
    def can_go_first(self) -> bool:
        """Tell whether nothing else is shadowed where what brings the route is added first."""
        include, depth = self.include, parting(self.route, self.earlier)
        if depth is not None:
            one, other = self.route.trail[depth], self.earlier.trail[depth]
            if one.site.scope is not other.site.scope:
                return False  # the router comes with the earlier one
        if include is None or depth is None:
            return True  # what the route alone takes, the earlier one takes already
        service = self.route.endpoint.module.service
        if id(include.child) in _with_unknown(service):
            return False
        ahead, theirs = self.route.trail[:depth], self.earlier.trail[depth]
        beside = [
            x
            for x in placed_routes(service)
            if x.top == self.route.top and x.trail[:depth] == ahead and len(x.trail) > depth
        ]
        moved = [x for x in beside if x.trail[depth] is include]
        passed = [
            x
            for x in beside
            if theirs.order <= x.trail[depth].order < include.order and x.shadow is None
        ]
        return not any(matches_all(one, other) for one in moved for other in passed)

    @property
    def can_move(self) -> bool:
        """Tell whether a prefix of its own at the include leads past the earlier one."""
        include = self.include
        if include is None:
            return False
        before, after = _around(self.route, include)
        return not covers(self.earlier.path, f"{before}/\x02{after}")

    @property
    def can_go_without(self) -> bool:
        """Tell whether nothing is lost without the include: others shadow all that it brings."""
        include = self.include
        if include is None:
            return False
        service = self.route.endpoint.module.service
        brought = [x for x in placed_routes(service) if include in x.trail]
        return id(include.child) not in _with_unknown(service) and all(
            x.shadow is not None and include not in x.shadow.trail for x in brought
        )


def _around(route: Placed, include: Inclusion) -> tuple[str, str]:
    """Return what of the route's path stands before and after the prefix that *include* gives."""
    links = route.effective.mount.links
    top = links[0].parent
    number = 1 if top.prefix and not top.is_app else 0
    for link in links:
        if link is include:
            break
        number += bool(link.prefix) + bool(link.child.prefix)
    texts = [part.text for part in route.effective.parts]
    return "".join(texts[:number]), "".join(texts[number + bool(include.prefix) :])


@query
def _reached(service: Service) -> dict[Function, tuple[Placed, ...]]:
    """Return the routes of each function that no other shadows."""
    found: dict[Function, list[Placed]] = {}
    for route in placed_routes(service):
        if route.shadow is None:
            found.setdefault(route.endpoint.function, []).append(route)
    return {function: tuple(routes) for function, routes in found.items()}


def _before(service: Service, route: Placed) -> Iterator[Placed]:
    """Yield the routes that are placed before *route*."""
    return takewhile(lambda x: x is not route, placed_routes(service))


@query
def _partly_known(service: Service) -> frozenset[Function]:
    """Return the functions that may be reached at places which are not known."""
    return frozenset(
        endpoint.function
        for endpoint in endpoints(service)
        if endpoint.paths is None
        or endpoint.router is None
        or not all(way.known for way in ways(endpoint.router))
    )


def included_again(route: Placed, earlier: Placed) -> Inclusion | None:
    """Return an include without which *route*, an *earlier* one again, is there once.

    The outermost that brings nothing but what is there without it; None if no include does so.
    What a document of its own is made of brings that there.
    """
    needed = _needed(route.endpoint.module.service)
    for one, other in ((route, earlier), (earlier, route)):
        beside = {id(step) for step in other.trail}
        for step in one.trail:
            if isinstance(step, Inclusion) and id(step) not in needed | beside:
                return step
            if _is_documented_apart(step, other):
                break
    return None


def is_for_a_document(route: Placed, earlier: Placed) -> bool:
    """Tell whether *route*, an *earlier* one again, is in an OpenAPI document of its own."""
    return any(_is_documented_apart(step, earlier) for step in route.trail)


def _is_documented_apart(step: Inclusion | Endpoint, other: Placed) -> bool:
    """Tell whether *step* includes what a document is made of, and *other* is no part of that."""
    if not isinstance(step, Inclusion):
        return False
    if id(step.child) not in documented_routers(step.site.module.service):
        return False
    return not any(isinstance(x, Inclusion) and x.child is step.child for x in other.trail)


@query
def _needed(service: Service) -> frozenset[int]:
    """Return the includes, by their identity, that bring something which is not there without.

    Also those that bring what is not in view.
    """
    alike: dict[tuple[int, Endpoint, str], list[Placed]] = {}
    for route in placed_routes(service):
        alike.setdefault((route.top, route.endpoint, route.path), []).append(route)
    needed: set[int] = set()
    for routes in alike.values():
        ways = [{id(x) for x in route.trail} for route in routes if not route.conditional]
        for route in routes:
            needed.update(id(x) for x in route.trail if all(id(x) in way for way in ways))
    holding = _with_unknown(service)
    needed.update(id(x) for x in routing(service).inclusions if id(x.child) in holding)
    return frozenset(needed)


@query
def _with_unknown(service: Service) -> frozenset[int]:
    """Return the routers, by their identity, that hold routes or routers which are not in view."""
    known = routing(service)
    read = {id(x.site) for x in known.inclusions} | {id(x.site) for x in known.endpoints}
    found: set[int] = set()
    for _, site, method in wiring_calls(service):
        if method.name in (*INCLUDERS, *ADDERS) and id(site) not in read:
            found.update(id(router) for router, _ in receivers(site, method.value))
    before = -1
    while before < len(found):
        before = len(found)
        found.update(id(x.parent) for x in known.inclusions if id(x.child) in found)
    return frozenset(found)
