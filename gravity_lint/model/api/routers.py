"""Routers and applications, and which expression stands for which of them.

A router is what one ``APIRouter(...)`` or ``FastAPI(...)`` call makes. Where
code runs several times over different routers, an `Environment` says what its
names stand for that time.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.environments import (
    CALL,
    Environment,
    Given,
    Value,
    agree,
    callers,
    environments_at,
    followed,
    identity,
    parameters_of,
    symbol_in,
    text_in,
)
from gravity_lint.model.code.bindings import Assigned, Binding, Received
from gravity_lint.model.code.callables import CONSTRUCTORS, argument_for, constructor_of
from gravity_lint.model.code.calls import makings
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.mentions import mentions
from gravity_lint.model.code.names import (
    External,
    Variable,
    ancestors,
    inherits,
)
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import is_used
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import decorator_names
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of, type_of, type_of_parameter
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

APP = "fastapi.FastAPI"
ROUTER = "fastapi.APIRouter"
_DEEPEST = 6
VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
DECORATORS = (*VERBS, "api_route", "websocket", "route", "websocket_route")
ADDERS = ("add_api_route", "add_api_websocket_route", "add_route", "add_websocket_route")
INCLUDERS = ("include_router", "mount")
_PLACERS = frozenset((*DECORATORS, *ADDERS, *INCLUDERS))
"""The methods of routers that are given a path, or a router."""
_REGISTERING = ("add_api_route", "api_route", "include_router", *VERBS)
"""Those of them by which it usually is."""
_CALLED_EACH_TIME = frozenset({"classmethod", "staticmethod"})
"""Decorators of functions that still run whenever somebody calls them: a cache is none."""
_HANDED_DOWN = ("dependencies", "deprecated", "include_in_schema", "prefix", "responses", "tags")
"""What the routes of a router have from it, or share with all of its application."""
_CHANGING = ("append", "extend", "insert", "setdefault", "update")
"""Methods of lists and mappings that add to them."""
_OF_ROUTERS = pattern(r"router|^(r|api|app|application)$")
"""What names of routers and applications have in them, or are."""


class Router(Record, frozen=True):
    """What one constructor call makes, or (without a *call*) what a parameter stands for.

    *scope* is where it is made, *making* the call and what it calls. A function that makes one for
    each of its callers makes as many: *environment* says what its names stand for that time.
    """

    scope: Scope
    call: f.Call | None
    span: Span
    is_app: bool
    making: tuple[CallSite, Class | External] | None
    environment: Environment

    @cached_property
    def given(self) -> Given | None:
        """The call that reaches FastAPI's own constructor, the class's own handed on through.

        None where that is not known, nor what a class that registers in its own way makes of it.
        """
        if self.making is None or self.registers_itself or self in _altered(self.module.service):
            return None
        return _constructed(*self.making, self.environment)

    @cached_property
    def registers_itself(self) -> bool:
        """Tell whether its class adds routes in a way of its own, and may add to what they say."""
        made = self.making[1] if self.making is not None else None
        return isinstance(made, Class) and any(
            isinstance(cls, Class)
            and not (
                cls.methods.keys().isdisjoint(_REGISTERING)
                and cls.attributes.keys().isdisjoint(_HANDED_DOWN)
            )
            for cls in ancestors(made)
        )

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

    @cached_property
    def root_path(self) -> str | None:
        """What of a path an application leaves to the proxy before it; None if it is not known."""
        given = self.takes("root_path") or self.takes("openapi_prefix")
        if given is None:
            return ""
        scope, written, environment = given
        either: list[f.Expression] = [written]
        if isinstance(written, f.Conditional):
            either = [written.body, written.otherwise]
        texts = {text_in(scope, x, environment) for x in either}
        known = {text.rstrip("/") for text in texts if text is not None}
        return known.pop() if len(known) == 1 and None not in texts else None

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
        ("unknown router", receiver), None, Router, scope, None, receiver.span, False, None, {}
    )


@query
def routers(service: Service) -> tuple[Router, ...]:
    """Return every router and application that the service makes, in source order."""
    return tuple(router for made in _made(service).values() for router in made)


@query
def _made(service: Service) -> dict[int, tuple[Router, ...]]:
    """Return what each call makes, by its identity: one for each way in which it matters."""
    found: dict[int, tuple[Router, ...]] = {}
    for site, made in makings(service, APP, ROUTER):
        is_app = inherits(made, APP) is True
        making = (site, made)
        found[id(site.call)] = tuple(
            Router(site.scope, site.call, site.call.span, is_app, making, environment)
            for environment in _times(site, made, is_app)
        )
    return found


def _times(site: CallSite, made: Class | External, is_app: bool) -> list[Environment]:
    """Return what the names that matter to a router made at *site* stand for, each time.

    Whoever is handed a router may put more on it, so each has one of their own. Applications that
    one function makes are told apart by what it puts on them alone.
    """
    around = environments_at(site)
    if len(around) == 1:
        return around
    words = _telling(site, made)
    found: dict[object, Environment] = {}
    for environment in around:
        kept = {name: value for name, value in environment.items() if name in words}
        calls = [] if is_app else _handing_out(site.scope, site.call, environment)
        outer: Environment = {}
        for scope, call in reversed(calls):
            outer = {CALL: (scope, call, outer)}
        found.setdefault((identity(kept), *[id(call) for _, call in calls]), {**kept, **outer})
    return list(found.values())


def _handing_out(
    scope: Scope, made: f.Call, environment: Environment
) -> list[tuple[Scope, f.Call]]:
    """Return the calls, from the inside out, each of which gives its caller what *made* makes."""
    found: list[tuple[Scope, f.Call]] = []
    while CALL in environment and _hands_out(scope, made):
        scope, call, environment = environment[CALL]
        assert isinstance(call, f.Call)
        found.append((scope, call))
        made = call
    return found


def _hands_out(scope: Scope, made: f.Call) -> bool:
    """Tell whether the callers of *scope* get what *made* makes there, be it on an object."""
    if not isinstance(scope, Function) or not set(decorator_names(scope)) <= _CALLED_EACH_TIME:
        return False
    kept = scope.cls.attributes.values() if scope.cls is not None else ()
    given = [statement.value for _, statement in scope.returned]
    given += [assign.value for rows in kept for method, assign in rows if method is scope]
    names = {
        name
        for name, bindings in scope.bindings.items()
        if any(isinstance(b, Assigned) and b.value is made for b in bindings)
    }
    return any(
        inner is made or (isinstance(inner, f.Name) and inner.name in names)
        for value in given
        if value is not None
        for inner in f.walk(value)
    )


def _telling(site: CallSite, made: Class | External) -> frozenset[str]:
    """Return the names on which a router made at *site* may hang, or what is put on it there."""
    pending: list[f.Expression] = [site.call]
    if isinstance(made, External):
        pending = [k.value for k in site.call.keywords if k.name is None or k.name in _HANDED_DOWN]
    for other in site.scope.calls:
        if isinstance(other.call.function, f.Attribute) and other.call.function.name in _PLACERS:
            pending += other.call.arguments[:2]
            pending += [keyword.value for keyword in other.call.keywords if _places(keyword)]
    found: set[str] = set()
    while pending:
        for inner in f.walk(pending.pop()):
            if isinstance(inner, f.Name) and inner.name not in found:
                found.add(inner.name)
                bindings = site.scope.bindings.get(inner.name, ())
                pending += [b.value for b in bindings if isinstance(b, Assigned) and b.value]
    return frozenset(found)


def _places(keyword: f.Keyword) -> bool:
    return keyword.name in (None, "app", "endpoint", "path", "prefix", "route", "router")


def _constructed(
    site: CallSite, callee: Class | External, environment: Environment
) -> Given | None:
    """Return the call by which making *callee* at *site* reaches FastAPI's own constructor."""
    given = Given(site.scope, site.call, environment)
    constructor = constructor_of(callee) if isinstance(callee, Class) else None
    for _ in range(_DEEPEST):
        if constructor is None:
            return given
        further = _handing_on(constructor)
        if further is None:
            return None
        names = parameters_of(constructor, site.scope, site.call, given.environment)
        site = further
        given = Given(site.scope, site.call, names)
        next_one = callee_of(site.scope, site.call)
        constructor = next_one if isinstance(next_one, Function) else None
    return None


def _handing_on(constructor: Function) -> CallSite | None:
    """Return the one call by which *constructor* calls that of a base, whatever happens."""
    further = [site for site in constructor.calls if _is_constructor(site)]
    if len(further) != 1 or further[0].step.block.parent is not None:
        return None  # it may be one of several, or may not happen
    return None if _adds_keywords(constructor) else further[0]


def _adds_keywords(constructor: Function) -> bool:
    """Tell whether *constructor* changes what it is given by ``**`` before it hands that on."""
    rest = {p.name for p in constructor.arguments if p.kind is f.ParameterKind.VARIADIC_KEYWORD}
    changed = [
        site.call.function.value
        for site in constructor.calls
        if isinstance(site.call.function, f.Attribute) and site.call.function.name in _CHANGING
    ]
    changed += [
        target.value if isinstance(target, f.Subscript) else target
        for step in constructor.steps
        if isinstance(step.statement, f.Assign)
        for target in step.statement.targets
    ]
    return any(isinstance(x, f.Name) and x.name in rest for x in changed)


@query
def _altered(service: Service) -> frozenset[Router]:
    """Return the routers whose prefix, tags or the like are changed once they are made.

    All of them, where a name that speaks of routers stands for any: ``for router in every:``.
    """
    found: set[Router] = set()
    for scope, receiver in _changed(service):
        routers_there = routers_in(scope, receiver, {})
        if not routers_there and type_of(scope, receiver) is None:
            if isinstance(receiver, f.Name) and _OF_ROUTERS.search(receiver.name):
                return frozenset(routers(service))
        found.update(routers_there)
    return frozenset(found)


def _changed(service: Service) -> Iterator[tuple[Scope, f.Expression]]:
    """Yield what has a prefix, tags or the like assigned, or added to."""
    for mention in mentions(service, *_HANDED_DOWN):
        scope, step = mention.step.scope, mention.step
        match mention.expression:
            case f.Attribute(value=owner) as field if layer_of(scope.module) is not Layer.TESTS:
                assigned = step.statement.targets if isinstance(step.statement, f.Assign) else ()
                if any(x is field for x in assigned) or any(
                    isinstance(site.call.function, f.Attribute)
                    and site.call.function.value is field
                    and site.call.function.name in _CHANGING
                    for site in scope.calls
                ):
                    yield scope, owner


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
                return _agreeing(_made(service)[id(expression)], environment)
            callee = callee_of(scope, expression)
            if isinstance(callee, Function):
                names = parameters_of(callee, scope, expression, environment)
                if callee.receiver is not None and isinstance(expression.function, f.Attribute):
                    names[callee.receiver] = (scope, expression.function.value, environment)
                return _returned(callee, names, depth)
            return ()
        case f.Await(value=value) | f.Walrus(value=value):
            return routers_in(scope, value, environment, depth)
        case f.Name() | f.Attribute():
            symbol = symbol_in(scope, expression, environment)
            if isinstance(symbol, Variable):
                return _of_variable(symbol, environment if symbol.scope is scope else {}, depth)
            if isinstance(expression, f.Attribute) and symbol is None:
                return _of_attribute(scope, expression, environment, depth)
    return ()


def _agreeing(made: tuple[Router, ...], environment: Environment) -> tuple[Router, ...]:
    """Return those that one call has made when its names were bound as in *environment*."""
    if len(made) == 1:
        return made
    return tuple(router for router in made if agree(environment, router.environment))


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


def _of_variable(variable: Variable, environment: Environment, depth: int) -> tuple[Router, ...]:
    bindings = [b for b in variable.bindings if not (isinstance(b, Assigned) and b.value is None)]
    if len(bindings) > 1:
        return _given_back(variable, bindings, environment, depth)
    if not bindings:
        return ()
    match bindings[0]:
        case Assigned(value=value, unpacked=(), operator=""):
            return routers_in(variable.scope, value, environment, depth - 1)
        case Received(parameter=parameter):
            assert isinstance(variable.scope, Function)
            if parameter.name == variable.scope.receiver and variable.scope.cls is not None:
                return _made_of(variable.scope.cls)
            return _of_parameter(variable.scope, parameter, depth)
    return ()


def _given_back(
    variable: Variable, bindings: list[Binding], environment: Environment, depth: int
) -> tuple[Router, ...]:
    """Return the routers of a name whose later values are its first: ``app = install(app)``."""
    values = [
        b.value for b in bindings if isinstance(b, Assigned) and not b.unpacked and not b.operator
    ]
    first = values[0] if len(values) == len(bindings) else None
    if first is None:
        return ()
    found = routers_in(variable.scope, first, environment, depth - 1)
    before: Environment = {**environment, variable.name: (variable.scope, first, environment)}
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
    """Return what the callers of *function* give for *parameter*, or a stand-in for it.

    None of these where nobody says its name in a service that makes applications: perhaps it never
    runs.
    """
    found: dict[int, Router] = {}
    calling = callers(function)
    for site in calling:
        given = argument_for(function, site.call, parameter)
        for router in routers_in(site.scope, given, {}, depth - 1):
            found[id(router)] = router
    if found:
        return tuple(found.values())
    made = type_of_parameter(function, parameter)
    if made is None or made.is_class or not made.is_a(APP, ROUTER):
        return ()
    if not calling and makings(function.module.service, APP) and not is_used(_named(function)):
        return ()
    memory, key = function.module.service.memory, ("stand-in router", function, parameter.name)
    is_app = made.is_a(APP)
    return memory.ask(key, (), lambda: (Router(function, None, parameter.span, is_app, None, {}),))


def _named(function: Function) -> Function | Class:
    """Return what is called to run *function*: its class, where it is a constructor."""
    return function.cls if function.cls and function.name in CONSTRUCTORS else function


def _of_attribute(
    scope: Scope, expression: f.Attribute, environment: Environment, depth: int
) -> tuple[Router, ...]:
    """Return the routers that an attribute of an object of the service holds."""
    where, holder, inner = followed(scope, expression.value, environment)
    owner = type_of(where, holder)
    if owner is None or owner.cls is None:
        return ()
    for cls in ancestors(owner.cls):
        if not isinstance(cls, Class):
            return ()
        if expression.name in cls.bindings:
            return _of_variable(Variable(cls, expression.name), {}, depth)
        rows = cls.attributes.get(expression.name, ())
        if rows:
            method, assign = rows[0]
            names = environment if method is scope else _made_with(method, (where, holder, inner))
            return routers_in(method, assign.value, names, depth - 1) if len(rows) == 1 else ()
    return ()


def _made_with(constructor: Function, holder: Value) -> Environment:
    """Return what the parameters of *constructor* stood for when *holder* was made."""
    where, made, inner = holder
    if isinstance(made, f.Name) and isinstance(where, Function) and made.name == where.receiver:
        return _inherited(where, constructor, inner) if where.name in CONSTRUCTORS else {}
    if isinstance(made, f.Name | f.Attribute):
        symbol = symbol_in(where, made, inner)
        assigned = symbol.assigned if isinstance(symbol, Variable) else None
        if not isinstance(symbol, Variable) or assigned is None or assigned.value is None:
            return {}
        inner = inner if symbol.scope is where else {}
        where, made = symbol.scope, assigned.value
    if not isinstance(made, f.Call):
        return {}
    cls = callee_of(where, made)
    own = constructor_of(cls) if isinstance(cls, Class) else None
    if own is None:
        return {}
    return _inherited(own, constructor, parameters_of(own, where, made, inner))


def _inherited(own: Function, constructor: Function, names: Environment) -> Environment:
    """Return what the parameters of *constructor* stand for where *own* leads there by ``super``.

    *names* say what those of *own* stand for.
    """
    for _ in range(_DEEPEST):
        if own is constructor:
            return names
        site = _handing_on(own)
        above = callee_of(own, site.call) if site is not None else None
        if site is None or not isinstance(above, Function):
            return {}
        own, names = above, parameters_of(above, own, site.call, names)
    return {}
