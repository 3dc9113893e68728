"""Who includes or mounts whom, and every way from an application down to a router.

What is followed: includes and mounts through constants, settings, loops over
literals and functions that take the app.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TypeAlias

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.environments import Given, environments_at, text_in
from gravity_lint.model.api.routers import (
    APP,
    INCLUDERS,
    Router,
    routers,
    routers_in,
    unknown_router,
)
from gravity_lint.model.api.wiring import (
    Gap,
    is_conditional,
    is_routing,
    may_vary,
    receivers,
    wiring_calls,
    written,
)
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, Symbol, Variable, bound, member, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.words import saying
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

_DEEPEST = 12
MOST = 100
"""How many ways down to a router are followed: where routers are included twice on each of many
levels, there are more than anybody can list."""
_OWN = (*INCLUDERS, "host", "add_middleware", "add_event_handler")
"""What routers and applications do with each other."""
_HARMLESS = (
    "builtins.",
    "functools.",
    "hypercorn.",
    "mangum.",
    "opentelemetry.",
    "sentry_sdk.",
    "starlette.",
    "fastapi.",
    "uvicorn.",
)
"""Libraries that run or watch an application and add no routes to it."""

_FINDING = pattern(r"rout(?:er|e|ing)|controller|endpoint|plugin|module|blueprint|autodiscover")
"""What is called so may look for routers and include what it finds."""
_FRAMEWORKS = ("fastapi", "starlette")


Place: TypeAlias = tuple[Module, Span]


class Part(msgspec.Struct, frozen=True):
    """A piece of an effective path: its text, who gives it, and where."""

    text: str
    giver: str
    module: Module
    span: Span

    @property
    def place(self) -> Place:
        """Where it is given, to several paths maybe."""
        return self.module, self.span


class Mount(Record, frozen=True):
    """One way from an application down to a router.

    *parts* are the pieces of the prefix from the outside in, *links* the
    includes that lead there. Where it is not *known*, the way begins at a router
    that is not in view, or a prefix on it is not known.
    """

    app: Router | None
    parts: tuple[Part, ...]
    links: tuple[Inclusion, ...]
    conditional: bool
    known: bool = True

    @property
    def prefix(self) -> str:
        """The whole prefix."""
        return "".join(part.text for part in self.parts)


class Inclusion(Record, frozen=True):
    """``parent.include_router(child, prefix=...)``, or ``parent.mount(path, child)``.

    *given* is the call with what its names mean. *prefix* is None if it is not
    known. *order* sorts what one parent holds.
    """

    parent: Router
    child: Router
    site: CallSite
    given: Given
    prefix: str | None
    prefix_span: Span
    conditional: bool
    is_mount: bool
    order: tuple[int, int]

    @property
    def place(self) -> Place:
        """Where it is written, for several routers maybe."""
        return self.site.module, self.site.span


class Inclusions(msgspec.Struct):
    """Everything that a service says about who includes whom.

    *strays* are includes of a router that may be one of the service's own, any of them, and calls
    that may do such; *webhooks* the routers by which an application tells what it asks of others.
    """

    known: list[Inclusion] = []
    gaps: list[Gap] = []
    strays: list[CallSite] = []
    webhooks: list[Router] = []


@query
def inclusions(service: Service) -> Inclusions:
    """Return the includes and mounts of *service*, in source order."""
    found = Inclusions()
    for order, site, method in wiring_calls(service):
        if method.name in INCLUDERS:
            _included(found, site, method, order)
    _give_away(found, service)
    return found


def _included(found: Inclusions, site: CallSite, method: f.Attribute, order: int) -> None:
    if _are_webhooks(site, method.value):
        found.webhooks += routers_in(site.scope, site.call.argument(0, "router"), {})
        return
    is_mount = method.name == "mount"
    given = site.call.argument(1, "app") if is_mount else site.call.argument(0, "router")
    if is_mount and given is not None and not may_vary(site, given):
        if not any(child.is_app for child in routers_in(site.scope, given, {})):
            return  # whoever gets there: this is none of the service's
    parents = receivers(site, method.value)
    certain = bool(parents) or is_routing(site, method.value)
    if not parents:
        if not certain and isinstance(callee_of(site.scope, site.call), Function):
            return  # a method of the service, whose own calls are read
        parents = [
            (unknown_router(site.scope, method.value), environment)
            for environment in environments_at(site)
        ]
    if not parents:
        return  # no call of the function around it comes here
    placed = False
    seen: set[tuple[int, int, str | None]] = set()
    for number, (parent, environment) in enumerate(parents):
        children = routers_in(site.scope, given, environment)
        if is_mount and not any(child.is_app for child in children):
            return  # static files, or another ASGI application: no routes of the service
        if not children:
            if not is_mount and not _comes_from_elsewhere(site.scope, given):
                found.strays.append(site)
            continue
        placed = True
        call = Given(site.scope, site.call, environment)
        where = call.keyword("path" if is_mount else "prefix")
        if is_mount and where is None and (path := site.call.argument(0)) is not None:
            where = (site.scope, path, environment)
        prefix: str | None = ""
        if where is not None:
            prefix = text_in(*where)
        elif call.unpacks:
            prefix = None
        place = site.span
        if where is not None and where[0].module is site.module:
            place = where[1].span
        if prefix is None:
            shown = written(where[1] if where is not None else None)
            found.gaps.append(Gap(site.module, place, f"prefix {shown}"))
        if len({id(child.call) for child in children}) < len(children):
            # Which of those that one function has made is not known.
            prefix = None
            found.gaps.append(Gap(site.module, site.span, f"router {written(given)}"))
        if parent.registers_itself:
            prefix = None  # its class may add to it
        for child in children:
            # A router that a function makes for each of its callers includes once.
            if (id(parent), id(child), prefix) in seen:
                continue
            seen.add((id(parent), id(child), prefix))
            found.known.append(
                Inclusion(
                    parent,
                    child,
                    site,
                    call,
                    prefix.rstrip("/") if prefix is not None and is_mount else prefix,
                    place,
                    is_conditional(site.step),
                    is_mount,
                    (order, number),
                )
            )
    if parents[0][0].call is None and not parents[0][0].is_app and (placed or certain):
        found.gaps.append(Gap(site.module, method.value.span, f"router {written(method.value)}"))
    elif not placed:
        found.gaps.append(Gap(site.module, site.span, f"router {written(given)}"))


def _are_webhooks(site: CallSite, receiver: f.Expression) -> bool:
    """Tell whether *receiver* is an application's router for what nobody can ask it."""
    if not isinstance(receiver, f.Attribute) or receiver.name != "webhooks":
        return False
    made = type_of(site.scope, receiver.value)
    return made is not None and not made.is_class and made.is_a(APP)


@query
def webhooks(service: Service) -> frozenset[int]:
    """Return the routers, by identity, with what an application asks of others, and no other way.

    FastAPI shows that in the OpenAPI document, and answers no such request.
    """
    above = inclusions_of(service)
    told = {id(x) for x in inclusions(service).webhooks if id(x) not in above}
    before = 0
    while before < len(told):
        before = len(told)
        for router, rows in above.items():
            if all(id(row.parent) in told for row in rows):
                told.add(router)
    return frozenset(told)


def _comes_from_elsewhere(scope: Scope, router: f.Expression | None) -> bool:
    """Tell whether a library makes *router*, so that it is none of the service's own.

    A library is what the service requires, or FastAPI itself: any other name that leads nowhere
    may be a module of the service under a name by which it is not known here.
    """
    symbol = callee_of(scope, router) if isinstance(router, f.Call) else resolve(scope, router)
    if not isinstance(symbol, External):
        return False
    if symbol.package in _FRAMEWORKS:
        return True
    return scope.module.service.distribution.requires(symbol.package) is True


def _give_away(found: Inclusions, service: Service) -> None:
    """Add what libraries may do with the routers and applications that they are handed."""
    names = _names_of_routers(service)
    modules = (module for module in saying(service, names) if in_app(module))
    scopes = (scope for module in modules for scope in module.scopes)
    for number, scope in enumerate(scopes):
        for site in scope.calls:
            for given in _handed_over(site, names):
                found.gaps.append(_taker(site))
                if _may_include(site):
                    found.strays.append(site)
                for child in routers_in(scope, given, {}):
                    if child.is_app:
                        continue
                    taker, call = (
                        unknown_router(scope, site.call.function),
                        Given(scope, site.call, {}),
                    )
                    order = (0, number)
                    found.known.append(
                        Inclusion(taker, child, site, call, None, site.span, True, False, order)
                    )


def _may_include(site: CallSite) -> bool:
    """Tell whether what is called at *site* with an application or a router may add own routers.

    It is no requirement of the service, so another part of the same repository; or it says so.
    """
    called = site.call.function
    if isinstance(called, f.Name | f.Attribute) and _FINDING.search(called.name.lower()):
        return True
    callee = callee_of(site.scope, site.call)
    if not isinstance(callee, External):
        return False
    return site.module.service.distribution.requires(callee.package) is False


def _taker(site: CallSite) -> Gap:
    return Gap(site.module, site.span, f"routes that {written(site.call.function)} may add")


@query
def _names_of_routers(service: Service) -> frozenset[str]:
    """Return the names to which the service binds routers and applications."""
    made = {id(router.call) for router in routers(service)}
    return frozenset(
        name
        for router in routers(service)
        for name, bindings in router.scope.bindings.items()
        if any(isinstance(b, Assigned) and id(b.value) in made for b in bindings)
    )


def _handed_over(site: CallSite, names: frozenset[str]) -> list[f.Expression]:
    """Return the routers and applications that a library gets by the call *site*."""
    given = [
        inner
        for argument in site.call.given
        for inner in _elements(argument)
        if isinstance(inner, f.Name | f.Attribute) and inner.name in names
    ]
    if not given:
        return []
    if isinstance(site.call.function, f.Attribute) and site.call.function.name in _OWN:
        return []
    callee = callee_of(site.scope, site.call)
    if isinstance(callee, Function | Class):
        return []
    if isinstance(callee, External) and callee.path.startswith(_HARMLESS):
        return []
    return [inner for inner in given if is_routing(site, inner)]


def _elements(argument: f.Expression) -> Iterator[f.Expression]:
    """Yield *argument*, and what it holds if it is a literal collection."""
    match argument:
        case f.Collection(items=items):
            for item in items:
                yield from _elements(item)
        case f.Mapping(values=values):
            for value in values:
                yield from _elements(value)
        case _:
            yield argument


# -- mounts --------------------------------------------------------------------------------


def mounts(router: Router) -> tuple[Mount, ...]:
    """Return every known way from an application to *router*; none if there is no known one."""
    return tuple(way for way in ways(router) if way.known)


def ways(router: Router) -> tuple[Mount, ...]:
    """Return every way down to *router*, those included that are known in part only."""
    # A circle of includes leads nowhere.
    memory = router.module.service.memory
    return memory.ask(("ways", router), (), lambda: tuple(islice(_ways(router), MOST)))


@query
def inclusions_of(service: Service) -> dict[int, list[Inclusion]]:
    """Return the includes and mounts of each router, by its identity."""
    found: dict[int, list[Inclusion]] = {}
    for inclusion in inclusions(service).known:
        found.setdefault(id(inclusion.child), []).append(inclusion)
    return found


@query
def plugins(service: Service) -> frozenset[int]:
    """Return the routers, by identity, that an entry point gives to another distribution.

    It names the router, or what makes it or has it: a function, a class, a module. Who includes it
    there, and where, is not in view.
    """
    found: set[int] = set()
    for target in service.distribution.plugins:
        name, _, path = target.partition(":")
        symbol: Symbol | None = service.find(name)
        for word in path.split(".") if path else ():
            symbol = member(symbol, word)
        held = [symbol]
        if isinstance(symbol, Module):
            held += [bound(symbol, word) for word in symbol.bindings]
        for one in held:
            if isinstance(one, Variable):
                found |= {id(router) for router in routers_in(one.scope, one.value, {})}
            elif isinstance(one, Function | Class) and one is symbol:
                inside = {one, *one.walk()}
                found |= {id(router) for router in routers(service) if router.scope in inside}
    return frozenset(found)


def includes_routers(router: Router) -> bool:
    """Tell whether *router* includes others, which inherit what it is given."""
    return id(router) in _including(router.module.service)


@query
def _including(service: Service) -> frozenset[int]:
    return frozenset(id(x.parent) for x in inclusions(service).known if not x.is_mount)


def _ways(router: Router) -> Iterator[Mount]:
    own = _own_part(router)
    service = router.module.service
    inclusions = inclusions_of(service).get(id(router), [])
    if router.is_app and not any(i.is_mount for i in inclusions):
        yield Mount(router, (), (), False)
    if router.is_app:
        inclusions = [i for i in inclusions if i.is_mount]
    elif id(router) in plugins(service) or (not inclusions and service.unseen.templates):
        yield Mount(None, own, (), False, False)
    elif not inclusions and router.call is None:
        yield Mount(None, (), (), False, False)
    elif not inclusions and not any(r.is_app for r in routers(service)):
        yield Mount(None, own, (), False, router.prefix is not None)
    for inclusion in inclusions:
        for outer in ways(inclusion.parent):
            if len(outer.links) == _DEEPEST:
                continue
            parts = outer.parts
            if inclusion.prefix:
                giver = "the mount" if inclusion.is_mount else "`include_router`"
                parts += (
                    Part(inclusion.prefix, giver, inclusion.site.module, inclusion.prefix_span),
                )
            yield Mount(
                router if inclusion.is_mount else outer.app,
                parts + own,
                (*outer.links, inclusion),
                outer.conditional or inclusion.conditional,
                outer.known and None not in (inclusion.prefix, router.prefix),
            )


def _own_part(router: Router) -> tuple[Part, ...]:
    if not router.prefix:
        return ()
    return (Part(router.prefix, "the router", router.module, router.prefix_span),)
