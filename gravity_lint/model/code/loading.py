"""Modules that are loaded by their names: ``importlib.import_module(f"app.plugins.{name}")``."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.values import text_of

_LOADERS = ("importlib.import_module", "builtins.__import__", "runpy.run_module")


@query
def loaded_by_name(service: Service) -> frozenset[tuple[Module, Module]]:
    """Return pairs of modules: one that is loaded by its name, and the one that does it.

    Of a name that is put together, its beginning tells which it may be: all below a package. Where
    that is not in view either, nothing is known.
    """
    return frozenset(
        (module, site.module)
        for site in calls_to(service, *_LOADERS)
        for module in _loaded(site)
        if module is not site.module
    )


def _loaded(site: CallSite) -> Iterator[Module]:
    service, given = site.module.service, site.call.argument(0, "name")
    name = text_of(site.scope, given)
    if name is not None:
        found = service.find(name, site.module)
        if found is not None:
            yield found
        return
    package, dot, _ = _beginning(given).rpartition(".")
    if dot:
        parent = service.find(package, site.module)
        below = f"{package if parent is None else parent.name}."
        yield from (module for module in service.modules if module.name.startswith(below))


def _beginning(name: f.Expression | None) -> str:
    """Return the text with which *name* begins, as far as it is written there."""
    match name:
        case f.Template(parts=(str(text), *_)):
            return text
        case f.Constant(value=str(text)):
            return text
        case f.Binary(operator="+" | "%", left=left):
            return _beginning(left).partition("%")[0]
        case f.Call(function=f.Attribute(value=value, name="format")):
            return _beginning(value).partition("{")[0]
    return ""
