"""The routing of a service: every way to register a function on a router, as FastAPI reads it.

A path in which something is not known is None.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.environments import (
    Environment,
    environments_at,
    listed,
    symbol_in,
    text_in,
)
from gravity_lint.model.api.inclusions import MOST, Inclusion, inclusions, ways, webhooks
from gravity_lint.model.api.routers import ADDERS, DECORATORS, VERBS, Router, routers
from gravity_lint.model.api.wiring import (
    WIRING,
    Gap,
    is_conditional,
    is_routing,
    receivers,
    wiring,
    wiring_calls,
    written,
)
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.names import path_of, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.scripts import is_main_block
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import method_of, type_of
from gravity_lint.model.code.values import text_of, varies
from gravity_lint.model.code.words import saying, says, words_of

_ROUTES = ("fastapi.routing.APIRoute", "starlette.routing.Route")
_PLAIN = ("route", "add_route", "websocket_route", "add_websocket_route")
"""Starlette's own: no part of the OpenAPI document."""
_SERVERS = ("uvicorn", "hypercorn", "granian", "daphne", "gunicorn", "serve", "Server")
"""What a program names that serves an application itself."""


class Routing(msgspec.Struct):
    """Everything that a service says about its routes."""

    endpoints: list[Endpoint]
    inclusions: list[Inclusion]
    gaps: list[Gap]


class _Registrations(msgspec.Struct):
    endpoints: list[Endpoint] = []
    gaps: list[Gap] = []


@query
def routing(service: Service) -> Routing:
    """Return the routing of *service*; tests and scripts have none of their own."""
    found = _Registrations()
    decorating = {
        id(decorator): definition
        for scope in wiring(service)
        for definition in scope.definitions
        if isinstance(definition, Function)
        for decorator in definition.decorators
    }
    numbers = {id(site.call): order for order, site, _ in wiring_calls(service)}
    for order, site, method in wiring_calls(service):
        if id(site.call) in decorating and method.name in DECORATORS:
            function = decorating[id(site.call)]
            order = _turn(function, site.call, numbers)
            _register(found, site, method, function, order)
        elif method.name in ADDERS:
            _added(found, site, method, order)
        elif method.name in DECORATORS:
            _applied(found, site, method, order)
    for router in routers(service):
        _handed_routes(found, router)
    included = inclusions(service)
    gaps = [*found.gaps, *included.gaps, *_beyond(service)]
    return Routing(found.endpoints, included.known, gaps)


def _turn(function: Function, decorator: f.Expression, numbers: dict[int, int]) -> int:
    """Return when *decorator* registers *function*: of several, the lowest one does so first."""
    orders = [numbers[id(x)] for x in function.decorators if id(x) in numbers]
    return orders[len(orders) - 1 - orders.index(numbers[id(decorator)])]


def _beyond(service: Service) -> Iterator[Gap]:
    """Yield the routers that are included in more ways than are followed, and what templates make.

    What modules come of them has no place in the code: that of the first router stands for it.
    """
    for router in routers(service):
        if len(ways(router)) == MOST:
            yield Gap(router.module, router.span, f"more than {MOST} ways down to this router")
    for router in routers(service)[:1]:
        for template in sorted(service.unseen.templates):
            yield Gap(router.module, router.span, f"routes that come of {template}")


def endpoints(service: Service) -> tuple[Endpoint, ...]:
    """Return every endpoint of the service, in source order.

    What a ``__main__`` block defines to show how its module is used, and serves to nobody, is none.
    """
    return _endpoints(service)


@query
def _endpoints(service: Service) -> tuple[Endpoint, ...]:
    return tuple(
        endpoint
        for endpoint in routing(service).endpoints
        if not is_main_block(endpoint.function.step) or endpoint.module.mentions_any(_SERVERS)
    )


def _registering(service: Service) -> tuple[str, ...]:
    """Return the words of which a module says one that registers endpoints."""
    return (*WIRING, *[word for path in _ROUTES for word in words_of(service, path)])


@by_module(where=_registering)
def endpoints_in(module: Module) -> tuple[Endpoint, ...]:
    """Return the endpoints that *module* registers, as subjects of rules.

    One registration on the routers that one call makes, each for another caller, is there once;
    what hangs on the router is asked of its `twins`.
    """
    rows = _endpoints_by_module(module.service).get(module, {})
    return tuple(same[0] for same in rows.values())


@by_module(where=endpoints_in)
def first_endpoints(module: Module) -> Iterator[Endpoint]:
    """Return the endpoints, each function once, however often it is registered."""
    first = endpoint_by_function(module.service)
    return (
        endpoint for endpoint in endpoints_in.of(module) if first[endpoint.function] is endpoint
    )


@by_module(where=endpoints_in)
def documented_endpoints(module: Module) -> Iterator[Endpoint]:
    """Return the endpoints that callers read about in the OpenAPI document, as they are declared.

    What a router's own class says of each may be anything.
    """
    return (
        endpoint
        for endpoint in endpoints_in.of(module)
        if not endpoint.websocket and endpoint.in_schema is True and not endpoint.operational
        if endpoint.router is None or not endpoint.router.registers_itself
    )


def twins(endpoint: Endpoint) -> tuple[Endpoint, ...]:
    """Return *endpoint* and what is the same registration on routers for other callers."""
    rows = _endpoints_by_module(endpoint.module.service)[endpoint.module]
    return tuple(rows[_registration_of(endpoint)])


@query
def _endpoints_by_module(service: Service) -> dict[Module, dict[object, list[Endpoint]]]:
    found: dict[Module, dict[object, list[Endpoint]]] = {}
    for endpoint in endpoints(service):
        rows = found.setdefault(endpoint.module, {})
        rows.setdefault(_registration_of(endpoint), []).append(endpoint)
    return found


def _registration_of(endpoint: Endpoint) -> object:
    router = endpoint.router
    made = router if router is None or router.call is None else router.call
    return (id(endpoint.site.call), endpoint.function, id(made), endpoint.own_path)


@by_module
def endpoint_functions(module: Module) -> Iterator[Function]:
    """Return the functions of *module* that are endpoints, wherever they are registered."""
    if module.functions and (says(module, WIRING) or _registers_apart(module.service)):
        known = endpoint_by_function(module.service)
        yield from (function for function in module.functions if function in known)


@query
def _registers_apart(service: Service) -> bool:
    """Tell whether endpoints may be registered elsewhere than by their decorators."""
    words = (*ADDERS, *[f"{x}()" for x in DECORATORS])
    return any(True for _ in saying(service, words)) or any(
        True for _ in calls_to(service, *_ROUTES)
    )


@query
def endpoint_by_function(service: Service) -> dict[Function, Endpoint]:
    """Return the first endpoint that each function is."""
    return {endpoint.function: endpoint for endpoint in reversed(endpoints(service))}


@query
def complete(service: Service) -> bool:
    """Tell whether the whole routing table is known: an app in view, nothing unresolved."""
    known = routing(service)
    return (
        any(router.is_app for router in routers(service))
        and not known.gaps
        and all(e.paths is not None and e.methods is not None for e in known.endpoints)
    )


def _handed_routes(found: _Registrations, router: Router) -> None:
    """Add the ``routes=[APIRoute(...)]`` that a router is made with; its prefix is not for them."""
    value = router.takes("routes")
    if value is None:
        return
    rows = listed(*value)
    sites = [_site(scope, item) for scope, item in rows or ()]
    targets = [_route_target(site) for site in sites]
    if rows is None or None in targets or router.prefix != "":
        what = f"routes that {written(value[1])} holds"
        found.gaps.append(Gap(value[0].module, value[1].span, what))
        return
    for number, (site, target) in enumerate(zip(sites, targets, strict=True)):
        path = text_of(site.scope, site.call.argument(0, "path")) if site is not None else None
        if site is None or target is None or path is None:
            continue
        plain = path_of(site.scope, site.call.function) == "starlette.routing.Route"
        methods, order = _methods(site, "api_route"), (0, number)
        span = site.call.span
        found.endpoints.append(
            Endpoint(target, site, router, methods, path, span, False, plain, False, order)
        )


def _site(scope: Scope, item: f.Expression) -> CallSite | None:
    return next((site for site in scope.calls if site.call is item), None)


def _route_target(site: CallSite | None) -> Function | None:
    """Return the function that ``APIRoute(path, function)`` registers."""
    if site is None or path_of(site.scope, site.call.function) not in _ROUTES:
        return None
    target = resolve(site.scope, site.call.argument(1, "endpoint"))
    known = text_of(site.scope, site.call.argument(0, "path")) is not None
    return target if isinstance(target, Function) and known else None


def _applied(found: _Registrations, site: CallSite, method: f.Attribute, order: int) -> None:
    """Add what ``router.get("/path")(function)`` registers."""
    outer = site.around[-1] if site.around else None
    if isinstance(outer, f.Call) and outer.function is site.call and outer.arguments:
        _register(found, site, method, outer.arguments[0], order)


def _added(found: _Registrations, site: CallSite, method: f.Attribute, order: int) -> None:
    given = site.call.argument(1, "endpoint") or site.call.argument(1, "route")
    if given is not None:
        _register(found, site, method, given, order)


def _target(site: CallSite, given: f.Expression, environment: Environment) -> Function | None:
    """Return the function that *given* stands for when the names are bound by *environment*."""
    target = symbol_in(site.scope, given, environment)
    if target is None and isinstance(given, f.Attribute):
        owner = type_of(site.scope, given.value)
        if owner is None or (owner.cls is not None and varies(owner.cls, given.name)):
            return None  # which of them it is hangs on the object
        target = method_of(owner, given.name)
    return target if isinstance(target, Function) else None


def _register(
    found: _Registrations,
    site: CallSite,
    method: f.Attribute,
    given: Function | f.Expression,
    order: int,
) -> None:
    """Add what *site* registers, each time that it happens: what is *given*, or stands for it."""
    called_on = receivers(site, method.value)
    if not called_on and not is_routing(site, method.value):
        return
    unknown: list[tuple[Router | None, Environment]] = [(None, x) for x in environments_at(site)]
    path = site.call.argument(0, "path")
    span = path.span if path is not None else site.span
    seen: set[tuple[int, str | None, Function]] = set()
    for number, (router, environment) in enumerate(called_on or unknown):
        own = text_in(site.scope, path, environment)
        if isinstance(given, Function):
            function = given
        elif (target := _target(site, given, environment)) is not None:
            function = target
        else:
            found.gaps.append(Gap(site.module, site.span, f"endpoint {written(given)}"))
            continue
        if (id(router), own, function) in seen or id(router) in webhooks(site.module.service):
            continue
        seen.add((id(router), own, function))
        if router is None:
            receiver = method.value
            found.gaps.append(Gap(site.module, receiver.span, f"router {written(receiver)}"))
        if own is None:
            found.gaps.append(Gap(site.module, span, f"path of {function.name}"))
        found.endpoints.append(
            Endpoint(
                function,
                site,
                router,
                _methods(site, method.name),
                own,
                span,
                "websocket" in method.name,
                method.name in _PLAIN,
                is_conditional(site.step),
                (order, number),
            )
        )


def _methods(site: CallSite, name: str) -> frozenset[str] | None:
    if name in VERBS:
        return frozenset({name.upper()})
    if "websocket" in name:
        return frozenset()
    given = site.call.keyword("methods")
    if given is None:
        return None if site.call.unpacks else frozenset({"GET"})
    items = listed(site.scope, given)
    if items is None and isinstance(given, f.Collection):
        items = tuple((site.scope, item) for item in given.items)
    texts = [text_of(scope, item) for scope, item in items] if items is not None else [None]
    return None if None in texts else frozenset(text.upper() for text in texts if text)
