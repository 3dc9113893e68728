"""What may authenticate before anything is routed: middlewares, and what is set up on the app."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import dependencies
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.inclusions import ways
from gravity_lint.model.api.routers import Router, routers_in
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.auth.credentials import (
    credential_reads,
    last_name,
    names_nobody,
    speaks_of_access,
    takes_request,
)
from gravity_lint.model.auth.gates import asks_who_it_is, may_refuse, turns_away
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.mentions import mentions
from gravity_lint.model.code.names import resolve
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.exceptions.coverage import is_app
from gravity_lint.patterns import pattern

_DEEPEST = 3
"""How many functions are followed, one by the other."""
_PANEL = pattern(r"[Aa]dmin")
"""What a library puts beside the endpoints, to which alone its own login leads."""


def authenticates_before_routing(endpoint: Endpoint) -> bool:
    """Tell whether a middleware may authenticate, so that *endpoint* need not do so.

    By its name, or because it reads credentials, if it may turn somebody away, or because it
    answers with 401; and whatever takes the app and is called so: ``setup_auth(app)``. One of
    another application of the service never meets who asks for *endpoint*.
    """
    gated = _gated(endpoint.module.service)
    if None in gated:
        return True
    above: set[Router | None] = set()
    for way in ways(endpoint.router) if endpoint.router is not None else ():
        above.update((way.app, *(link.parent for link in way.links)))
    made = {id(router.call) if router is not None else None for router in above}
    return bool(gated) and (not made or None in made or not made.isdisjoint(gated))


@query
def _gated(service: Service) -> frozenset[int | None]:
    """Return what makes the applications whose middlewares may authenticate; None: any."""
    found: set[int | None] = set()
    for scope in service.scopes:
        if not in_app(scope.module):
            continue
        for site in scope.calls:
            if _may_authenticate(site):
                found |= _applications(scope, *_receiving(site))
        for function in scope.definitions:
            if isinstance(function, Function):
                receivers = list(_middleware_of(function))
                if receivers and _may_admit(function):
                    found |= _applications(scope, *receivers)
    return frozenset(found)


def _receiving(site: CallSite) -> tuple[f.Expression, ...]:
    """Return what the call *site* puts a middleware on, where it says so."""
    called = site.call.function
    if isinstance(called, f.Call):
        called = called.function
    match called:
        case f.Attribute(value=value, name="add_middleware" | "middleware"):
            return (value,)
    return ()


def _applications(scope: Scope, *receivers: f.Expression) -> set[int | None]:
    """Return what makes the applications that *receivers* stand for; None where that is unknown."""
    known = [routers_in(scope, receiver, {}) for receiver in receivers]
    if not known or not all(known):
        return {None}
    return {
        id(router.call) if router.call is not None and router.is_app else None
        for routers in known
        for router in routers
    }


def _may_authenticate(site: CallSite) -> bool:
    call = site.call
    name = last_name(call.function)
    if isinstance(call.function, f.Call) and name == "middleware":
        made = resolve(site.scope, call.argument(0))  # ``app.middleware("http")(check)``
        return isinstance(made, Function) and _may_admit(made)
    if name in ("add_middleware", "Middleware"):
        given = call.argument(0, "middleware_class") or call.argument(0, "cls")
        dispatch = resolve(site.scope, call.keyword("dispatch"))
        if isinstance(dispatch, Function) and _may_admit(dispatch):
            return True
        return given is not None and _is_gate(site.scope, given)
    if name.endswith("Middleware"):
        return _is_gate(site.scope, call.function)
    name = _PANEL.sub("", name)
    if not speaks_of_access(name) or isinstance(callee_of(site.scope, call), Function):
        return False
    return any(is_app(site.scope, argument) for argument in call.given)


def _is_gate(scope: Scope, given: f.Expression) -> bool:
    """Tell whether the middleware *given* may authenticate."""
    name = last_name(given)
    symbol = resolve(scope, given)
    if names_nobody(name.removesuffix("Middleware")):
        return False
    if isinstance(symbol, Class) and not may_refuse(symbol):
        return False
    if speaks_of_access(name.removesuffix("Middleware")) and "Headers" not in name:
        return True
    return isinstance(symbol, Class) and (
        asks_who_it_is(symbol) or any(_finds_out(method) for method in symbol.methods.values())
    )


def _may_admit(middleware: Function) -> bool:
    """Tell whether the function *middleware* may decide who is let in."""
    if names_nobody(middleware.name) or not may_refuse(middleware):
        return False
    named = speaks_of_access(middleware.name)
    return named or asks_who_it_is(middleware) or _finds_out(middleware)


def _finds_out(function: Function) -> bool:
    """Tell whether *function*, of a middleware, may find out who sends a request.

    By itself, or by a helper where one of them refuses people. What a dependency has put into the
    request's state is there after the routing only.
    """
    return _reads(function) or any(
        _reads(helper) and (turns_away(helper) or turns_away(function))
        for helper in _helpers(function, _DEEPEST)
    )


def _reads(function: Function) -> bool:
    service = function.module.service
    return any(
        not read.kept or _may_be_there(service, read.kept) for read in credential_reads(function)
    )


def _helpers(function: Function, depth: int) -> Iterator[Function]:
    """Yield the functions that *function* calls with the request, *depth* deep."""
    for site in function.calls if depth else ():
        callee = callee_of(function, site.call)
        if isinstance(callee, Function) and takes_request(callee):
            yield callee
            yield from _helpers(callee, depth - 1)


def _may_be_there(service: Service, name: str) -> bool:
    """Tell whether something may put *name* into the state of requests before they are routed."""
    putting = [
        mention.step.scope
        for mention in mentions(service, name)
        if in_app(mention.step.module)
        and isinstance(mention.step.statement, f.Assign)
        and isinstance(mention.expression, f.Attribute)
        and last_name(mention.expression.value) == "state"
        and any(mention.expression is target for target in mention.step.statement.targets)
    ]
    return not putting or not all(scope in _depended_on(service) for scope in putting)


@query
def _depended_on(service: Service) -> frozenset[Scope]:
    """Return the functions on which endpoints depend."""
    return frozenset(
        dependency.provider
        for endpoint in endpoints(service)
        for dependency in dependencies(endpoint)
        if isinstance(dependency.provider, Function)
    )


def _middleware_of(function: Function) -> Iterator[f.Expression]:
    """Yield the applications whose middleware *function* is by its decorators."""
    for decorator in function.decorators:
        match decorator:
            case f.Call(function=f.Attribute(value=value, name="middleware")):
                yield value
