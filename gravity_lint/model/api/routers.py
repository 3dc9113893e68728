"""Routers and applications, and which expression stands for which of them.

A router is what one ``APIRouter(...)`` or ``FastAPI(...)`` call makes. Where
code runs several times over different routers, an `Environment` says what its
names stand for that time.
"""

from __future__ import annotations

from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.environments import (
    Environment,
    Given,
    Value,
    argument_for,
    callers,
    environments,
    parameters_of,
    symbol_in,
    text_in,
)
from gravity_lint.model.code.bindings import Assigned, Binding, Received
from gravity_lint.model.code.callables import constructor_of
from gravity_lint.model.code.calls import makings
from gravity_lint.model.code.names import (
    External,
    Variable,
    ancestors,
    inherits,
)
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of, type_of, type_of_parameter
from gravity_lint.sources.spans import Span

APP = "fastapi.FastAPI"
ROUTER = "fastapi.APIRouter"
_DEEPEST = 6


class Router(Record, frozen=True):
    """What one constructor call makes, or (without a *call*) what a parameter stands for.

    *scope* is where it is made, *making* the call and what it calls.
    """

    scope: Scope
    call: f.Call | None
    span: Span
    is_app: bool
    making: tuple[CallSite, Class | External] | None

    @cached_property
    def given(self) -> Given | None:
        """The call that reaches FastAPI's own constructor, the class's own handed on through.

        None where that is not known.
        """
        return None if self.making is None else _constructed(*self.making)

    def takes(self, name: str) -> Value | None:
        """Return what FastAPI's own constructor is given for *name*, None if that is not seen."""
        if self.making is not None and isinstance(self.making[1], External):
            if all(keyword.name not in (None, name) for keyword in self.making[0].call.keywords):
                return None  # there is nothing to be worked out
        return self.given.keyword(name) if self.given is not None else None

    @property
    def module(self) -> Module:
        """The module that makes it."""
        return self.scope.module

    @property
    def plain(self) -> bool:
        """Tell whether what FastAPI's own constructor is given is known."""
        return self.given is not None

    @property
    def prefix(self) -> str | None:
        """Its own prefix; None if it is not known. Applications have none."""
        if self.is_app:
            return ""
        if self.given is None or self.given.may_hide("prefix"):
            return None
        prefix = self.given.keyword("prefix")
        return "" if prefix is None else text_in(*prefix)

    @property
    def prefix_span(self) -> Span:
        """Where the prefix is written, or else the router."""
        prefix = self.given.keyword("prefix") if self.given is not None else None
        if prefix is None or prefix[0].module is not self.module:
            return self.span
        return prefix[1].span


def unknown_router(scope: Scope, receiver: f.Expression) -> Router:
    """Return what stands for the router *receiver* about which nothing is known."""
    return scope.module.service.memory.ask(
        ("unknown router", receiver), None, Router, scope, None, receiver.span, False, None
    )


@query
def routers(service: Service) -> tuple[Router, ...]:
    """Return every router and application that the service makes, in source order."""
    return tuple(_made(service).values())


@query
def _made(service: Service) -> dict[int, Router]:
    found: dict[int, Router] = {}
    for site, made in makings(service, APP, ROUTER):
        is_app = inherits(made, APP) is True
        making = (site, made)
        found[id(site.call)] = Router(site.scope, site.call, site.call.span, is_app, making)
    return found


def _constructed(site: CallSite, callee: Class | External) -> Given | None:
    """Return the call by which making *callee* at *site* reaches FastAPI's own constructor."""
    around = environments(site.scope, site.step)
    given = Given(site.scope, site.call, around[0] if len(around) == 1 else {})
    constructor = constructor_of(callee) if isinstance(callee, Class) else None
    for _ in range(_DEEPEST):
        if constructor is None:
            return given
        further = [s for s in constructor.calls if _is_constructor(s)]
        if len(further) != 1 or further[0].step.block.parent is not None:
            return None  # it may be one of several, or may not happen
        names = parameters_of(constructor, site.scope, site.call, given.environment)
        site = further[0]
        given = Given(site.scope, site.call, names)
        next_one = callee_of(site.scope, site.call)
        constructor = next_one if isinstance(next_one, Function) else None
    return None


def _is_constructor(site: CallSite) -> bool:
    """Tell whether *site* calls the constructor of a base: ``super().__init__(...)``."""
    return isinstance(site.call.function, f.Attribute) and site.call.function.name == "__init__"


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
                names = parameters_of(callee, scope, expression, environment)
                return _returned(callee, names, depth)
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


def _returned(function: Function, names: Environment, depth: int) -> tuple[Router, ...]:
    """Return the routers that *function* gives, if all its returns give the same.

    *names* say what its parameters stand for: it may give back what it was given.
    """
    found: list[tuple[Router, ...]] = [
        routers_in(function, statement.value, names, depth - 1)
        for _, statement in function.returned
        if statement.value is not None
    ]
    return found[0] if found and all(x == found[0] for x in found) else ()


def _of_variable(variable: Variable, depth: int) -> tuple[Router, ...]:
    bindings = [b for b in variable.bindings if not (isinstance(b, Assigned) and b.value is None)]
    if len(bindings) > 1:
        return _given_back(variable, bindings, depth)
    if not bindings:
        return ()
    match bindings[0]:
        case Assigned(value=value, unpacked=(), operator=""):
            return routers_in(variable.scope, value, {}, depth - 1)
        case Received(parameter=parameter):
            assert isinstance(variable.scope, Function)
            if parameter.name == variable.scope.receiver and variable.scope.cls is not None:
                return _made_of(variable.scope.cls)
            return _of_parameter(variable.scope, parameter, depth)
    return ()


def _given_back(variable: Variable, bindings: list[Binding], depth: int) -> tuple[Router, ...]:
    """Return the routers of a name whose later values are its first: ``app = install(app)``."""
    values = [
        b.value for b in bindings if isinstance(b, Assigned) and not b.unpacked and not b.operator
    ]
    first = values[0] if len(values) == len(bindings) else None
    if first is None:
        return ()
    found = routers_in(variable.scope, first, {}, depth - 1)
    before: Environment = {variable.name: (variable.scope, first, {})}
    later = (routers_in(variable.scope, value, before, depth - 1) for value in values[1:])
    return found if found and all(routers == found for routers in later) else ()


def _made_of(cls: Class) -> tuple[Router, ...]:
    """Return the routers that are objects of *cls* or of a class that inherits it."""
    return _by_class(cls.module.service).get(cls, ())


@query
def _by_class(service: Service) -> dict[Class, tuple[Router, ...]]:
    found: dict[Class, tuple[Router, ...]] = {}
    for router in routers(service):
        made = callee_of(router.scope, router.call) if router.call is not None else None
        if isinstance(made, Class):
            for ancestor in ancestors(made):
                if isinstance(ancestor, Class):
                    found[ancestor] = (*found.get(ancestor, ()), router)
    return found


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
    return memory.ask(key, (), lambda: (Router(function, None, parameter.span, is_app, None),))


def _of_attribute(scope: Scope, expression: f.Attribute, depth: int) -> tuple[Router, ...]:
    """Return the routers that an attribute of an object of the service holds."""
    owner = type_of(scope, expression.value)
    if owner is None or owner.cls is None:
        return ()
    for cls in ancestors(owner.cls):
        if not isinstance(cls, Class):
            return ()
        if expression.name in cls.bindings:
            return _of_variable(Variable(cls, expression.name), depth)
        rows = cls.attributes.get(expression.name, ())
        if rows:
            method, assign = rows[0]
            return routers_in(method, assign.value, {}, depth - 1) if len(rows) == 1 else ()
    return ()
