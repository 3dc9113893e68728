"""What the layers of a service import of each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gravity_lint import facts as f
from gravity_lint.model.layers import Layer, layer_of
from gravity_lint.model.names import import_path, member
from gravity_lint.model.routing import endpoints
from gravity_lint.model.scopes import Module, Scope, Step, checks_types
from gravity_lint.model.service import Service, query
from gravity_lint.model.types import module_of
from gravity_lint.spans import Span

_JUDGED = (
    Layer.API,
    Layer.SERVICES,
    Layer.REPOSITORIES,
    Layer.MODELS,
    Layer.SCHEMAS,
    Layer.CORE,
)


@dataclass(frozen=True)
class Origin:
    """A *name* that an import brings, and the *module* that it loads or that defines the name."""

    name: str
    module: Module

    @property
    def layer(self) -> Layer:
        """The layer of the module; what registers endpoints belongs to the API, wherever it is."""
        layer = layer_of(self.module)
        if layer is Layer.OTHER and self.module in _registering(self.module.service):
            return Layer.API
        return layer


@dataclass(frozen=True, eq=False)
class LayerImport:
    """An import statement of a layer that brings something of another layer.

    *origins* are the modules that it loads, and those that define what it
    brings where a package only passes it on. *checking* is set for an import
    that only type checkers see.
    """

    step: Step
    statement: Span
    origins: tuple[Origin, ...]
    checking: bool

    @property
    def module(self) -> Module:
        """The module that imports."""
        return self.step.module

    @property
    def span(self) -> Span:
        """The statement."""
        return self.statement

    @property
    def extent(self) -> Span:
        """The lines of the statement."""
        return self.statement

    @property
    def label(self) -> str:
        """The dotted name of the scope that imports."""
        return self.step.label

    @property
    def layer(self) -> Layer:
        """The layer of the module that imports."""
        return layer_of(self.module)


@query
def layer_imports(service: Service) -> tuple[LayerImport, ...]:
    """Return the imports across layers, module by module in source order."""
    return tuple(
        found
        for module in service.modules
        if layer_of(module) in _JUDGED
        for scope in module.scopes
        for found in _imports_of(scope)
    )


def _imports_of(scope: Scope) -> Iterator[LayerImport]:
    steps: dict[Span, list[Step]] = {}
    for step in scope.steps:
        if isinstance(step.statement, f.Import):
            steps.setdefault(step.statement.statement, []).append(step)
    for statement, rows in steps.items():
        origins = {
            origin: None
            for step in rows
            for origin in _origins(scope.module, step.statement)
            if origin.layer is not layer_of(scope.module) and _apart(scope.module, origin.module)
        }
        if origins:
            yield LayerImport(rows[0], statement, tuple(origins), checks_types(rows[0]))


def _origins(module: Module, statement: f.Statement) -> Iterator[Origin]:
    assert isinstance(statement, f.Import)
    path = import_path(module, statement)
    if path is None:
        return
    source = module.service.find(path)
    name = statement.name
    if name is None or name == "*":
        if source is not None:
            yield Origin(statement.module, source)
        return
    brought = member(source, name) if source is not None else module.service.find(f"{path}.{name}")
    defined = module_of(brought)
    if source is not None and not isinstance(brought, Module):
        yield Origin(name, source)
    if defined is not None and defined is not source:
        yield Origin(name, defined)


def _apart(module: Module, other: Module) -> bool:
    """Tell whether the directory that makes *module* a layer does not hold *other* as well.

    In a package that is itself called ``core``, everything lies below ``core/``.
    """
    layer = layer_of(module).value
    head, found, _ = f"/{module.relative}".partition(f"/{layer}/")
    return not found or not f"/{other.relative}".startswith(f"{head}/{layer}/")


@query
def _registering(service: Service) -> frozenset[Module]:
    return frozenset(endpoint.function.module for endpoint in endpoints(service))
