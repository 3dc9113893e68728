"""Which modules find which: programs in one service import from directories of their own."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import import_path
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.service import Service, query


def can_import(module: Module, other: Module) -> bool:
    """Tell whether *module* finds *other* by its name.

    Both lie below one import root, or the package of *module* imports from there.
    """
    there = import_root(other)
    return import_root(module) == there or there in _reached(module.service).get(_top(module), ())


def _top(module: Module) -> tuple[str, str]:
    """Return the import root of *module* and the package, or module, that stands there."""
    return import_root(module), module.name.partition(".")[0]


def import_root(module: Module) -> str:
    """Return the directory from which *module* is imported, empty for the service's root."""
    below = module.relative.removesuffix(".py").removesuffix("/__init__")
    return below.removesuffix(module.name.replace(".", "/"))


@query
def _reached(service: Service) -> dict[tuple[str, str], set[str]]:
    """Return from which import roots the modules of each package import."""
    found: dict[tuple[str, str], set[str]] = {}
    for module in service.modules:
        if in_app(module):
            reached = found.setdefault(_top(module), set())
            for step in module.steps:
                if isinstance(step.statement, f.Import):
                    path = import_path(module, step.statement)
                    other = service.find(path, module) if path else None
                    if other is not None:
                        reached.add(import_root(other))
    return found
