"""The routing table of one application, and which of its routes a request meets.

A table is closed only if nothing else can add a route or change a path on its
way: no unresolved router, no library that is handed the application and may
register routes of its own, no middleware that rewrites paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.environments import text_in, value_in
from gravity_lint.model.api.inclusions import mounts
from gravity_lint.model.api.paths import pattern
from gravity_lint.model.api.routers import VERBS, Router, routers, routers_in
from gravity_lint.model.api.routing import endpoints, routing
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, ancestors, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.values import text_of
from gravity_lint.model.exceptions.coverage import adds_middleware, is_app
from gravity_lint.model.testing.additions import additions
from gravity_lint.model.testing.shortcuts import answered_before_routing
from gravity_lint.model.testing.urls import Target
from gravity_lint.sources.spans import Span

_DOCUMENTATION = {
    "docs_url": "/docs",
    "redoc_url": "/redoc",
    "openapi_url": "/openapi.json",
    "swagger_ui_oauth2_redirect_url": "/docs/oauth2-redirect",
}
_REGISTERING = (
    "add_api_route",
    "add_api_websocket_route",
    "add_route",
    "add_websocket_route",
    "include_router",
    "mount",
    "host",
)
_SERVERS = frozenset({"fastapi", "hypercorn", "mangum", "starlette", "uvicorn"})
"""What is given an application to serve it."""
_OPERATIONAL = (
    "asgi_correlation_id.",
    "fastapi_pagination.",
    "logfire.",
    "prometheus_fastapi_instrumentator.",
    "slowapi.",
    "starlette_exporter.",
    "starlette_prometheus.",
)
"""Libraries that add no route to an application but an operational one."""


class Route(msgspec.Struct, frozen=True):
    """A path with the methods under which it answers; None: any method.

    Of a *loose* route only the end of the path is known: its router is mounted nowhere as far
    as can be seen, or a test adds it to a router of its own.
    """

    path: str
    methods: frozenset[str] | None
    endpoint: Endpoint | None
    loose: bool = False

    @property
    def mounted(self) -> bool:
        """Tell whether an application answers it, as far as can be seen."""
        return self.endpoint is None or not self.loose

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments between the slashes; those of a convertor ``path`` end them."""
        return tuple(self.path.strip("/").split("/")) if self.path.strip("/") else ()

    def answers(self, method: str | None) -> bool:
        """Tell whether it answers requests with *method*."""
        if self.methods is None or method is None or method in self.methods:
            return True
        return method == "HEAD" and "GET" in self.methods


class Table(Record, frozen=True):
    """The routes of one application; *redirects*: it answers 307 if only the slash differs."""

    app: Router
    routes: tuple[Route, ...]
    redirects: bool

    def met_by(self, target: Target, *, slash: bool) -> tuple[Route, ...]:
        """Return the routes that *target* may meet; *slash*: its last slash counts, too."""
        return self.app.module.service.memory.ask(
            ("met", self.app, target, slash),
            None,
            lambda: tuple(r for r in self._candidates(target) if meets(r, target, slash)),
        )

    def _candidates(self, target: Target) -> Iterable[Route]:
        """Return the routes that can be met at all, by the number of segments.

        Where all segments of *target* are known, and all of a route are literal, only the equal.
        """
        if target.is_open:
            return self.routes
        rows, asked = self._by_segments, target.segments
        if None in asked:
            return (*rows.get(len(asked), ()), *rows.get(None, ()))
        near = {id(x): x for key in (asked, (len(asked), "{")) for x in rows.get(key, ())}
        if len(near) > 1:
            near = {key: near[key] for key in sorted(near, key=self._places.__getitem__)}
        return (*near.values(), *rows.get(None, ()))

    @cached_property
    def _by_segments(self) -> dict[object, list[Route]]:
        """Return the routes by their number of segments; None: any number.

        Of each number, the literal ones also by their segments, the others by it and ``{``.
        """
        found: dict[object, list[Route]] = {}
        for route in self.routes:
            segments = route.segments
            if route.loose or ":path}" in route.path:
                found.setdefault(None, []).append(route)
                continue
            found.setdefault(len(segments), []).append(route)
            key = (len(segments), "{") if "{" in route.path else segments
            found.setdefault(key, []).append(route)
        return found

    @cached_property
    def _places(self) -> dict[int, int]:
        return {id(route): number for number, route in enumerate(self.routes)}


def meets(route: Route, target: Target, slash: bool) -> bool:
    """Tell whether a request for *target* may meet *route*, whatever its unknown parts are."""
    own, asked = route.segments, target.segments
    if route.loose:
        return target.is_open or _fits(own, asked[max(0, len(asked) - len(own)) :])
    for number, segment in enumerate(own):
        if ":path}" in segment:
            return _fits(own[:number], asked[:number])
    if target.is_open:
        rest = own[len(asked) :]
        begins = not target.start or (
            bool(rest) and ("{" in rest[0] or rest[0].startswith(target.start))
        )
        return len(own) >= len(asked) and begins and _fits(own[: len(asked)], asked)
    if len(own) != len(asked) or (slash and own and route.path.endswith("/") != target.slash):
        return False
    return _fits(own, asked)


def _fits(own: tuple[str, ...], asked: tuple[str | None, ...]) -> bool:
    return len(own) == len(asked) and all(
        segment is None or _matches(part, segment) for part, segment in zip(own, asked, strict=True)
    )


def _matches(part: str, segment: str) -> bool:
    if "{" not in part:
        return part == segment
    expression = pattern(part)
    return expression is None or expression.fullmatch(segment) is not None


# -- tables --------------------------------------------------------------------------------


def table_of(app: Router) -> Table | None:
    """Return the routing table of *app*; None if it is not fully known."""
    return app.module.service.memory.ask(("table", app), None, _table_of, app)


def _table_of(app: Router) -> Table | None:
    service = app.module.service
    made = app.given
    if made is None or made.unpacks or not is_closed(service):
        return None
    if not in_app(app.module):
        return None  # an example, whose endpoints are no part of the service
    if made.keyword("root_path") is not None:
        return None
    if any(mount.links for mount in mounts(app)):
        return None
    added = [x for x in additions(service) if x.app in (app, None)]
    if any(x.path is None for x in added):
        return None
    routes = [*_endpoint_routes(app)]
    for addition in added:
        start = addition.path or ""
        if not addition.below or start:
            routes.append(Route(start, addition.methods, None, addition.loose))
        if addition.below:
            routes.append(Route(f"{start}/{{rest:path}}", None, None, addition.loose))
    routes += _documentation_routes(app)
    mounted = _mounted(service)
    if None in mounted:
        return None
    routes += [Route(f"{path}/{{rest:path}}", None, None) for path in mounted if path is not None]
    routes += [Route(path, None, None) for path in answered_before_routing(service)]
    given = made.keyword("redirect_slashes")
    known = value_in(*given) if given is not None else None
    return Table(app, tuple(routes), given is None or (known is not None and bool(known.value)))


def _endpoint_routes(app: Router) -> Iterator[Route]:
    for endpoint in endpoints(app.module.service):
        if endpoint.websocket:
            continue
        if endpoint.paths is None:
            # A router that is mounted nowhere, as far as can be seen.
            own = (
                f"{(endpoint.router.prefix if endpoint.router else None) or ''}{endpoint.own_path}"
            )
            yield Route(own, endpoint.methods, endpoint, loose=True)
            continue
        for effective in endpoint.paths:
            mount = effective.mount
            if mount.app is app or any(link.parent is app for link in mount.links):
                yield Route(effective.path, endpoint.methods, endpoint)


def _documentation_routes(app: Router) -> Iterator[Route]:
    """Yield the routes at which FastAPI shows *app*, and what is mounted on it, to people."""
    for shown in routers(app.module.service):
        if not shown.is_app or shown.given is None:
            continue
        starts = [x.prefix for x in mounts(shown) if any(link.parent is app for link in x.links)]
        for start in [""] if shown is app else starts:
            for name, default in _DOCUMENTATION.items():
                given = shown.given.keyword(name)
                path = default if given is None else text_in(*given)
                yield Route(f"{start}{path or default}", None, None)


@query
def is_given_away(service: Service) -> bool:
    """Tell whether a library gets hold of an application, which may add operational routes.

    It is handed the application, or wraps it as a middleware.
    """
    return any(
        _is_foreign(site.scope, site.call.argument(0))
        if adds_middleware(site)
        else _hands_over(site)
        for scope in service.scopes
        if in_app(scope.module)
        for site in scope.calls
    )


def _hands_over(site: CallSite) -> bool:
    """Tell whether an application is given to what is no code of the service, and no server."""
    if not any(is_app(site.scope, given) for given in site.call.given):
        return False
    callee = callee_of(site.scope, site.call)
    if isinstance(callee, External):
        return callee.package not in _SERVERS
    return callee is None


def _is_foreign(scope: Scope, middleware: f.Expression | None) -> bool:
    """Tell whether *middleware* may do what no code in view says."""
    symbol = resolve(scope, middleware)
    if not isinstance(symbol, Class | External):
        return not isinstance(symbol, Function)
    return any(
        isinstance(above, External)
        and above.package not in ("abc", "builtins", "fastapi", "starlette", "typing")
        for above in ancestors(symbol)
    )


@query
def is_closed(service: Service) -> bool:
    """Tell whether all that adds routes or rewrites paths is known."""
    harmless = _harmless_gaps(service)
    if any((gap.module, gap.span) not in harmless for gap in routing(service).gaps):
        return False
    if any(endpoint.own_path is None for endpoint in endpoints(service)):
        return False
    if any(r.given is not None and r.given.keyword("routes") for r in routers(service)):
        return False  # ``APIRouter(routes=[...])``
    for scope in service.scopes:
        if not in_app(scope.module):
            continue
        decorating = {id(d) for definition in scope.definitions for d in definition.decorators}
        if any(_registers_unseen(site, id(site.call) in decorating) for site in scope.calls):
            return False
        if _rewrites_paths(scope):
            return False
    return True


def _registers_unseen(site: CallSite, decorates: bool) -> bool:
    """Tell whether *site* may register a route on something that was not taken for a router."""
    function = site.call.function
    if not isinstance(function, f.Attribute):
        return False
    if function.name in ("append", "extend", "insert"):
        return isinstance(function.value, f.Attribute) and function.value.name == "routes"
    registers = function.name in _REGISTERING
    if decorates and function.name in (*VERBS, "api_route", "route"):
        path = site.call.argument(0, "path")
        registers = isinstance(path, f.Constant) and str(path.value).startswith("/")
    if not registers:
        return False
    if id(site.call) in _read(site.module.service):
        return False
    return (
        not routers_in(site.scope, function.value, {})
        and type_of(site.scope, function.value) is None
    )


@query
def _read(service: Service) -> frozenset[int]:
    known = routing(service)
    return frozenset(
        [id(endpoint.site.call) for endpoint in known.endpoints]
        + [id(inclusion.site.call) for inclusion in known.inclusions]
    )


@query
def _harmless_gaps(service: Service) -> frozenset[tuple[Module, Span]]:
    """Return the places at which an application is handed to what adds operational routes."""
    places = {(gap.module, gap.span) for gap in routing(service).gaps}
    return frozenset(
        (site.module, site.span)
        for module in {module for module, _ in places}
        for scope in module.scopes
        for site in scope.calls
        if (site.module, site.span) in places and _is_operational(site)
    )


def _is_operational(site: CallSite) -> bool:
    callee = callee_of(site.scope, site.call)
    return isinstance(callee, External) and callee.path.startswith(_OPERATIONAL)


def _rewrites_paths(scope: Scope) -> bool:
    """Tell whether *scope* gives a request another path."""
    if not isinstance(scope, Function):
        return False
    for step in scope.steps:
        match step.statement:
            case f.Assign(targets=targets):
                for target in targets:
                    match target:
                        case f.Subscript(index=f.Constant(value="path" | "raw_path")):
                            return _is_scope(target.value)
    return False


def _is_scope(expression: f.Expression) -> bool:
    match expression:
        case f.Name(name=name) | f.Attribute(name=name):
            return "scope" in name
    return False


@query
def _mounted(service: Service) -> frozenset[str | None]:
    """Return the paths at which something else than an application of the service is mounted."""
    known = _read(service)
    found: set[str | None] = set()
    for scope in service.scopes:
        if not in_app(scope.module):
            continue
        for site in scope.calls:
            function = site.call.function
            if isinstance(function, f.Attribute) and function.name == "mount":
                if id(site.call) not in known:
                    path = text_of(scope, site.call.argument(0, "path"))
                    found.add(path.rstrip("/") if path is not None else None)
    return frozenset(found)
