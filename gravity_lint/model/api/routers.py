"""Routers and applications, and which expression stands for which of them.

A router is what one ``APIRouter(...)`` or ``FastAPI(...)`` call makes. Where
code runs several times over different routers (a loop over a literal list, a
function that takes the app) an `Environment` says what its names stand for
that time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned, Received
from gravity_lint.model.code.calls import calls_by_callee
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.names import External, Symbol, Variable, inherits, member, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.types import callee_of, type_of, type_of_parameter
from gravity_lint.model.code.values import text_of
from gravity_lint.sources.spans import Span

APP = "fastapi.FastAPI"
ROUTER = "fastapi.APIRouter"
_DEEPEST = 6
_MOST = 200
"""How many ways to run the same code are followed."""


class Router(Record, frozen=True):
    """What one constructor call makes, or (without a *call*) what a parameter stands for.

    *scope* is where it is made.
    """

    scope: Scope
    call: f.Call | None
    span: Span
    is_app: bool
    plain: bool
    """Made by FastAPI's own class, or by a subclass that leaves its constructor alone."""

    @property
    def module(self) -> Module:
        """The module that makes it."""
        return self.scope.module

    def keyword(self, name: str) -> f.Expression | None:
        """Return what its constructor is given for *name*."""
        return self.call.keyword(name) if self.call is not None else None

    @property
    def prefix(self) -> str | None:
        """Its own prefix; None if it is not known. Applications have none."""
        if self.is_app:
            return ""
        if self.call is None or not self.plain or self.call.unpacks:
            return None
        given = self.keyword("prefix")
        return "" if given is None else text_of(self.scope, given)


Environment: TypeAlias = "dict[str, tuple[Scope, f.Expression, Environment]]"


@query
def routers(service: Service) -> tuple[Router, ...]:
    """Return every router and application that the service makes, in source order."""
    return tuple(_made(service).values())


@query
def _made(service: Service) -> dict[int, Router]:
    found: dict[int, Router] = {}
    for scope in service.scopes:
        for site in scope.calls:
            callee = callee_of(scope, site.call)
            if not isinstance(callee, Class | External):
                continue
            is_app = inherits(callee, APP) is True
            if not is_app and inherits(callee, ROUTER) is not True:
                continue
            plain = isinstance(callee, External) or "__init__" not in callee.methods
            found[id(site.call)] = Router(scope, site.call, site.call.span, is_app, plain)
    return found


def symbol_in(scope: Scope, expression: f.Expression, environment: Environment) -> Symbol | None:
    """Return what *expression* stands for when its names are bound by *environment*."""
    if environment:
        match expression:
            case f.Name(name=name) if name in environment:
                return symbol_in(*environment[name])
            case f.Attribute(value=value, name=name):
                return member(symbol_in(scope, value, environment), name)
    return resolve(scope, expression)


def text_in(scope: Scope, expression: f.Expression | None, environment: Environment) -> str | None:
    """Return the known string that *expression* gives when its names are so bound."""
    if expression is None or not environment:
        return text_of(scope, expression)
    match expression:
        case f.Name(name=name) if name in environment:
            return text_in(*environment[name])
        case f.Template(parts=parts):
            texts = [
                part if isinstance(part, str) else text_in(scope, part.value, environment)
                for part in parts
            ]
            return None if None in texts else "".join(text for text in texts if text)
        case f.Binary(operator="+", left=left, right=right):
            first = text_in(scope, left, environment)
            second = text_in(scope, right, environment)
            return None if first is None or second is None else first + second
    return text_of(scope, expression)


def routers_in(
    scope: Scope, expression: f.Expression | None, environment: Environment, depth: int = _DEEPEST
) -> tuple[Router, ...]:
    """Return the routers that *expression* can stand for; none if that is not known."""
    if expression is None or depth == 0:
        return ()
    service = scope.module.service
    match expression:
        case f.Name(name=name) if name in environment:
            return routers_in(*environment[name], depth - 1)
        case f.Call():
            if id(expression) in _made(service):
                return (_made(service)[id(expression)],)
            callee = callee_of(scope, expression)
            if isinstance(callee, Function):
                return _returned(callee, depth)
            return ()
        case f.Await(value=value) | f.Walrus(value=value):
            return routers_in(scope, value, environment, depth)
        case f.Name() | f.Attribute():
            symbol = symbol_in(scope, expression, environment)
            if isinstance(symbol, Variable):
                return _of_variable(symbol, depth)
            if isinstance(expression, f.Attribute) and symbol is None:
                return _of_attribute(scope, expression, depth)
    return ()


def _returned(function: Function, depth: int) -> tuple[Router, ...]:
    """Return the routers that *function* gives, if all its returns give the same."""
    found: list[tuple[Router, ...]] = [
        routers_in(function, statement.value, {}, depth - 1)
        for _, statement in function.returned
        if statement.value is not None
    ]
    return found[0] if found and all(x == found[0] for x in found) else ()


def _of_variable(variable: Variable, depth: int) -> tuple[Router, ...]:
    bindings = [b for b in variable.bindings if not (isinstance(b, Assigned) and b.value is None)]
    if len(bindings) != 1:
        return ()
    match bindings[0]:
        case Assigned(value=value, unpacked=(), operator=""):
            return routers_in(variable.scope, value, {}, depth - 1)
        case Received(parameter=parameter):
            assert isinstance(variable.scope, Function)
            return _of_parameter(variable.scope, parameter, depth)
    return ()


def _of_parameter(function: Function, parameter: f.Parameter, depth: int) -> tuple[Router, ...]:
    """Return what the callers of *function* give for *parameter*, or a stand-in for it."""
    found: dict[int, Router] = {}
    for site in callers(function):
        given = argument_for(function, site.call, parameter)
        for router in routers_in(site.scope, given, {}, depth - 1):
            found[id(router)] = router
    if found:
        return tuple(found.values())
    made = type_of_parameter(function, parameter)
    if made is None or made.is_class or not made.is_a(APP, ROUTER):
        return ()
    memory, key = function.module.service.memory, ("stand-in router", function, parameter.name)
    is_app = made.is_a(APP)
    return memory.ask(key, (), lambda: (Router(function, None, parameter.span, is_app, False),))


def _of_attribute(scope: Scope, expression: f.Attribute, depth: int) -> tuple[Router, ...]:
    """Return the routers that an attribute of an object of the service holds."""
    owner = type_of(scope, expression.value)
    if owner is None or owner.cls is None:
        return ()
    if expression.name in owner.cls.bindings:
        return _of_variable(Variable(owner.cls, expression.name), depth)
    rows = owner.cls.attributes.get(expression.name, ())
    if len(rows) != 1:
        return ()
    method, assign = rows[0]
    return routers_in(method, assign.value, {}, depth - 1)


# -- callers and environments --------------------------------------------------------------


def callers(function: Function) -> tuple[CallSite, ...]:
    """Return the calls of *function*; those of its class if it is a constructor.

    An application that a test hands to a function of the service is not the
    service's, so tests call functions of tests only.
    """
    index = calls_by_callee(function.module.service)
    made = function.cls if function.name == "__init__" else None
    found = index.get(made or function, ())
    if layer_of(function.module) is Layer.TESTS:
        return found
    return tuple(site for site in found if layer_of(site.module) is not Layer.TESTS)


def argument_for(function: Function, call: f.Call, parameter: f.Parameter) -> f.Expression | None:
    """Return what *call* of *function* gives for *parameter*."""
    names = [p.name for p in function.arguments]
    position = names.index(parameter.name) if parameter.name in names else None
    if parameter.kind is f.ParameterKind.KEYWORD_ONLY:
        position = None
    return call.argument(position, parameter.name)


def environments(scope: Scope, step: Step, depth: int = 3) -> list[Environment]:
    """Return what the names at *step* stand for, one for each way to get there.

    Those are the calls of the function around it and the turns of loops over
    literal collections.
    """
    found: list[Environment] = [{}]
    if isinstance(scope, Function) and scope.arguments and depth:
        sites = [site for site in callers(scope) if site.scope is not scope]
        if sites:
            found = [
                _parameters(scope, site, outer)
                for site in sites
                for outer in environments(site.scope, site.step, depth - 1)
            ]
    for loop in reversed(list(step.loops)):
        if isinstance(loop, f.For):
            found = [
                {**environment, **turn}
                for environment in found
                for turn in _turns(scope, loop, environment)
            ][:_MOST]
    return found


def _parameters(function: Function, site: CallSite, outer: Environment) -> Environment:
    found: Environment = {}
    outside = function.parent or function.module
    for parameter in function.arguments:
        given = argument_for(function, site.call, parameter)
        if given is not None:
            found[parameter.name] = (site.scope, given, outer)
        elif parameter.default is not None:
            found[parameter.name] = (outside, parameter.default, {})
    return found


def _turns(scope: Scope, loop: f.For, environment: Environment) -> list[Environment]:
    items = list(_items(scope, loop.iterable, environment, 3))
    if not items:
        return [{}]
    return [_unpacked(loop.target, *item) for item in items]


def _items(
    scope: Scope, iterable: f.Expression, environment: Environment, depth: int
) -> Iterator[tuple[Scope, f.Expression, Environment]]:
    """Yield the elements of a literal collection, also behind a name; nothing if not literal."""
    match iterable:
        case f.Collection(items=items):
            if not any(isinstance(item, f.Starred) for item in items):
                yield from ((scope, item, environment) for item in items)
        case f.Mapping(keys=keys):
            yield from ((scope, key, environment) for key in keys if key is not None)
        case f.Call(function=f.Attribute(value=value, name="items"), arguments=()):
            for where, mapping in _literal(scope, value, environment, depth):
                if isinstance(mapping, f.Mapping):
                    for key, inner in zip(mapping.keys, mapping.values, strict=True):
                        if key is not None:
                            pair = f.Collection(inner.span, "tuple", (key, inner))
                            yield where, pair, {}
        case f.Name() | f.Attribute():
            for where, literal in _literal(scope, iterable, environment, depth):
                yield from _items(where, literal, {}, depth - 1)


def _literal(
    scope: Scope, expression: f.Expression, environment: Environment, depth: int
) -> Iterator[tuple[Scope, f.Expression]]:
    if isinstance(expression, f.Collection | f.Mapping):
        yield scope, expression
    elif isinstance(expression, f.Name | f.Attribute) and depth:
        symbol = symbol_in(scope, expression, environment)
        if isinstance(symbol, Variable) and symbol.value is not None:
            yield from _literal(symbol.scope, symbol.value, {}, depth - 1)


def _unpacked(
    target: f.Expression, scope: Scope, item: f.Expression, environment: Environment
) -> Environment:
    match target:
        case f.Name(name=name):
            return {name: (scope, item, environment)}
        case f.Collection(items=targets) if isinstance(item, f.Collection) and len(
            item.items
        ) == len(targets):
            found: Environment = {}
            for inner, value in zip(targets, item.items, strict=True):
                found.update(_unpacked(inner, scope, value, environment))
            return found
    return {}
