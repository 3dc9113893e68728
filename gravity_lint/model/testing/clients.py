"""HTTP clients in tests: which values are one, what they are made with, and what they ask for.

A client is httpx's or Starlette's test client, known by its constructor, also
behind fixtures, context managers, helper functions and attributes, or by an
annotation. Other things with a method ``get`` are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeVar

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.environments import callers
from gravity_lint.model.api.routers import Router, routers, routers_in
from gravity_lint.model.code.bindings import Assigned, Entered, Iterated, Received
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.names import (
    External,
    Variable,
    ancestors,
    inherits,
    resolve,
    written_out,
)
from gravity_lint.model.code.questions import by_module, question
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import binding_at
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.code.types import (
    Type,
    callee_of,
    type_of,
    type_of_attribute,
    type_of_parameter,
)
from gravity_lint.model.code.values import text_of, value_of
from gravity_lint.model.testing.fixtures import (
    fixture_for,
    fixture_of,
    is_out_of_view,
    results_of,
)
from gravity_lint.model.testing.tests import collected, in_tests
from gravity_lint.model.testing.urls import (
    Target,
    is_public,
    joined,
    names_host,
    path_in,
    target_of,
    url_text,
)
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

T = TypeVar("T")
ASYNC_CLIENTS = ("httpx.AsyncClient", "httpx2.AsyncClient")
TEST_CLIENT = "fastapi.testclient.TestClient"
_CLIENTS = (*ASYNC_CLIENTS, "httpx.Client", "httpx2.Client", TEST_CLIENT)
VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
_METHODS = (*VERBS, "request", "stream")
_CALLED = pattern(
    r"(?:async_|test_|http_|api_|auth_|authed_|authenticated_|authorized_|admin_)*client|ac"
)
"""How fixtures that give a client are called, the document's ``client`` first."""
_ENTERING = ("enter_async_context", "enter_context")
_DEEPEST = 8


class Client(msgspec.Struct, frozen=True):
    """A client: its class, and the constructor *call* in *scope* if that is known."""

    path: str
    scope: Scope
    call: f.Call | None
    plain: bool = True
    """Made by the library's own class, not by a subclass that may do more."""
    by_name: bool = False
    """Nothing but its name tells: a fixture called ``client`` that is not in view."""

    def keyword(self, name: str) -> f.Expression | None:
        """Return what its constructor is given for *name*."""
        return self.call.keyword(name) if self.call is not None else None

    @property
    def base_path(self) -> str | None:
        """The path below which it asks, by its ``base_url``; None if that is not known."""
        base = self.keyword("base_url")
        text = url_text(self.scope, base) if base is not None else ""
        return path_in(text) if text is not None else None

    @property
    def root_path(self) -> str | None:
        """What it says that a proxy has before the paths, and Starlette takes off; None if unknown.

        A test client says it itself, others by the transport to their application.
        """
        if self.path == TEST_CLIENT:
            scope, given = self.scope, self.call and self.call.argument(3, "root_path")
        elif (transport := self._transport) is not None:
            scope, given = transport[0], transport[1].argument(2, "root_path")
        else:
            return ""
        text = text_of(scope, given) if given is not None else ""
        return text.rstrip("/") if text is not None else None

    @property
    def app(self) -> Router | None:
        """The application to which its requests go; None if that is not known."""
        if self.by_name:
            return _only_app(self.scope.module.service)
        if self.call is None or self.call.unpacks:
            return None
        if self.path == TEST_CLIENT:
            return app_of(self.scope, self.call.argument(0, "app"))
        given = self.call.keyword("app")
        if given is not None:
            return app_of(self.scope, given)
        transport = self._transport
        return app_of(transport[0], transport[1].argument(0, "app")) if transport else None

    @property
    def _transport(self) -> tuple[Scope, f.Call] | None:
        """The call of ``ASGITransport`` that its constructor is given, and where it stands."""
        given = self.keyword("transport")
        if given is None:
            return None
        scope, made = written_out((self.scope, given))
        if isinstance(made, f.Call):
            callee = callee_of(scope, made)
            if isinstance(callee, External) and callee.name == "ASGITransport":
                return scope, made
        return None


class ClientCall(AtCall, Record, frozen=True):
    """A request that a test or what it uses makes; *method* is None if it is not known."""

    site: CallSite
    client: Client
    method: str | None
    url: f.Expression | None

    @property
    def span(self) -> Span:
        """The URL, or the call if there is none."""
        return self.url.span if self.url is not None else self.site.span

    @cached_property
    def target(self) -> Target | None:
        """The path that it asks for, as far as it is known."""
        text = url_text(self.site.scope, self.url)
        above = self.client.base_path
        if text is None or above is None:
            return None
        below = path_in(text)
        if below is None:
            return None
        path = below if names_host(text) else joined(above, below)
        root = self.client.root_path
        if root is None:
            return None
        return target_of(path.removeprefix(root) if path.startswith(f"{root}/") else path)

    @property
    def goes_elsewhere(self) -> bool:
        """Tell whether it is written to go to some host of the internet, and through no app.

        What answers it in a test is a mock, whose status nobody needs to look at.
        """
        if self.client.path == TEST_CLIENT or self.client.call is None:
            return False
        if any(self.client.keyword(x) is not None for x in ("app", "transport", "mounts")):
            return False
        text = url_text(self.site.scope, self.url) or ""
        if not names_host(text):
            base = self.client.keyword("base_url")
            text = (url_text(self.client.scope, base) if base is not None else "") or ""
        return is_public(text)

    @property
    def follows(self) -> bool | None:
        """Tell whether it follows redirects; None if that is not known."""
        for scope, given in (
            (self.site.scope, self.site.call.keyword("follow_redirects")),
            (self.client.scope, self.client.keyword("follow_redirects")),
        ):
            if given is not None:
                known = value_of(scope, given)
                return bool(known.value) if known is not None else None
        if self.site.call.unpacks:
            return None
        if not self.client.by_name and (self.client.call is None or self.client.call.unpacks):
            return None
        return self.client.path == TEST_CLIENT


# -- which values are clients --------------------------------------------------------------


def client_of(scope: Scope, expression: f.Expression | None) -> Client | None:
    """Return the client that *expression* certainly is, seen from *scope*."""
    if expression is None:
        return None
    return scope.module.service.memory.ask(
        ("client", scope, expression), None, _client_of, scope, expression
    )


def _client_of(scope: Scope, expression: f.Expression) -> Client | None:
    match expression:
        case f.Await(value=value) | f.Walrus(value=value):
            return client_of(scope, value)
        case f.Call():
            return _made_by(scope, expression)
        case f.Name(name=name):
            symbol = resolve(scope, expression)
            if isinstance(symbol, Variable):
                return _of_bindings(symbol, name, expression.span)
        case f.Attribute(value=value, name=name):
            symbol = resolve(scope, expression)
            if isinstance(symbol, Variable):
                return _of_bindings(symbol, name, None)
            owner = type_of(scope, value) or _type_of_held(scope, value)
            if owner is not None and owner.cls is not None:
                return _kept(owner.cls, name) or _typed(scope, type_of_attribute(owner, name))
    return None


def _type_of_held(scope: Scope, expression: f.Expression) -> Type | None:
    """Return the type of what *expression* is through fixtures; None if they give several."""
    return _agreed(type_of(where, value) for where, value in _held(scope, expression))


def _typed(scope: Scope, found: Type | None) -> Client | None:
    """Return what is only known to be a client by its type."""
    if found is None or found.is_class or found.path not in _CLIENTS:
        return None
    return Client(found.path, scope, None)


def _kept(cls: Class, name: str) -> Client | None:
    """Return the client that objects of *cls* keep as *name*, which a base may have given them."""
    for ancestor in ancestors(cls):
        rows = ancestor.attributes.get(name, ()) if isinstance(ancestor, Class) else ()
        if rows:
            return _agreed(client_of(method, assign.value) for method, assign in rows)
    return None


def _made_by(scope: Scope, call: f.Call) -> Client | None:
    match call.function:
        case f.Attribute(name=name) if name in _ENTERING:
            return client_of(scope, call.argument(0))
        case f.Attribute(value=value, name="__aenter__" | "__enter__"):
            return client_of(scope, value)
    callee = callee_of(scope, call)
    match callee:
        case External(path=path) if path in _CLIENTS:
            return Client(path, scope, call)
        case Class():
            for path in _CLIENTS:
                if inherits(callee, path):
                    return Client(path, scope, call, plain=not callee.methods)
        case Function():
            return _agreed(client_of(callee, value) for value in results_of(callee))
        case None if isinstance(call.function, f.Name):
            return _made_by_fixture(scope, call.function)
    return None


def _made_by_fixture(scope: Scope, function: f.Name) -> Client | None:
    """Return the client that calling what a fixture gives makes: ``client_factory()``."""
    found: list[Client | None] = []
    for where, value in _held(scope, function):
        maker = resolve(where, value)
        if not isinstance(maker, Function):
            return None
        found += [client_of(maker, result) for result in results_of(maker)]
    return _agreed(found)


def _held(
    scope: Scope, expression: f.Expression, depth: int = 3
) -> list[tuple[Scope, f.Expression]]:
    """Return what *expression* is, through fixtures, functions and tuples; nothing if unknown."""
    if depth == 0:
        return []
    if isinstance(expression, f.Await):
        return _held(scope, expression.value, depth)
    if isinstance(expression, f.Call):
        callee = callee_of(scope, expression)
        return [(callee, x) for x in results_of(callee)] if isinstance(callee, Function) else []
    symbol = resolve(scope, expression) if isinstance(expression, f.Name) else None
    if not isinstance(symbol, Variable):
        return []
    match binding_at(symbol, expression.span):
        case Assigned(value=value, unpacked=path, operator="") if value is not None:
            return _unpacked(symbol.scope, value, path, depth - 1)
        case Received() if isinstance(symbol.scope, Function) and is_run_by_pytest(symbol.scope):
            fixture = fixture_for(symbol.scope, symbol.name)
            return [(fixture.function, x) for x in fixture.given] if fixture is not None else []
    return []


def _unpacked(
    scope: Scope, value: f.Expression, path: Iterable[int], depth: int = 3
) -> list[tuple[Scope, f.Expression]]:
    """Return what stands at *path* in *value*; nothing if that is not written out as a tuple."""
    rows = [(scope, value)]
    if isinstance(value, f.Name | f.Call | f.Await):
        rows = _held(scope, value, depth)
    for place in path:
        inner: list[tuple[Scope, f.Expression]] = []
        for where, whole in rows:
            if not isinstance(whole, f.Collection) or not 0 <= place < len(whole.items):
                return []
            if any(isinstance(item, f.Starred) for item in whole.items):
                return []
            inner.append((where, whole.items[place]))
        rows = inner
    return rows


def _agreed(rows: Iterable[T | None]) -> T | None:
    """Return the one thing that all are; None if they differ or one is not known."""
    found = list(rows)
    return found[0] if found and all(row == found[0] for row in found) else None


def _of_bindings(variable: Variable, name: str, at: Span | None) -> Client | None:
    scope = variable.scope
    match binding_at(variable, at):
        case Assigned(value=value, unpacked=(), operator=""):
            return client_of(scope, value)
        case Assigned(value=value, unpacked=path, operator="") if value is not None:
            held = _unpacked(scope, value, path)
            return _agreed(client_of(where, item) for where, item in held)
        case Entered(context=context):
            return client_of(scope, context)
        case Iterated(iterable=f.Call() as call):
            return _yielded(scope, call)
        case Received(parameter=parameter):
            assert isinstance(scope, Function)
            return _of_parameter(scope, parameter, name)
    return None


def _yielded(scope: Scope, call: f.Call, depth: int = 3) -> Client | None:
    """Return the client that the generator yields which *call* makes, or hands on."""
    callee = callee_of(scope, call)
    if not isinstance(callee, Function) or depth == 0:
        return None
    if callee.is_generator:
        return _agreed(client_of(callee, value) for value in results_of(callee))
    return _agreed(
        _yielded(callee, value, depth - 1) if isinstance(value, f.Call) else None
        for value in results_of(callee)
    )


def _of_parameter(function: Function, parameter: f.Parameter, name: str) -> Client | None:
    if is_run_by_pytest(function):
        fixture = fixture_for(function, name)
        if fixture is not None:
            return _agreed(client_of(fixture.function, value) for value in fixture.given)
    else:
        found = _agreed(
            client_of(site.scope, argument_for(function, site.call, parameter))
            for site in callers(function)
        )
        if found is not None:
            return found
    annotated = type_of_parameter(function, parameter)
    typed = _typed(function, annotated)
    if typed is not None:
        return typed
    if annotated is None and parameter.annotation is None and _CALLED.fullmatch(name):
        if is_run_by_pytest(function) and is_out_of_view(function, name):
            path = ASYNC_CLIENTS[0] if function.is_async else TEST_CLIENT
            return Client(path, function, None, by_name=True)
    return None


def _only_app(service: Service) -> Router | None:
    """Return the application of the service, if it has but one."""
    apps = [x for x in routers(service) if x.is_app and not in_tests(x.module)]
    return apps[0] if len(apps) == 1 else None


def is_run_by_pytest(function: Function) -> bool:
    """Tell whether the parameters of *function* are fixtures: it is a test or a fixture."""
    return collected(function) is not None or fixture_of(function) is not None


def app_of(scope: Scope, expression: f.Expression | None) -> Router | None:
    """Return the application of the service that *expression* stands for, also behind fixtures."""
    if expression is None:
        return None
    return scope.module.service.memory.ask(
        ("app", scope, expression), None, _app_of, scope, expression
    )


def _app_of(scope: Scope, expression: f.Expression) -> Router | None:
    found = routers_in(scope, expression, {})
    if len(found) == 1 and found[0].call is not None:
        return found[0] if found[0].is_app and not in_tests(found[0].module) else None
    match expression:
        case f.Await(value=value):
            return app_of(scope, value)
        case f.Attribute(value=f.Name() as manager, name="app"):
            return _app_of_manager(scope, manager)
        case f.Name(name=name):
            symbol = resolve(scope, expression)
            if not isinstance(symbol, Variable):
                return None
            match binding_at(symbol, expression.span):
                case Assigned(value=f.Name() | f.Attribute() as value, unpacked=(), operator=""):
                    return app_of(symbol.scope, value)
                case Received(parameter=parameter):
                    function = symbol.scope
                    assert isinstance(function, Function)
                    if is_run_by_pytest(function):
                        fixture = fixture_for(function, name)
                        if fixture is None:
                            return None
                        apps = {app_of(fixture.function, row) for row in fixture.given}
                    else:
                        apps = {
                            app_of(site.scope, argument_for(function, site.call, parameter))
                            for site in callers(function)
                        }
                    return apps.pop() if len(apps) == 1 else None
    return None


def _app_of_manager(scope: Scope, manager: f.Name) -> Router | None:
    """Return the app of ``async with LifespanManager(app) as manager``."""
    symbol = resolve(scope, manager)
    if isinstance(symbol, Variable):
        match binding_at(symbol, manager.span):
            case Entered(context=f.Call() as call):
                callee = callee_of(symbol.scope, call)
                if isinstance(callee, External) and callee.name == "LifespanManager":
                    return app_of(symbol.scope, call.argument(0, "app"))
    return None


# -- what they ask for ---------------------------------------------------------------------


@by_module
def client_calls(module: Module) -> Iterator[ClientCall]:
    """Return every request that tests and what they use make, in source order."""
    return (call for calls in calls_by_scope(module).values() for call in calls)


@question
def calls_by_scope(module: Module) -> dict[Scope, tuple[ClientCall, ...]]:
    """Return the requests that each scope of *module* itself makes, if that is one of tests."""
    found: dict[Scope, tuple[ClientCall, ...]] = {}
    for scope in module.scopes if in_tests(module) else ():
        rows = []
        for site in scope.calls:
            function = site.call.function
            if isinstance(function, f.Attribute) and function.name in _METHODS:
                client = client_of(scope, function.value)
                if client is not None and client.by_name:
                    # A redis or mail client is asked for no path.
                    call = _call(site, client, function.name)
                    text = url_text(scope, call.url)
                    if text is not None and text.startswith("/"):
                        rows.append(call)
                elif client is not None:
                    rows.append(_call(site, client, function.name))
            elif (taken := _taken(scope, function)) is not None:
                client = client_of(scope, taken.argument(0))
                name = value_of(scope, taken.argument(1))
                if client is not None and not client.by_name:
                    if name is None or name.value in _METHODS:
                        rows.append(_call(site, client, str(name.value) if name else None))
        if rows:
            found[scope] = tuple(rows)
    return found


def _taken(scope: Scope, function: f.Expression) -> f.Call | None:
    """Return the ``getattr(client, method)`` that *function* is, or that it was assigned."""
    if isinstance(function, f.Name):
        symbol = resolve(scope, function)
        bound = binding_at(symbol, function.span) if isinstance(symbol, Variable) else None
        match bound:
            case Assigned(value=f.Call() as value, unpacked=(), operator=""):
                function = value
    if isinstance(function, f.Call) and f.render(function.function) == "getattr":
        return function
    return None


def _call(site: CallSite, client: Client, name: str | None) -> ClientCall:
    if name is None or name in VERBS:
        method = name.upper() if name is not None else None
        return ClientCall(site, client, method, site.call.argument(0, "url"))
    known = value_of(site.scope, site.call.argument(0, "method"))
    method = str(known.value).upper() if known is not None else None
    return ClientCall(site, client, method, site.call.argument(1, "url"))
