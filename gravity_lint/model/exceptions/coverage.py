"""Which exceptions the app answers for: the handlers as Starlette looks them up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.inclusions import mounts
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.code.calls import makings
from gravity_lint.model.code.frameworks import external_bases
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import External, ancestors, bases, inherits, path_of, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import is_used
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.words import saying
from gravity_lint.model.exceptions.classes import (
    HTTP_EXCEPTION,
    Thrown,
    is_domain,
    is_root,
    method_resolution,
)
from gravity_lint.model.exceptions.clauses import Clause, clauses, clauses_by_trial
from gravity_lint.model.exceptions.escapes import decorators_let_out, escapes, own_raises
from gravity_lint.model.exceptions.handlers import ExceptionHandler
from gravity_lint.model.exceptions.registrations import (
    APPS,
    App,
    Registration,
    made_by,
    registrations,
)
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

_HARMLESS = frozenset(
    {
        "asgi_lifespan",
        "builtins",
        "ddtrace",
        "elasticapm",
        "fastapi",
        "fastapi_mcp",
        "fastapi_pagination",
        "gunicorn",
        "httpx",
        "hypercorn",
        "logfire",
        "logging",
        "mangum",
        "newrelic",
        "opentelemetry",
        "prometheus_fastapi_instrumentator",
        "sentry_sdk",
        "slowapi",
        "sqladmin",
        "starlette",
        "starlette_exporter",
        "structlog",
        "typing",
        "uvicorn",
    }
)
"""Packages whose functions take an app and add no handler for domain exceptions."""
_ALL = ("builtins.Exception", "builtins.BaseException")
_CATCHING = pattern("error|exception|fault|problem", re.IGNORECASE)
"""Middlewares and decorators that are called so may answer for exceptions."""


@query
def apps(service: Service) -> tuple[CallSite, ...]:
    """Return the places in the app where an application is made."""
    return tuple(site for site, _ in makings(service, *APPS) if in_app(site.module))


@query
def active_registrations(service: Service) -> tuple[Registration, ...]:
    """Return the registrations that happen, as far as can be seen.

    Where the app is in view, a function that wants it and that nobody uses
    registers nothing.
    """
    makers = {site.scope for site in apps(service)}
    return tuple(
        r for r in registrations(service) if not makers or not _is_forgotten(r.site.scope, makers)
    )


def _is_forgotten(scope: Scope, makers: Collection[Scope]) -> bool:
    return (
        isinstance(scope, Function)
        and isinstance(scope.parent, Module)
        and bool(scope.arguments)
        and not scope.decorators
        and scope not in makers
        and not is_used(scope)
    )


@query
def hidden_registrations(service: Service) -> bool:
    """Tell whether handlers may be registered where the linter cannot see them.

    A key that is not known, a route class that may translate, an app that is
    handed to a function of a library (``register_handlers(app)``), a middleware
    or a decorator of endpoints that comes from a library and by its name deals
    with exceptions.
    """
    if any(r.key is None for r in active_registrations(service)):
        return True
    if heirs(service, "fastapi.routing.APIRoute"):
        return True
    if any(
        _may_catch(x.function.parent or x.function, decorator)
        for x in endpoints(service)
        for decorator in x.function.decorators
    ):
        return True
    for scope in service.scopes:
        if not in_app(scope.module):
            continue
        for site in scope.calls:
            given = site.call.given
            if _may_register(scope, site.call) and any(is_app(scope, value) for value in given):
                return True
            if adds_middleware(site) and any(_may_catch(scope, value) for value in given):
                return True
    return False


def adds_middleware(site: CallSite) -> bool:
    """Tell whether the first argument of the call *site* becomes a middleware."""
    match site.call.function:
        case f.Attribute(name="add_middleware"):
            return True
    return path_of(site.scope, site.call.function) == "starlette.middleware.Middleware"


def _may_catch(scope: Scope, expression: f.Expression) -> bool:
    if isinstance(expression, f.Call):
        expression = expression.function
    symbol = resolve(scope, expression)
    return (
        isinstance(symbol, External)
        and symbol.package not in _HARMLESS
        and _CATCHING.search(symbol.name) is not None
    )


def is_app(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* is an application, by its type or else by its name."""
    if not isinstance(expression, f.Name | f.Attribute):
        return False
    found = type_of(scope, expression)
    if found is not None:
        return not found.is_class and found.is_a(*APPS)
    return isinstance(expression, f.Name) and expression.name in ("app", "application")


def _may_register(scope: Scope, call: f.Call) -> bool:
    callee = callee_of(scope, call)
    if isinstance(callee, External):
        return callee.package not in _HARMLESS
    return callee is None


def applications_of(*registered: Endpoint) -> tuple[App, ...]:
    """Return the applications that answer for endpoints; none where one of them is not known."""
    found: dict[App, None] = {}
    for endpoint in registered:
        ways = mounts(endpoint.router) if endpoint.router is not None else ()
        made = [made_by(way.app) if way.app is not None else None for way in ways]
        if not made or None in made:
            return ()
        found.update((app, None) for app in made if app is not None)
    return tuple(found)


def handlers_for(
    service: Service, symbol: Class | External, answering: tuple[App, ...] = ()
) -> tuple[Registration, ...]:
    """Return the registrations that take exceptions of class *symbol*, the nearest class first.

    With applications *answering*, only those that may be theirs.
    Those for ``Exception`` are not counted. A shared domain exception, of which
    only the name is in view, still reaches the root.
    """
    line = list(method_resolution(symbol) or (a for a in ancestors(symbol) if a is not None))
    if is_domain(service, symbol):
        words = service.settings.vocabulary
        keys = [r.key for r in active_registrations(service) if not isinstance(r.key, int)]
        line += [k for k in keys if k is not None and k not in line and is_root(k, words)]
    return tuple(
        registration
        for kind in line
        if not (isinstance(kind, External) and kind.path in _ALL)
        for registration in active_registrations(service)
        if registration.key == kind and _is_for(registration, answering)
    )


def _is_for(registration: Registration, answering: tuple[App, ...]) -> bool:
    """Tell whether one of the applications may get it; where none is given, whether any may."""
    if not answering or not registration.apps:
        return True
    return not set(answering).isdisjoint(registration.apps)


def status_answered(
    service: Service, thrown: Thrown, answering: tuple[App, ...] = ()
) -> int | None:
    """Return the status with which the app answers what is *thrown*; None if it is not known."""
    if thrown.is_http and thrown.status is not None:
        return thrown.status
    found = handlers_for(service, thrown.symbol, answering)
    if not found or found[0].function is None:
        return thrown.status
    statuses = set(ExceptionHandler(found[0].function, (found[0].key,)).statuses)
    only = statuses.pop() if len(statuses) == 1 else None
    return only if only is not None else thrown.status


def is_handled(
    service: Service, symbol: Class | External, answering: tuple[App, ...] = ()
) -> bool | None:
    """Tell whether the app answers for exceptions of class *symbol* below ``Exception``.

    With applications *answering*, whether one of them does.

    None where that is not knowable: no app in view, handlers registered out of
    view, an unknown base, or something that takes everything and tells apart
    what it got (a handler of ``Exception``, a middleware, a decorator).
    """
    if handlers_for(service, symbol, answering) or inherits(symbol, HTTP_EXCEPTION):
        return True
    if not apps(service) or hidden_registrations(service) or _bases_hidden(service, symbol):
        return None
    if any(_tells_apart(function, _parameter(function)) for function in _catch_alls(service)):
        return None
    around = (*middleware_clauses(service), *decorator_clauses(service))
    if any(_may_answer(clause, symbol) for clause in around):
        return None
    return False


def passes_root_handlers(service: Service, symbol: Class | External) -> bool:
    """Tell whether the root of domain exceptions has handlers, and *symbol* certainly none."""
    words = service.settings.vocabulary
    keys = [r.key for r in active_registrations(service)]
    return (
        any(isinstance(key, Class | External) and is_root(key, words) for key in keys)
        and not handlers_for(service, symbol)
        and not hidden_registrations(service)
        and not _bases_hidden(service, symbol)
    )


def _bases_hidden(service: Service, symbol: Class | External) -> bool:
    """Tell whether a handler may be registered for a base of *symbol* that is not in view.

    Where a base is unresolved, any; where a class of a library ends the view,
    one for another class of that library.
    """
    above = [a for a in ancestors(symbol) if a is not None]
    if any(isinstance(a, Class) and None in bases(a) for a in above):
        return True
    unknown = {
        a.package for a in above if isinstance(a, External) and external_bases(a.path) is None
    }
    return any(
        isinstance(r.key, External)
        and r.key.package in unknown
        and is_domain(service, r.key) is not False
        for r in active_registrations(service)
    )


def _catch_alls(service: Service) -> Iterator[Function]:
    for registration in active_registrations(service):
        key = registration.key
        if key == 500 or (isinstance(key, External) and key.path.startswith("builtins.")):
            if registration.function is not None:
                yield registration.function


def _parameter(function: Function) -> str | None:
    return function.arguments[1].name if len(function.arguments) > 1 else None


def _tells_apart(function: Function, name: str | None) -> bool:
    """Tell whether *function* asks of what kind *name* is, or reads more than its text."""
    for step in function.steps:
        if isinstance(step.statement, f.Match):
            return True
        for inner in step.parts:
            match inner:
                case f.Call(
                    function=f.Name(name="isinstance" | "getattr" | "hasattr"),
                    arguments=(f.Name(name=given), *_),
                ) if given == name:
                    return True
                case f.Attribute(value=f.Name(name=owner), name=attribute):
                    if owner == name and not attribute.startswith(("_", "args", "with_")):
                        return True
    return False


@query
def middleware_clauses(service: Service) -> tuple[Clause, ...]:
    """Return the ``except`` clauses around the place where a middleware calls the next app."""
    found: list[Clause] = []
    modules = (m for m in saying(service, ("app", "call_next", "dispatch")) if in_app(m))
    for function in (function for module in modules for function in module.functions):
        names = {"call_next"}
        if function.name == "dispatch" and len(function.arguments) > 1:
            names.add(function.arguments[1].name)
        for site in function.calls:
            match site.call.function:
                case f.Attribute(name="app" | "call_next"):
                    found += _clauses_around(site)
                case f.Name(name=name) if name in names:
                    found += _clauses_around(site)
    return tuple(found)


@query
def decorator_clauses(service: Service) -> tuple[Clause, ...]:
    """Return the ``except`` clauses around the place where a decorator calls what it decorates."""
    found: list[Clause] = []
    for function in service.functions:
        outer = function.parent
        if not isinstance(outer, Function) or not outer.arguments or not in_app(function.module):
            continue
        decorated = outer.arguments[0].name
        for site in function.calls:
            match site.call.function:
                case f.Name(name=name) if name == decorated and not function.parameter(name):
                    found += _clauses_around(site)
    return tuple(found)


def _clauses_around(site: CallSite) -> Iterator[Clause]:
    for trial in site.step.trying:
        yield from clauses_by_trial(site.module)[id(trial)]


def _may_answer(clause: Clause, symbol: Class | External) -> bool:
    if clause.takes(symbol) is False or clause.always_reraises:
        return False
    if not clause.broad or clause.recipients or clause.asks_status:
        return True
    scope = clause.scope
    return isinstance(scope, Function) and _tells_apart(scope, clause.handler.name)


# -- what rules are asked about --------------------------------------------------------------


class HandledApp(Record, frozen=True):
    """An app of a service that registers handlers of domain exceptions; *first* of them.

    It stands where the *app* is made, or where that is not in view, where the
    first of these handlers is registered. Where it is not known which app gets
    them, all of the service count as one.
    """

    service: Service
    first: Registration
    app: App | None

    @cached_property
    def _made(self) -> CallSite | None:
        made = apps(self.service)
        if self.app is not None:
            return next((site for site in made if App(site.module, site.span) == self.app), None)
        return made[0] if len(made) == 1 else None

    @property
    def module(self) -> Module:
        """The module that makes it."""
        return self._made.module if self._made is not None else self.first.module

    @property
    def span(self) -> Span:
        """The call that makes it."""
        return self._made.span if self._made is not None else self.first.at

    @property
    def extent(self) -> Span:
        """The lines of that call's statement."""
        return self._made.extent if self._made is not None else self.first.site.extent

    @property
    def label(self) -> str:
        """The dotted name of the scope."""
        return self._made.label if self._made is not None else self.first.site.label

    @property
    def open(self) -> bool:
        """Tell whether more handlers may be registered out of view."""
        return hidden_registrations(self.service)

    @property
    def catches_all(self) -> bool:
        """Tell whether it answers for what nobody expects: by a handler or in a middleware."""
        return self.handles("builtins.Exception", "builtins.BaseException", 500) or any(
            clause.broad and not clause.always_reraises
            for clause in middleware_clauses(self.service)
        )

    def handles(self, *keys: str | int) -> bool:
        """Tell whether there is a handler for one of *keys*: canonical paths or statuses."""
        return any(
            (r.key.path if isinstance(r.key, External) else r.key) in keys
            for r in active_registrations(self.service)
            if self.app is None or _is_for(r, (self.app,))
        )


def handled_apps(service: Service) -> tuple[HandledApp, ...]:
    """Return the service's apps that register handlers of domain exceptions."""
    found: dict[App | None, HandledApp] = {}
    for registration in active_registrations(service):
        key = registration.key
        if isinstance(key, Class | External) and is_domain(service, key):
            for app in registration.apps or (None,):
                found.setdefault(app, HandledApp(service, registration, app))
    if None in found or len(found) > len(apps(service)):
        return tuple(found.values())[:1]
    return tuple(found.values())


class RaisedException(Record, frozen=True):
    """A domain exception that the app raises; *raises* are the places, in source order."""

    service: Service
    symbol: Class | External
    raises: tuple[Step, ...]

    @property
    def defined(self) -> Class | None:
        """The class, if the app defines it."""
        own = self.symbol if isinstance(self.symbol, Class) else None
        return own if own is not None and in_app(own.module) else None

    @property
    def name(self) -> str:
        """The bare name of the class."""
        return self.symbol.name

    @property
    def module(self) -> Module:
        """The module that defines it, or where it comes from elsewhere, first raises it."""
        return self.defined.module if self.defined is not None else self.raises[0].module

    @property
    def span(self) -> Span:
        """The name of the class, or the first place that raises it."""
        return self.defined.span if self.defined is not None else self.raises[0].span

    @property
    def extent(self) -> Span:
        """The ``class`` line, or the lines of that place."""
        return self.defined.extent if self.defined is not None else self.raises[0].extent

    @property
    def label(self) -> str:
        """The dotted name of the class, or of the function that first raises it."""
        return self.defined.label if self.defined is not None else self.raises[0].label

    @cached_property
    def handled(self) -> bool | None:
        """Tell whether the app answers for it below ``Exception``; None if not knowable."""
        answer = is_handled(self.service, self.symbol)
        return False if answer and self.unanswered is not None else answer

    @cached_property
    def unanswered(self) -> App | None:
        """The application that it certainly reaches and that has no handler, where others have."""
        if len(apps(self.service)) < 2 or inherits(self.symbol, HTTP_EXCEPTION):
            return None
        for endpoint in self._leaves:
            for app in applications_of(endpoint):
                if is_handled(self.service, self.symbol, (app,)) is False:
                    return app
        return None

    @property
    def lacks_handler(self) -> bool:
        """Tell whether nobody answers for it where it may arrive."""
        return self.handled is False and (not self.caught or self.reaches_app)

    @cached_property
    def common_base(self) -> Class | None:
        """The base, or the class itself, for which one handler would answer for several of these.

        That is the topmost one of the service's own below the root.
        """
        if self.unanswered is not None or self.defined is None:
            return None
        below = _unhandled_below(self.service)
        return next((x for x in reversed(_line(self.service, self.symbol)) if below[x] > 1), None)

    @cached_property
    def caught(self) -> bool:
        """Tell whether some clause of the app takes it by name, so that it may never arrive."""
        return any(
            clause.takes(self.symbol) is not False and not clause.always_reraises
            for clause in clauses(self.service)
            if not clause.broad
        )

    @cached_property
    def reaches_app(self) -> bool:
        """Tell whether it certainly leaves an endpoint."""
        return any(self._leaves)

    @property
    def _leaves(self) -> Iterator[Endpoint]:
        """The endpoints that it certainly leaves."""
        for endpoint in endpoints(self.service):
            if any(escape.thrown.symbol == self.symbol for escape in escapes(endpoint.function)):
                if decorators_let_out(endpoint.function, self.symbol):
                    yield endpoint


@by_module
def raised_exceptions(module: Module) -> Iterator[RaisedException]:
    """Return the domain exceptions that the app raises, in the order of the first raise."""
    service = module.service
    here = (thrown for rows in own_raises(module).values() for _, thrown in rows)
    if any(is_domain(service, cls) for cls in module.classes) or any(
        is_domain(service, thrown.symbol) for thrown in here
    ):
        yield from (raised for raised in _raised(service) if raised.module is module)


@query
def _raised(service: Service) -> tuple[RaisedException, ...]:
    return tuple(x for x in _all_raised(service) if is_domain(service, x.symbol))


@query
def _all_raised(service: Service) -> tuple[RaisedException, ...]:
    """Return what the app raises, of the domain or not."""
    found: dict[Class | External, list[Step]] = {}
    for module in service.modules:
        for rows in own_raises(module).values():
            for step, thrown in rows:
                found.setdefault(thrown.symbol, []).append(step)
    return tuple(RaisedException(service, x, tuple(steps)) for x, steps in found.items())


def needs_handler(service: Service, cls: Class) -> bool:
    """Tell whether nobody answers for *cls*, or what derives from it, where it may arrive.

    Be it of the domain or not.
    """
    return is_handled(service, cls) is False and any(
        cls in ancestors(raised.symbol) and raised.lacks_handler for raised in _all_raised(service)
    )


def lacks_handler(service: Service, symbol: Class | External) -> bool:
    """Tell whether nobody answers for the domain exception *symbol* where it may arrive."""
    return symbol in _without_handler(service)


@query
def _without_handler(service: Service) -> frozenset[Class | External]:
    return frozenset(x.symbol for x in raised_exceptions(service) if x.lacks_handler)


def _line(service: Service, symbol: Class | External) -> list[Class]:
    """Return *symbol* and its bases in the app, below the root of the domain exceptions."""
    words = service.settings.vocabulary
    return [
        x
        for x in ancestors(symbol)
        if isinstance(x, Class) and in_app(x.module) and is_domain(service, x)
        if not is_root(x, words)
    ]


@query
def _unhandled_below(service: Service) -> Counter[Class]:
    """Return how many exceptions that are raised and not handled derive from each class."""
    return Counter(
        base
        for raised in raised_exceptions(service)
        if raised.lacks_handler
        for base in _line(service, raised.symbol)
    )
