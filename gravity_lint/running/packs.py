"""Rule packs: import packages whose modules each hold one rule.

A configuration names the packs, but a linted tree does not choose which code runs:
apart from the linter's own, a pack must have been allowed from outside the tree,
be installed, and say of itself that it is one. Of such a package only the modules
are imported that may hold rules.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from gravity_lint.errors import UsageError
from gravity_lint.installed import OWN_PACKS, importing, package_directory
from gravity_lint.rule import Rule
from gravity_lint.running.allowance import USER_FILE, VARIABLE, allowed_outside

_CODE = re.compile(r"(?!GRV)[A-Z]{2,3}[0-9]{3}")
"""The codes of packs that are not the linter's own."""
_DECLARATION = re.compile(r"^__gravity_lint_rules__\b[^=\n]*=\s*True\b", re.MULTILINE)


def load_rules(
    packs: Sequence[str], allowed: Sequence[str] = (), linted: Sequence[Path] = ()
) -> tuple[Rule[Any], ...]:
    """Return the rules of the named *packs*, sorted by code.

    *allowed* are the packs that the command line allows; those of the
    environment and of the user's own configuration come on top. *linted* are
    trees in which nothing is looked for. Raises UsageError for a pack that is
    not allowed, is none, or cannot be imported, and for two rules with the
    same code or name.
    """
    return _loaded(tuple(packs), tuple(allowed), tuple(linted))


@lru_cache(maxsize=8)
def _loaded(
    packs: tuple[str, ...], allowed: tuple[str, ...], linted: tuple[Path, ...]
) -> tuple[Rule[Any], ...]:
    for pack in packs:
        if pack not in OWN_PACKS and pack not in allowed and pack not in allowed_outside():
            raise UsageError(_forbidden(pack))
    return _together([_installed_rules(pack, linted) for pack in packs])


@lru_cache(maxsize=8)
def developed_rules(packs: tuple[str, ...]) -> tuple[Rule[Any], ...]:
    """Return the rules of *packs*, which are found and imported as Python does it.

    For those who test packs of their own, and never where a linted tree has named them.
    Raises UsageError as `load_rules` does.
    """
    return _together([_rules_in(_importable(pack), pack) for pack in packs])


def _together(packs: Sequence[Sequence[Rule[Any]]]) -> tuple[Rule[Any], ...]:
    """Return all rules, sorted by code; raise UsageError for two that are called the same."""
    rules: dict[str, Rule[Any]] = {}
    names: dict[str, Rule[Any]] = {}
    for pack in packs:
        for rule in pack:
            for taken in (rules.get(rule.code), names.get(rule.name)):
                if taken is not None:
                    raise UsageError(
                        f"rule-packs: {rule.module_name} and {taken.module_name} are both called"
                        f" {rule.code} or {rule.name}; codes and names must be unique"
                    )
            rules[rule.code] = names[rule.name] = rule
    return tuple(rules[code] for code in sorted(rules))


def _forbidden(pack: str) -> str:
    return (
        f"rule-packs: {pack!r} is not allowed: a linted tree does not choose which code runs."
        f" Whoever runs the linter allows it, with --allow-pack {pack}, {VARIABLE}={pack}, or"
        f' rule-packs = ["{pack}"] in ~/.config/{USER_FILE}'
    )


def _installed_rules(pack: str, linted: Sequence[Path]) -> list[Rule[Any]]:
    """Return the rules of *pack*; one that is not our own must lie outside the trees *linted*."""
    if pack in OWN_PACKS:
        return _rules_in(_importable(pack), pack)
    directory = package_directory(pack, linted)
    with importing(linted):
        return _rules_in(directory, pack)


def _importable(pack: str) -> Path | None:
    """Return the directory of *pack* where Python would find it."""
    spec = importlib.util.find_spec(pack) if pack.isidentifier() else None
    locations = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(locations))) if locations else None


def _rules_in(directory: Path | None, pack: str) -> list[Rule[Any]]:
    if directory is None:
        raise UsageError(
            f"rule-packs: no package {pack!r} is installed in this environment (what lies in the"
            " working directory or in the linted tree does not count); is its name spelled as it"
            " is imported?"
        )
    if not declares_rules(directory):
        raise UsageError(
            f"rule-packs: {pack!r} is no rule pack: its __init__.py does not say"
            " `__gravity_lint_rules__ = True`"
        )
    found: list[Rule[Any]] = []
    for name in (pack, *sorted(_modules(directory, pack))):
        try:
            module = importlib.import_module(name)
        except (Exception, SystemExit) as error:
            kind = type(error).__name__
            raise UsageError(
                f"rule-packs: {name} cannot be imported: {kind}: {error}; ask those who"
                f" maintain {pack!r}, or leave it out of rule-packs meanwhile"
            ) from error
        found += (
            value
            for value in vars(module).values()
            if isinstance(value, Rule) and value.module_name == module.__name__
        )
    for rule in found:
        if pack not in OWN_PACKS and not _CODE.fullmatch(rule.code):
            raise UsageError(
                f"rule-packs: {rule.module_name} has the code {rule.code!r}; the codes of a"
                " pack are two or three capitals and three digits (ACM101), as flake8 wants them,"
                " and those that begin with GRV are the linter's own"
            )
    return found


def declares_rules(directory: Path) -> bool:
    """Tell whether the package says, in so many words, that it is a rule pack."""
    try:
        text = (directory / "__init__.py").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return _DECLARATION.search(text) is not None


def _modules(directory: Path, name: str) -> Iterator[str]:
    """Yield the names of the modules below a package that may hold rules, without importing any."""
    for place in directory.iterdir():
        own = place.name.removesuffix(".py")
        if own.startswith("_") or not own.isidentifier():
            continue
        if place.is_dir() and (place / "__init__.py").is_file():
            yield from _modules(place, f"{name}.{own}")
        elif place.suffix == ".py" and place.is_file():
            yield f"{name}.{own}"
