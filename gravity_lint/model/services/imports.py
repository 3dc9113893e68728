"""What the layers of a service import of each other."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.registration import api_modules
from gravity_lint.model.api.schemas import is_orm_model
from gravity_lint.model.code.bindings import checks_types
from gravity_lint.model.code.import_roots import import_root
from gravity_lint.model.code.layers import Layer, layer_of, layer_of_path
from gravity_lint.model.code.names import import_path, imports_any, member
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import AtStep
from gravity_lint.model.code.types import module_of
from gravity_lint.model.code.words import saying
from gravity_lint.model.services.business import is_data
from gravity_lint.model.services.service_classes import service_classes
from gravity_lint.model.services.transport import FRAMEWORKS
from gravity_lint.sources.spans import Span

_JUDGED = (
    Layer.API,
    Layer.SERVICES,
    Layer.REPOSITORIES,
    Layer.MODELS,
    Layer.SCHEMAS,
    Layer.CORE,
)

_INSIDE = {Layer.API: (Layer.MODELS, Layer.SCHEMAS), Layer.SERVICES: (Layer.REPOSITORIES,)}
"""What may lie inside a layer, and is another one all the same."""
_CLIENTS = ("httpx", "requests", "aiohttp", "urllib3", "grpc")
"""Libraries with which one asks other servers."""


class Origin(msgspec.Struct, frozen=True):
    """A *name* that an import brings, and where from: what it loads, or what defines the name.

    *path* is the dotted name of that module, *layer* its layer; *module* is
    None where the file is not in view.
    """

    name: str
    path: str
    layer: Layer
    module: Module | None


class LayerImport(AtStep, Record, frozen=True):
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
    def span(self) -> Span:
        """The statement."""
        return self.statement

    @property
    def extent(self) -> Span:
        """The lines of the statement."""
        return self.statement

    @property
    def layer(self) -> Layer:
        """The layer of the module that imports."""
        return _meant(self.module)


@by_module
def layer_imports(module: Module) -> Iterator[LayerImport]:
    """Return the imports across layers, module by module in source order."""
    return (
        found
        for scope in (module.scopes if _meant(module) in _JUDGED else ())
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
            if origin.layer is not _meant(scope.module) and _apart(scope.module, origin)
        }
        if origins:
            yield LayerImport(rows[0], statement, tuple(origins), checks_types(rows[0]))


def _origins(module: Module, statement: f.Statement) -> Iterator[Origin]:
    assert isinstance(statement, f.Import)
    path = import_path(module, statement)
    if path is None:
        return
    service = module.service
    source = service.find(path, module)
    name = statement.name
    if source is None and not service.has_package(path):
        unseen = _unseen_layer(module, path)
        if unseen is not None:
            yield Origin(name or path, path, unseen, None)
        return
    if name is None or name == "*":
        if source is not None:
            yield _from(statement.module, source, path)
        return
    brought = member(source, name) if source is not None else service.find(f"{path}.{name}", module)
    defined = module_of(brought)
    passed_on = source is not None and defined is not source and _encloses(source, module)
    if source is not None and not isinstance(brought, Module) and not passed_on:
        yield _from(name, source, path)
    if defined is not None and defined is not source:
        submodule = defined is brought and service.find(f"{path}.{name}", module) is defined
        yield _from(name, defined, f"{path}.{name}" if submodule else defined.name)


def _encloses(package: Module, module: Module) -> bool:
    """Tell whether whoever imports *module* loads *package* for that."""
    home = package.relative.removesuffix("__init__.py")
    return package.is_package and module.relative.startswith(home) and module is not package


def _from(name: str, module: Module, path: str) -> Origin:
    return Origin(name, path, _played(module), module)


def _played(module: Module) -> Layer:
    """Return the layer of *module* as others see it.

    What registers endpoints belongs to the API wherever it lies, and so do the
    models and schemas in a directory of the API, tables aside: they are what
    requests and responses look like. A directory ``api`` that has nothing to do
    with the web framework holds clients of some other API, where the service registers
    endpoints elsewhere or the directory itself asks other servers.
    """
    layer = layer_of(module)
    if module in api_modules(module.service) and layer not in (Layer.TESTS, Layer.NONE):
        return Layer.API
    if layer in (Layer.MODELS, Layer.SCHEMAS) and not any(map(is_orm_model, module.classes)):
        if not _interfaces(module.service).isdisjoint(_enclosing(module)):
            return Layer.API
    home = _home_of(module) if layer is Layer.API else ""
    if home:
        layer = layer_of_path(module.service, module.relative.removeprefix(f"{home}/"))
    if layer is Layer.API:
        serving = _serving_directories(module.service)
        # Endpoints that are registered elsewhere make a directory without the framework no API.
        home = _directory(module)
        if (serving or api_modules(module.service)) and home not in serving:
            return Layer.OTHER
        if home not in serving and home in _calling_directories(module.service):
            return Layer.OTHER
    return layer


def _meant(module: Module) -> Layer:
    """Return the layer to which the imports of *module* are held.

    A service among models is in the wrong place: what it imports is right where it belongs.
    """
    layer = _played(module)
    if layer in (Layer.MODELS, Layer.SCHEMAS) and not any(map(is_data, module.classes)):
        if any(found.is_misplaced for found in service_classes.of(module)):
            return Layer.SERVICES
    return layer


def _unseen_layer(module: Module, path: str) -> Layer | None:
    """Return the layer of *path*, a module of the service's own that is there and not in view.

    One that is not there has no layer: importing it fails.
    """
    if path.partition(".")[0] != module.name.partition(".")[0]:
        return None
    relative = path.replace(".", "/")
    parts = relative.split("/")
    root = import_root(module)
    ways = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
    if not any(module.service.unseen.may_hold(f"{root}{way}") for way in ways):
        return None
    layer = layer_of_path(module.service, f"{relative}.py")
    return layer if layer in _JUDGED else None


def _apart(module: Module, origin: Origin) -> bool:
    """Tell whether the directory that makes *module* a layer does not hold the other as well.

    In a package that is itself called ``core``, everything lies below ``core/``,
    and ``api/models.py`` belongs with what stands beside it.
    """
    service = module.service
    if layer_of(module) in _INSIDE.get(origin.layer, ()):
        # A table in a slice of the API goes with what stands beside it there.
        around = [
            d for d in _enclosing(module) if layer_of_path(service, f"{d}/x.py") is origin.layer
        ]
        beside = origin.module.relative if origin.module else origin.path.replace(".", "/")
        if any(beside.startswith(f"{directory}/") for directory in around):
            return False
    home = module.relative.rpartition("/")[0]
    if origin.module is not None and home == origin.module.relative.rpartition("/")[0]:
        if layer_of_path(service, f"{home}/x.py") is origin.layer:
            return False
    layer = layer_of(module).value
    head, found, _ = f"/{module.relative}".partition(f"/{layer}/")
    relative = origin.module.relative if origin.module else origin.path.replace(".", "/")
    return not found or not f"/{relative}".startswith(f"{head}/{layer}/")


def _enclosing(module: Module) -> list[str]:
    """Return the directories around *module* below the root, outer before inner."""
    parts = module.relative.split("/")[:-1]
    return ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _home_of(module: Module) -> str:
    """Return the directory of the API around *module* that is the home of the application."""
    return next((d for d in _enclosing(module) if d in _homes(module.service)), "")


@query
def _homes(service: Service) -> frozenset[str]:
    """Return the directories called like the API that hold the whole application.

    Its services, repositories and models lie in them, and none outside.
    """
    inner = (Layer.SERVICES, Layer.REPOSITORIES, Layer.MODELS)
    layered = [module for module in service.modules if layer_of(module) in inner]
    found = {
        directory
        for module in layered
        for directory in _enclosing(module)
        if layer_of_path(service, f"{directory}/x.py") is Layer.API
    }
    return frozenset(d for d in found if all(m.relative.startswith(f"{d}/") for m in layered))


@query
def _interfaces(service: Service) -> frozenset[str]:
    """Return the directories of the API layer in which endpoints are registered.

    One that holds other layers as well is the home of a whole application.
    """
    found = {
        directory
        for module in api_modules(service)
        for directory in _enclosing(module)
        if layer_of_path(service, f"{directory}/x.py") is Layer.API
    }
    for module in service.modules:
        if layer_of(module) in (Layer.SERVICES, Layer.REPOSITORIES, Layer.CORE):
            found.difference_update(_enclosing(module))
    return frozenset(found)


@query
def _serving_directories(service: Service) -> frozenset[str]:
    """Return the directories of the API layer in which something uses the web framework."""
    return frozenset(
        _directory(module)
        for module in service.modules
        if layer_of(module) is Layer.API and _uses_framework(module)
    )


@query
def _calling_directories(service: Service) -> frozenset[str]:
    """Return the directories of the API layer in which something asks other servers."""
    return frozenset(
        _directory(module)
        for module in saying(service, _CLIENTS)
        if layer_of(module) is Layer.API and imports_any(module, _CLIENTS)
    )


def _uses_framework(module: Module) -> bool:
    return imports_any(module, FRAMEWORKS)


def _directory(module: Module) -> str:
    """Return the outermost directory that makes *module* part of the API layer."""
    for directory in _enclosing(module):
        if layer_of_path(module.service, f"{directory}/x.py") is Layer.API:
            return directory
    return module.relative
