"""Which modules of the service are loaded before the first line of one that imports them."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import checks_types
from gravity_lint.model.code.names import modules_named
from gravity_lint.model.code.questions import question
from gravity_lint.model.code.scopes import Module


@question
def loaded_with(module: Module) -> frozenset[Module]:
    """Return what ``import`` of *module* loads: itself, the packages around, what these import.

    Not what a function imports when it runs. A module among these that imports *module* at its top
    finds it half made.
    """
    found: set[Module] = set()
    pending = [module]
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            pending += _loaded_first(one)
    return frozenset(found)


@question
def _loaded_first(module: Module) -> tuple[Module, ...]:
    names = [*_around(module.name)]
    for step in module.steps:
        fact = step.statement
        if isinstance(fact, f.Import) and not checks_types(step):
            names += modules_named(module, fact)
    found = (module.service.find(name, module) for name in dict.fromkeys(names))
    return tuple(x for x in found if x is not None and x is not module)


def _around(name: str) -> Iterator[str]:
    """Yield the packages around the module called *name*, which Python loads before it."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name
