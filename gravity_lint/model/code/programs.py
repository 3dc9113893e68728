"""The programs that share the root of a service: each imports from a directory of its own."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import import_path
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.service import Service, query


def can_import(module: Module, other: Module) -> bool:
    """Tell whether *module* finds *other* by its name.

    Both lie below one import root, or what lies below that of *module* imports from there.
    """
    here, there = _import_root(module), _import_root(other)
    return here == there or there in _reached(module.service).get(here, ())


def _import_root(module: Module) -> str:
    """Return the directory from which *module* is imported, empty for the service's root."""
    below = module.relative.removesuffix(".py").removesuffix("/__init__")
    return below.removesuffix(module.name.replace(".", "/"))


@query
def _reached(service: Service) -> dict[str, set[str]]:
    """Return from which import roots the modules below each import."""
    found: dict[str, set[str]] = {}
    for module in service.modules:
        if in_app(module):
            reached = found.setdefault(_import_root(module), set())
            for step in module.steps:
                if isinstance(step.statement, f.Import):
                    path = import_path(module, step.statement)
                    other = service.find(path, module) if path else None
                    if other is not None:
                        reached.add(_import_root(other))
    return found
