"""From one subject to those that it has to do with: where to go, and who refers to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from typing import TypeAlias

from gravity_lint.hosts.server.sights import Raised, Subject, raises
from gravity_lint.model import Module, Service
from gravity_lint.model.api.dependencies import dependencies
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.inclusions import Inclusion, ways
from gravity_lint.model.api.routers import Router
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.code.callables import constructor_of
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.scopes import Class, Function
from gravity_lint.model.code.service import query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.exceptions.coverage import handlers_for
from gravity_lint.model.exceptions.escapes import escapes
from gravity_lint.model.exceptions.registrations import Registration
from gravity_lint.model.testing.requests import Request, requests
from gravity_lint.sources.spans import Span

Place: TypeAlias = tuple[Module, Span]


@singledispatch
def destinations(subject: Subject) -> Iterator[Place]:
    """Yield where to go from *subject*: what it calls, what holds it, what answers it."""
    raise NotImplementedError


@destinations.register
def _(endpoint: Endpoint) -> Iterator[Place]:
    """Yield the includes on the way to it, innermost first, and its router."""
    if endpoint.router is None:
        return
    seen: set[int] = set()
    for mount in ways(endpoint.router):
        for link in reversed(mount.links):
            if id(link) not in seen:
                seen.add(id(link))
                yield link.place
    yield endpoint.router.module, endpoint.router.span


@destinations.register
def _(router: Router) -> Iterator[Place]:
    for mount in ways(router):
        for link in reversed(mount.links):
            if link.child is router:
                yield link.place


@destinations.register
def _(inclusion: Inclusion) -> Iterator[Place]:
    yield inclusion.child.module, inclusion.child.span


@destinations.register
def _(request: Request) -> Iterator[Place]:
    for endpoint in dict.fromkeys(route.endpoint for route in request.met):
        if endpoint is not None:
            yield endpoint.function.module, endpoint.function.span


@destinations.register
def _(raised: Raised) -> Iterator[Place]:
    for registration in handlers_for(raised.step.module.service, raised.thrown.symbol)[:1]:
        function = registration.function
        if function is not None:
            yield function.module, function.span
        else:
            yield registration.module, registration.at


@destinations.register
def _(registration: Registration) -> Iterator[Place]:
    for raised in raised_into(registration):
        yield raised.step.module, raised.step.span


@singledispatch
def referring(subject: Subject) -> Iterator[Place]:
    """Yield who refers to *subject*: the same ways, gone backwards."""
    yield from destinations(subject)


@referring.register
def _(endpoint: Endpoint) -> Iterator[Place]:
    for request in requests_to(endpoint):
        yield request.module, request.call.site.span
    yield from destinations(endpoint)


@referring.register
def _(router: Router) -> Iterator[Place]:
    yield from destinations(router)
    for endpoint in endpoints_below(router):
        yield endpoint.function.module, endpoint.function.span


@referring.register
def _(raised: Raised) -> Iterator[Place]:
    """Yield the endpoints that it leaves."""
    for endpoint in leaving(raised.step):
        yield endpoint.function.module, endpoint.function.span


def requests_to(endpoint: Endpoint) -> Sequence[Request]:
    """Return the requests of tests that *endpoint* answers."""
    return _requests(endpoint.module.service).get(endpoint, ())


@query
def _requests(service: Service) -> dict[Endpoint, tuple[Request, ...]]:
    found: dict[Endpoint, list[Request]] = {}
    for request in requests(service):
        for endpoint in dict.fromkeys(route.endpoint for route in request.met):
            if endpoint is not None:
                found.setdefault(endpoint, []).append(request)
    return {endpoint: tuple(rows) for endpoint, rows in found.items()}


def endpoints_below(router: Router) -> tuple[Endpoint, ...]:
    """Return the endpoints of *router* and of all that it includes."""
    return tuple(
        endpoint
        for endpoint in endpoints(router.module.service)
        if endpoint.router is router or _is_below(endpoint, router)
    )


def _is_below(endpoint: Endpoint, router: Router) -> bool:
    if endpoint.router is None:
        return False
    return any(
        mount.app is router or any(link.parent is router for link in mount.links)
        for mount in ways(endpoint.router)
    )


def raised_into(registration: Registration) -> Sequence[Raised]:
    """Return what is raised in the app and answered by *registration*."""
    service = registration.module.service
    return _answered(service).get(registration, ())


@query
def _answered(service: Service) -> dict[Registration, tuple[Raised, ...]]:
    found: dict[Registration, list[Raised]] = {}
    for module in service.modules:
        if in_app(module):
            for raised in raises(module):
                for registration in handlers_for(service, raised.thrown.symbol)[:1]:
                    found.setdefault(registration, []).append(raised)
    return {registration: tuple(rows) for registration, rows in found.items()}


def leaving(step: Step) -> Sequence[Endpoint]:
    """Return the endpoints that what *step* raises may leave, by themselves or a dependency."""
    return _left(step.module.service).get(step, ())


@query
def _left(service: Service) -> dict[Step, tuple[Endpoint, ...]]:
    found: dict[Step, dict[Endpoint, None]] = {}
    for endpoint in endpoints(service):
        for function in _run_by(endpoint):
            for escape in escapes(function):
                found.setdefault(escape.origin, {})[endpoint] = None
    return {step: tuple(rows) for step, rows in found.items()}


def _run_by(endpoint: Endpoint) -> Iterable[Function]:
    """Yield the functions that run for a request: that of *endpoint*, and its dependencies'."""
    yield endpoint.function
    for dependency in dependencies(endpoint):
        provider = dependency.provider
        if isinstance(provider, Class):
            provider = constructor_of(provider)
        if isinstance(provider, Function):
            yield provider
