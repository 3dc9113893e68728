"""Which routers an application reaches, and which stand for an API that nobody can call."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.inclusions import inclusions, inclusions_of, plugins
from gravity_lint.model.api.routers import ADDERS, DECORATORS, Router, routers
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.layers import Layer, hides_modules, in_app, layer_of
from gravity_lint.model.code.names import Variable
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import uses_of
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.sources.spans import Span

_LOADERS = (
    "builtins.__import__",
    "builtins.exec",
    "importlib.import_module",
    "importlib.metadata.entry_points",
    "importlib.util.module_from_spec",
    "pkgutil.iter_modules",
    "pkgutil.walk_packages",
    "runpy.run_module",
)
"""What finds modules, and so routers, by names that are not written in the code."""
_KNOWN_USES = (*DECORATORS, *ADDERS, "include_router", "mount", "on_event", "add_event_handler")
"""What is done with a router that brings it to no application."""


class OwnRouter(Record, frozen=True):
    """A router with *endpoints*, bound to a *name* of its module."""

    router: Router
    name: str
    endpoints: tuple[Endpoint, ...]

    @property
    def module(self) -> Module:
        """The module that makes it."""
        return self.router.module

    @property
    def span(self) -> Span:
        """The call that makes it."""
        return self.router.span

    @property
    def extent(self) -> Span:
        """The same: it has no head."""
        return self.router.span

    @property
    def label(self) -> str:
        """The dotted name of the router."""
        return f"{self.module.name}.{self.name}"

    @property
    def mounted(self) -> bool | None:
        """Tell whether an application includes it, be it through others; None if not known."""
        service = self.module.service
        if self.router in _reached(service):
            return True
        if not any(router.is_app for router in _wired(service)) or _is_open(service):
            return None
        return None if self._may_go_elsewhere() else False

    @property
    def includer(self) -> Router | None:
        """The router that includes it, where one does that is included nowhere itself."""
        parents = inclusions_of(self.module.service).get(id(self.router), [])
        return next((x.parent for x in parents if x.parent is not self.router), None)

    @property
    def tester(self) -> Module | None:
        """The first module of tests that uses it, as on an application of their own."""
        for step, _ in uses_of(Variable(self.module, self.name)):
            module = step.scope.module
            if layer_of(module) is Layer.TESTS and not isinstance(step.statement, f.Import):
                return module
        return None

    def _may_go_elsewhere(self) -> bool:
        """Tell whether something is done with it that may bring it to an application unseen."""
        for step, use in uses_of(Variable(self.module, self.name)):
            statement = step.statement
            made = isinstance(statement, f.Assign) and use in statement.targets
            if made or isinstance(statement, f.Import) or not in_app(step.scope.module):
                continue
            holders: list[f.Expression | None] = [
                outer for outer in step.parts if use in f.children(outer)
            ]
            for holder in holders or [None]:
                match holder:
                    case f.Attribute(name=name) if name in _KNOWN_USES:
                        continue
                    case f.Call(function=f.Attribute(name="include_router")):
                        continue
                return True
        return False


@query
def own_routers(service: Service) -> tuple[OwnRouter, ...]:
    """Return the routers of modules of the app that have endpoints, in source order."""
    served: dict[Router, list[Endpoint]] = {}
    for endpoint in endpoints(service):
        if endpoint.router is not None:
            served.setdefault(endpoint.router, []).append(endpoint)
    found: list[OwnRouter] = []
    for router in _wired(service):
        name = _name_of(router)
        if router.is_app or name is None or router not in served:
            continue
        found.append(OwnRouter(router, name, tuple(served[router])))
    return tuple(found)


def _name_of(router: Router) -> str | None:
    if not isinstance(router.scope, Module) or router.call is None:
        return None
    for name, bindings in router.scope.bindings.items():
        match bindings:
            case (Assigned(value=value),) if value is router.call:
                return name
    return None


@query
def _wired(service: Service) -> tuple[Router, ...]:
    return tuple(router for router in routers(service) if in_app(router.module))


@query
def _reached(service: Service) -> frozenset[Router]:
    """Return the routers to which a way leads from an application, or from who knows where."""
    below: dict[Router, list[Router]] = {}
    for inclusion in inclusions(service).known:
        below.setdefault(inclusion.parent, []).append(inclusion.child)
    own = set(routers(service))
    pending = [router for router in below if router.is_app or router not in own]
    pending += [router for router in own if id(router) in plugins(service)]
    reached: set[Router] = set()
    while pending:
        router = pending.pop()
        if router not in reached:
            reached.add(router)
            pending += below.get(router, ())
    return frozenset(reached)


@query
def _is_open(service: Service) -> bool:
    """Tell whether routers may be included in ways that the code does not spell out.

    So may what a file says that does not parse, or is not read, or what a template becomes.
    """
    if service.unseen.templates or hides_modules(service):
        return True
    strays = inclusions(service).strays
    return bool(strays) or any(in_app(site.module) for site in calls_to(service, *_LOADERS))
