"""How one writes a dependency, for advice to take the same."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import Dependency
from gravity_lint.model.auth.guard_kinds import factory
from gravity_lint.model.code.bindings import Imported
from gravity_lint.model.code.references import bindings_of
from gravity_lint.model.code.scopes import Scope


def taking(dependency: Dependency, *, whole: bool = True) -> str:
    """Return how one takes *dependency*, with the arguments of its maker if *whole*."""
    given, maker = dependency.given, factory(dependency)
    if dependency.scopes:
        return f"Security({spelled(dependency)}, scopes=[...])"
    if dependency.alias and whole:
        return f"Depends({dependency.alias})"
    if isinstance(given, f.Call):
        plain = not (given.arguments or given.keywords)
        called = f.render(given.function)
        if plain and dependency.alias:
            return f"Depends({dependency.written})"
        shown = dependency.written if whole or plain else f"{called}(...)"
        named = _own_name(dependency.scope, given.function) or called
        return f"Depends({named}{shown.removeprefix(called)})"
    if maker is not None:
        return f"{maker.name}(...)"
    return f"Depends({spelled(dependency)})"


def spelled(dependency: Dependency) -> str:
    """Return the name of *dependency*, and not what ``import ... as`` calls it in one module."""
    given = dependency.given
    own = _own_name(dependency.scope, given)
    if own is not None:
        return own
    return f.render(given) if isinstance(given, f.Name | f.Attribute) else dependency.name


def _own_name(scope: Scope, given: f.Expression | None) -> str | None:
    """Return the name under which *given* is defined, where one module imports it by another."""
    if isinstance(given, f.Name):
        for binding in scope.module.bindings.get(given.name, ()):
            if isinstance(binding, Imported) and binding.fact.renamed and binding.fact.name:
                return binding.fact.name
    return None


def named_in(dependency: Dependency) -> f.Name | None:
    """Return the name with which what gives *dependency* begins, as it is written."""
    named = dependency.given
    while isinstance(named, f.Call | f.Attribute):
        named = named.function if isinstance(named, f.Call) else named.value
    return named if isinstance(named, f.Name) else None


def is_bound(dependency: Dependency) -> bool:
    """Tell whether anything binds the name by which *dependency* is taken, as far as is known."""
    named = named_in(dependency)
    if named is None or dependency.scope.module.stars:
        return True
    return bool(bindings_of(dependency.scope, named.name))
