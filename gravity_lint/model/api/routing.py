"""Endpoints and the paths under which they answer, as FastAPI builds them.

What is followed: every way to register a function on a router, every way to
include or mount routers, through constants, settings, loops over literals and
functions that take the app. A path in which something is not known is None.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.routers import (
    APP,
    ROUTER,
    Environment,
    Router,
    environments,
    routers,
    routers_in,
    symbol_in,
    text_in,
)
from gravity_lint.model.code.layers import Layer, layer_of, matches
from gravity_lint.model.code.names import External, Variable, inherits, resolve
from gravity_lint.model.code.scopes import (
    Assigned,
    CallSite,
    Class,
    Function,
    Module,
    Scope,
    Step,
    checks_types,
)
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.types import callee_of, method_of, type_of
from gravity_lint.model.code.values import text_of, value_of
from gravity_lint.sources.spans import Span

VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_DECORATORS = (*VERBS, "api_route", "websocket", "route", "websocket_route")
_ADDERS = ("add_api_route", "add_api_websocket_route", "add_route", "add_websocket_route")
_PLAIN = ("route", "add_route", "websocket_route", "add_websocket_route")
"""Starlette's own: no part of the OpenAPI document."""
_OWN = ("include_router", "mount", "host", "add_middleware", "add_event_handler")
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
_DEEPEST = 12


@dataclass(frozen=True)
class Part:
    """A piece of an effective path: its text, who gives it, and where."""

    text: str
    giver: str
    module: Module
    span: Span


@dataclass(frozen=True, eq=False)
class Mount:
    """One way from an application down to a router.

    *parts* are the pieces of the prefix from the outside in, *links* the
    includes that lead there.
    """

    app: Router | None
    parts: tuple[Part, ...]
    links: tuple[Inclusion, ...]
    conditional: bool

    @property
    def prefix(self) -> str:
        """The whole prefix."""
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True, eq=False)
class Inclusion:
    """``parent.include_router(child, prefix=...)``, or ``parent.mount(path, child)``.

    *prefix* is None if it is not known. *order* sorts what one parent holds.
    """

    parent: Router
    child: Router
    site: CallSite
    prefix: str | None
    prefix_span: Span
    conditional: bool
    is_mount: bool
    order: tuple[int, int]


@dataclass(frozen=True)
class Gap:
    """A part of the routing that cannot be known, and what it is."""

    module: Module
    span: Span
    what: str


@dataclass(frozen=True, eq=False)
class EffectivePath:
    """One path under which an endpoint answers."""

    path: str
    parts: tuple[Part, ...]
    mount: Mount
    conditional: bool


@dataclass(frozen=True, eq=False)
class Endpoint:
    """A function registered on a router.

    *site* is the registering call (the decorator's, or ``add_api_route``),
    *methods* are None where they are not known and empty for a WebSocket,
    *own_path* is what the registration itself says, with the router's own
    prefix left out.
    """

    function: Function
    site: CallSite
    router: Router | None
    methods: frozenset[str] | None
    own_path: str | None
    path_span: Span
    websocket: bool
    plain: bool
    conditional: bool
    order: tuple[int, int]

    @property
    def registration(self) -> f.Call:
        """The registering call."""
        return self.site.call

    @property
    def registrar(self) -> Scope:
        """The scope in which the registration is written."""
        return self.site.scope

    @property
    def module(self) -> Module:
        """The module that registers it."""
        return self.site.module

    @property
    def span(self) -> Span:
        """The registering call."""
        return self.site.call.span

    @property
    def extent(self) -> Span:
        """The function's head if that is where it is registered, else the registering statement."""
        if self.site.step is self.function.step:
            return self.function.extent
        return self.site.step.extent

    @property
    def label(self) -> str:
        """The dotted name of the function."""
        return self.function.label

    @property
    def name(self) -> str:
        """The bare name of the function."""
        return self.function.name

    def keyword(self, name: str) -> f.Expression | None:
        """Return what the registration gives for *name*."""
        return self.registration.keyword(name)

    @cached_property
    def paths(self) -> tuple[EffectivePath, ...] | None:
        """Every path under which it answers; None if that is not known.

        A router that is mounted nowhere is judged by its own prefix only if
        the service has no application in view.
        """
        if self.own_path is None or self.router is None:
            return None
        found = mounts(self.router)
        if not found:
            return None
        own = Part(self.own_path, f"the route of `{self.name}`", self.module, self.path_span)
        return tuple(
            EffectivePath(
                mount.prefix + self.own_path,
                (*mount.parts, own),
                mount,
                mount.conditional or self.conditional,
            )
            for mount in found
        )

    @cached_property
    def _matched_paths(self) -> tuple[str, ...]:
        if self.paths is not None:
            return tuple(path.path for path in self.paths)
        return (self.own_path,) if self.own_path is not None else ()

    @cached_property
    def operational(self) -> bool:
        """Tell whether it serves the operation of the service, by the configured globs."""
        globs = self.module.service.settings.endpoints.operational
        return self._is_one_of(globs)

    @cached_property
    def public(self) -> bool:
        """Tell whether the configuration lists it as open to everyone."""
        return self._is_one_of(self.module.service.settings.endpoints.public)

    def _is_one_of(self, globs: tuple[str, ...]) -> bool:
        return any(
            matches((path.rstrip("/") or "/").lstrip("/") if path.strip("/") else "/", glob)
            or matches(path.rstrip("/") or "/", glob)
            for path in self._matched_paths
            for glob in globs
        )

    @cached_property
    def in_schema(self) -> bool | None:
        """Tell whether an OpenAPI document shows it on some path; None if that is not known."""
        answers = [self._shown_through(mount) for mount in self._mounts]
        return True if True in answers else None if None in answers else False

    def documented_at(self, effective: EffectivePath) -> bool | None:
        """Tell whether an OpenAPI document shows it on this path; None if that is not known."""
        return self._shown_through(effective.mount)

    def _shown_through(self, mount: Mount | None) -> bool | None:
        if self.plain or self.websocket:
            return False
        answers = [
            self._flag(scope, call.keyword("include_in_schema"))
            for scope, call in self._inherited_through(mount)
        ]
        return False if False in answers else None if None in answers else True

    @staticmethod
    def _flag(scope: Scope, given: f.Expression | None) -> bool | None:
        if given is None:
            return True
        known = value_of(scope, given)
        return bool(known.value) if known is not None else None

    @cached_property
    def _mounts(self) -> tuple[Mount | None, ...]:
        """The ways to it; one None where no way from an application is known."""
        return (self.router and mounts(self.router)) or (None,)

    @cached_property
    def inherited(self) -> tuple[tuple[tuple[Scope, f.Call], ...], ...]:
        """The calls whose ``tags``, ``dependencies`` and so on it inherits, for each of its paths.

        Of the application, the includes and the routers, outermost first; its
        own registration is the last.
        """
        return tuple(self._inherited_through(mount) for mount in self._mounts)

    def _inherited_through(self, mount: Mount | None) -> tuple[tuple[Scope, f.Call], ...]:
        found: list[tuple[Scope, f.Call]] = []
        for link in mount.links if mount is not None else ():
            if link.is_mount:
                # An application is mounted as a stranger: it inherits nothing.
                found.clear()
                continue
            if link.parent.call is not None:
                found.append((link.parent.scope, link.parent.call))
            found.append((link.site.scope, link.site.call))
        if self.router is not None and self.router.call is not None:
            found.append((self.router.scope, self.router.call))
        found.append((self.registrar, self.registration))
        return tuple(found)

    @cached_property
    def tags(self) -> tuple[str, ...] | None:
        """The tags on the path that has the fewest, in FastAPI's order; None if one is unknown."""
        ways = [self._tags_through(mount) for mount in self._mounts]
        return None if None in ways else min((way for way in ways if way is not None), key=len)

    def tags_at(self, effective: EffectivePath) -> tuple[str, ...] | None:
        """Return the tags on this path, in FastAPI's order; None if one is not known."""
        return self._tags_through(effective.mount)

    def _tags_through(self, mount: Mount | None) -> tuple[str, ...] | None:
        found: list[str] = []
        for scope, call in self._inherited_through(mount):
            if call.unpacks:
                return None
            given = call.keyword("tags")
            if given is None:
                continue
            items = listed(scope, given)
            if items is None:
                return None
            for where, item in items:
                text = _tag(where, item)
                if text is None:
                    return None
                found.append(text)
        if self.router is not None and (self.router.call is None or not self.router.plain):
            return tuple(found) or None
        return tuple(found)


def _tag(scope: Scope, item: f.Expression) -> str | None:
    """Return the name of a tag: FastAPI takes text, and members of enumerations by their value."""
    text = text_of(scope, item)
    if text is None:
        member = resolve(scope, item)
        if isinstance(member, Variable) and isinstance(member.scope, Class):
            if inherits(member.scope, "enum.Enum"):
                return text_of(member.scope, member.value)
    return text


class AtEndpoint:
    """What is an *endpoint*, asked about one side of it."""

    endpoint: Endpoint

    @property
    def module(self) -> Module:
        """The module that registers it."""
        return self.endpoint.module

    @property
    def span(self) -> Span:
        """The registering call."""
        return self.endpoint.span

    @property
    def extent(self) -> Span:
        """The function's head if that is where it is registered, else the registering statement."""
        return self.endpoint.extent

    @property
    def label(self) -> str:
        """The dotted name of the function."""
        return self.endpoint.label


def listed(scope: Scope, given: f.Expression) -> tuple[tuple[Scope, f.Expression], ...] | None:
    """Return the items of a literal list, also behind a name; None if it is not one."""
    match given:
        case f.Constant(kind="None"):
            return ()
        case f.Collection(items=items):
            if any(isinstance(item, f.Starred) for item in items):
                return None
            return tuple((scope, item) for item in items)
        case f.Binary(operator="+", left=left, right=right):
            first, second = listed(scope, left), listed(scope, right)
            return None if first is None or second is None else (*first, *second)
        case f.Name() | f.Attribute():
            symbol = resolve(scope, given)
            if isinstance(symbol, Variable) and symbol.value is not None:
                return listed(symbol.scope, symbol.value)
    return None


# -- the routing of a service --------------------------------------------------------------


@dataclass
class Routing:
    """Everything that a service says about its routes."""

    endpoints: list[Endpoint] = field(default_factory=list)
    inclusions: list[Inclusion] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


@query
def routing(service: Service) -> Routing:
    """Return the routing of *service*; tests and scripts have none of their own."""
    found = Routing()
    names = _names_of_routers(service)
    counter = 0
    for scope in service.scopes:
        if layer_of(scope.module) in (Layer.TESTS, Layer.NONE):
            continue
        decorating = {
            id(decorator): definition
            for definition in scope.definitions
            if isinstance(definition, Function)
            for decorator in definition.decorators
        }
        for site in scope.calls:
            function = site.call.function
            if _given_away(site, names):
                what = f"routes that {_shown(function)} may add"
                found.gaps.append(Gap(site.module, site.span, what))
            if not isinstance(function, f.Attribute):
                continue
            counter += 1
            if id(site.call) in decorating and function.name in _DECORATORS:
                _decorated(found, site, function, decorating[id(site.call)], counter)
            elif function.name in _ADDERS:
                _added(found, site, function, counter)
            elif function.name in ("include_router", "mount"):
                _included(found, site, function, counter)
    return found


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


def _given_away(site: CallSite, names: frozenset[str]) -> bool:
    """Tell whether a library is handed a router or application, to which it may add routes."""
    given = [*site.call.arguments, *(k.value for k in site.call.keywords)]
    if not any(isinstance(x, f.Name) and x.name in names for x in given):
        return False
    if isinstance(site.call.function, f.Attribute) and site.call.function.name in _OWN:
        return False
    callee = callee_of(site.scope, site.call)
    if isinstance(callee, Function | Class):
        return False
    if isinstance(callee, External) and callee.path.startswith(_HARMLESS):
        return False
    return any(isinstance(x, f.Name) and x.name in names and _is_routing(site, x) for x in given)


def endpoints(service: Service) -> tuple[Endpoint, ...]:
    """Return every endpoint of the service, in source order."""
    return _endpoints(service)


@query
def _endpoints(service: Service) -> tuple[Endpoint, ...]:
    return tuple(routing(service).endpoints)


@query
def complete(service: Service) -> bool:
    """Tell whether the whole routing table is known: an app in view, nothing unresolved."""
    known = routing(service)
    return (
        any(router.is_app for router in routers(service))
        and not known.gaps
        and all(e.paths is not None and e.methods is not None for e in known.endpoints)
    )


def _conditional(step: Step) -> bool:
    """Tell whether *step* may not happen: it stands under an ``if``, ``try`` or ``match``."""
    return not checks_types(step) and any(
        isinstance(block.owner, f.If | f.Match | f.While)
        or (isinstance(block.owner, f.Try) and block.part == "handler")
        for block in step.block.ancestors()
    )


def _is_routing(site: CallSite, receiver: f.Expression) -> bool:
    """Tell whether *receiver* certainly is a router or an application."""
    made = type_of(site.scope, receiver)
    return made is not None and not made.is_class and made.is_a(APP, ROUTER)


def _receivers(site: CallSite, receiver: f.Expression) -> list[tuple[Router, Environment]]:
    """Return the routers that *receiver* stands for, each with what the names mean that time."""
    found: dict[tuple[int, str], tuple[Router, Environment]] = {}
    for environment in environments(site.scope, site.step):
        for router in routers_in(site.scope, receiver, environment):
            key = (id(router), str(sorted((k, id(v[1])) for k, v in environment.items())))
            found.setdefault(key, (router, environment))
    return list(found.values())


def _decorated(
    found: Routing, site: CallSite, method: f.Attribute, function: Function, order: int
) -> None:
    _register(found, site, method, function, site.call.argument(0, "path"), order)


def _added(found: Routing, site: CallSite, method: f.Attribute, order: int) -> None:
    given = site.call.argument(1, "endpoint") or site.call.argument(1, "route")
    if given is None:
        return
    if not (_receivers(site, method.value) or _is_routing(site, method.value)):
        return
    for environment in environments(site.scope, site.step):
        target = symbol_in(site.scope, given, environment)
        if target is None and isinstance(given, f.Attribute):
            owner = type_of(site.scope, given.value)
            target = method_of(owner, given.name) if owner is not None else None
        if isinstance(target, Function):
            _register(found, site, method, target, site.call.argument(0, "path"), order)
        else:
            found.gaps.append(Gap(site.module, site.span, f"endpoint {_shown(given)}"))
        if not environment:
            break


def _register(
    found: Routing,
    site: CallSite,
    method: f.Attribute,
    function: Function,
    path: f.Expression | None,
    order: int,
) -> None:
    receivers = _receivers(site, method.value)
    if not receivers:
        if not _is_routing(site, method.value):
            return
        found.gaps.append(Gap(site.module, method.value.span, f"router {_shown(method.value)}"))
    ways: list[tuple[Router | None, Environment]] = [*receivers] or [(None, {})]
    seen: set[tuple[int, str | None]] = set()
    for number, (router, environment) in enumerate(ways):
        own = text_in(site.scope, path, environment)
        if (id(router), own) in seen:
            continue
        seen.add((id(router), own))
        if own is None:
            span = path.span if path is not None else site.span
            found.gaps.append(Gap(site.module, span, f"path of {function.name}"))
        found.endpoints.append(
            Endpoint(
                function,
                site,
                router,
                _methods(site, method.name),
                own,
                path.span if path is not None else site.span,
                "websocket" in method.name,
                method.name in _PLAIN,
                _conditional(site.step),
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


def _included(found: Routing, site: CallSite, method: f.Attribute, order: int) -> None:
    is_mount = method.name == "mount"
    parents = _receivers(site, method.value)
    if not parents and not _is_routing(site, method.value):
        return
    given = site.call.argument(1, "app") if is_mount else site.call.argument(0, "router")
    if not parents:
        found.gaps.append(Gap(site.module, method.value.span, f"router {_shown(method.value)}"))
    placed = False
    seen: set[tuple[int, int, str | None]] = set()
    for number, (parent, environment) in enumerate(parents):
        children = routers_in(site.scope, given, environment)
        if is_mount and not any(child.is_app for child in children):
            return  # static files, or another ASGI application: no routes of the service
        if not children:
            continue
        placed = True
        where = site.call.argument(0, "path") if is_mount else site.call.keyword("prefix")
        prefix: str | None = ""
        if where is not None:
            prefix = text_in(site.scope, where, environment)
        elif site.call.unpacks:
            prefix = None
        if prefix is None:
            found.gaps.append(
                Gap(site.module, where.span if where else site.span, f"prefix {_shown(where)}")
            )
        for child in children:
            # A router that a function makes for each of its callers includes once.
            if (id(parent), id(child), prefix) in seen:
                continue
            seen.add((id(parent), id(child), prefix))
            found.inclusions.append(
                Inclusion(
                    parent,
                    child,
                    site,
                    prefix.rstrip("/") if prefix is not None and is_mount else prefix,
                    where.span if where is not None else site.span,
                    _conditional(site.step),
                    is_mount,
                    (order, number),
                )
            )
    if parents and not placed:
        found.gaps.append(Gap(site.module, site.span, f"router {_shown(given)}"))


def _shown(expression: f.Expression | None) -> str:
    return f"`{f.render(expression)}`" if expression is not None else "`**...`"


# -- mounts --------------------------------------------------------------------------------


def mounts(router: Router) -> tuple[Mount, ...]:
    """Return every known way from an application to *router*; none if there is no known one."""
    memory = router.module.service.memory
    key = ("mounts", router)
    if key not in memory:
        memory[key] = ()  # a circle of includes leads nowhere
        memory[key] = tuple(_mounts(router, _DEEPEST))
    found: tuple[Mount, ...] = memory[key]
    return found


@query
def _inclusions_of(service: Service) -> dict[int, list[Inclusion]]:
    """Return the includes and mounts of each router, by its identity."""
    found: dict[int, list[Inclusion]] = {}
    for inclusion in routing(service).inclusions:
        found.setdefault(id(inclusion.child), []).append(inclusion)
    return found


def _mounts(router: Router, depth: int) -> Iterator[Mount]:
    if router.prefix is None or depth == 0:
        return
    own = _own_part(router)
    service = router.module.service
    inclusions = _inclusions_of(service).get(id(router), [])
    if router.is_app and not any(i.is_mount for i in inclusions):
        yield Mount(router, (), (), False)
    if router.is_app:
        inclusions = [i for i in inclusions if i.is_mount]
    elif not inclusions and not any(r.is_app for r in routers(service)):
        yield Mount(None, own, (), False)
    for inclusion in inclusions:
        if inclusion.prefix is None:
            continue
        for outer in mounts(inclusion.parent):
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
            )


def _own_part(router: Router) -> tuple[Part, ...]:
    given = router.keyword("prefix")
    if not router.prefix or given is None:
        return ()
    return (Part(router.prefix, "the router", router.module, given.span),)
