"""Rule packs: import packages whose modules each hold one rule."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from gravity_lint.errors import UsageError
from gravity_lint.rule import Rule


@lru_cache(maxsize=8)
def load_rules(packs: Sequence[str]) -> tuple[Rule[Any], ...]:
    """Return the rules of the named *packs*, sorted by code.

    Raises UsageError for a pack that cannot be imported, and for two rules
    with the same code or name.
    """
    rules: dict[str, Rule[Any]] = {}
    names: dict[str, Rule[Any]] = {}
    for pack in packs:
        for rule in _rules_of(pack):
            for taken in (rules.get(rule.code), names.get(rule.name)):
                if taken is not None:
                    raise UsageError(
                        f"rule-packs: {rule.module_name} and {taken.module_name} are both called"
                        f" {rule.code} or {rule.name}; codes and names must be unique"
                    )
            rules[rule.code] = names[rule.name] = rule
    return tuple(rules[code] for code in sorted(rules))


def _rules_of(pack: str) -> list[Rule[Any]]:
    try:
        package = importlib.import_module(pack)
        inside = pkgutil.walk_packages(getattr(package, "__path__", ()), f"{pack}.")
        found = [package, *(importlib.import_module(info.name) for info in inside)]
    except Exception as error:
        raise UsageError(
            f"rule-packs: cannot import {pack!r}: {error}; is the package installed in this"
            " environment and its name spelled as it is imported?"
        ) from error
    return [
        value
        for module in found
        for value in vars(module).values()
        if isinstance(value, Rule) and value.module_name == module.__name__
    ]
