"""Routes that tests add to an application of the service before they ask for them."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.inclusions import mounts
from gravity_lint.model.api.routers import VERBS, Router, routers_in
from gravity_lint.model.code.names import External
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.code.values import text_of, value_of
from gravity_lint.model.testing.clients import app_of
from gravity_lint.model.testing.tests import in_tests

_DECORATORS = (*VERBS, "api_route", "route")
_ADDERS = ("add_api_route", "add_route")
_JOINING = ("include_router", "mount", "host")


class Addition(Record, frozen=True):
    """A route that a test registers.

    *app* is the application that gets it; None: whichever. *path* is None where it is not
    known, and only its end where nobody knows what stands before it (*loose*); *below*: so is
    all that lies below the path.
    """

    app: Router | None
    path: str | None
    methods: frozenset[str] | None
    loose: bool = False
    below: bool = False


@query
def additions(service: Service) -> tuple[Addition, ...]:
    """Return what tests and what they use register on applications and routers."""
    found: list[Addition] = []
    for scope in service.scopes:
        if not in_tests(scope.module):
            continue
        decorating = {id(d) for definition in scope.definitions for d in definition.decorators}
        for site in scope.calls:
            method = site.call.function
            if isinstance(method, f.Attribute):
                found += _added(site, method, id(site.call) in decorating)
    return tuple(found)


@query
def includes_unknown(service: Service) -> bool:
    """Tell whether tests include a router of which nobody knows which one it is."""
    return any(
        isinstance(method := site.call.function, f.Attribute)
        and method.name == "include_router"
        and not routers_in(site.scope, site.call.argument(0, "router"), {})
        for scope in service.scopes
        if in_tests(scope.module)
        for site in scope.calls
    )


def _added(site: CallSite, method: f.Attribute, decorates: bool) -> Iterator[Addition]:
    path = site.call.argument(0, "path")
    if (decorates and method.name in _DECORATORS) or method.name in _ADDERS:
        if path is None or isinstance(callee_of(site.scope, site.call), External):
            if not _is_router(site.scope, method.value):
                return  # ``@responses.get(...)``, a decorator of some other library
        text = text_of(site.scope, path)
        yield from _registered(site, method.value, text, _methods(site, method.name))
    elif method.name in _JOINING:
        if method.name == "include_router":
            yield from _included(site, method.value)
            return
        text = text_of(site.scope, path)
        for app in _apps(site.scope, method.value):
            yield Addition(app, text, None, below=True)
    elif method.name in ("append", "insert", "extend"):
        if isinstance(method.value, f.Attribute) and method.value.name == "routes":
            for app in _apps(site.scope, method.value.value):
                yield Addition(app, None, None)


def _included(site: CallSite, receiver: f.Expression) -> Iterator[Addition]:
    """Yield all that lies below the prefix of a router that a test includes."""
    given = site.call.keyword("prefix")
    prefix = "" if given is None else text_of(site.scope, given)
    children = routers_in(site.scope, site.call.argument(0, "router"), {})
    own = {child.prefix for child in children} or {""}
    one = own.pop() if len(own) == 1 else None
    text = prefix + one if prefix is not None and one is not None else None
    if text == "" and children and all(in_tests(child.module) for child in children):
        return  # what is registered on them is known by itself
    for app in _apps(site.scope, receiver):
        yield Addition(app, text or None, None, below=True)


def _registered(
    site: CallSite, receiver: f.Expression, path: str | None, methods: frozenset[str] | None
) -> Iterator[Addition]:
    """Yield a route on *receiver*, for each way from an application to it."""
    known = routers_in(site.scope, receiver, {})
    app = app_of(site.scope, receiver) if not known else None
    for router in known or ((app,) if app is not None else ()):
        if router.is_app and in_tests(router.module):
            continue  # an application of the tests' own
        if path is None:
            yield Addition(None, None, methods)
        elif ways := mounts(router):
            for way in ways:
                top = way.links[0].parent if way.links else way.app
                yield Addition(top, way.prefix + path, methods)
        else:
            yield Addition(None, path, methods, loose=True)
    if not known and app is None:
        yield Addition(None, path or "", methods, loose=True)


def _apps(scope: Scope, receiver: f.Expression) -> tuple[Router | None, ...]:
    """Return the applications of the service that *receiver* may be; None: whichever."""
    known = routers_in(scope, receiver, {})
    if known:
        return tuple(None if not x.is_app else x for x in known if not in_tests(x.module))
    return (app_of(scope, receiver),)


def _is_router(scope: Scope, receiver: f.Expression) -> bool:
    return bool(routers_in(scope, receiver, {})) or app_of(scope, receiver) is not None


def _methods(site: CallSite, name: str) -> frozenset[str] | None:
    """Return the methods of a registration; None if they are not known."""
    if name in VERBS:
        return frozenset({name.upper()})
    given = site.call.keyword("methods")
    if given is None:
        return frozenset({"GET"}) if not site.call.unpacks else None
    if not isinstance(given, f.Collection):
        return None
    words = [value_of(site.scope, item) for item in given.items]
    return None if None in words else frozenset(str(w.value).upper() for w in words if w)
