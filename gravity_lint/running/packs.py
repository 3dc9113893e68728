"""Rule packs: import packages whose modules each hold one rule.

A configuration names the packs, but a linted tree does not choose which code runs:
apart from the linter's own, a pack must have been allowed from outside the tree,
be installed, and say of itself that it is one. Of such a package only the modules
are imported that may hold rules.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec

from gravity_lint.errors import UsageError
from gravity_lint.installed import OWN_PACKS, importing, package_directory
from gravity_lint.rule import Rule

VARIABLE: Final = "GRAVITY_LINT_RULE_PACKS"
"""The environment variable that allows packs: their names, with commas."""
_USER_FILE = "gravity-lint/gravity-lint.toml"
"""The user's own configuration, below ``$XDG_CONFIG_HOME`` (``~/.config``): its ``rule-packs``."""
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
    rules: dict[str, Rule[Any]] = {}
    names: dict[str, Rule[Any]] = {}
    for pack in packs:
        if pack not in OWN_PACKS and pack not in allowed and pack not in allowed_outside():
            raise UsageError(_forbidden(pack))
        for rule in _rules_of(pack, linted):
            for taken in (rules.get(rule.code), names.get(rule.name)):
                if taken is not None:
                    raise UsageError(
                        f"rule-packs: {rule.module_name} and {taken.module_name} are both called"
                        f" {rule.code} or {rule.name}; codes and names must be unique"
                    )
            rules[rule.code] = names[rule.name] = rule
    return tuple(rules[code] for code in sorted(rules))


def allowed_outside() -> frozenset[str]:
    """Return the packs that the environment and the user's own configuration allow.

    Raises UsageError where that configuration is broken.
    """
    named = os.environ.get(VARIABLE, "").split(",")
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    file = Path(home) / _USER_FILE
    try:
        table = msgspec.toml.decode(file.read_bytes())
        listed = msgspec.convert(table.get("rule-packs", []), list[str])
    except OSError:
        listed = []
    except (msgspec.MsgspecError, ValueError) as error:
        raise UsageError(f"{file}: rule-packs: {error}") from error
    return frozenset(name.strip() for name in (*named, *listed) if name.strip())


def _forbidden(pack: str) -> str:
    return (
        f"rule-packs: {pack!r} is not allowed: a linted tree does not choose which code runs."
        f" Whoever runs the linter allows it, with --allow-pack {pack}, {VARIABLE}={pack}, or"
        f' rule-packs = ["{pack}"] in ~/.config/{_USER_FILE}'
    )


def _rules_of(pack: str, linted: Sequence[Path]) -> list[Rule[Any]]:
    if pack in OWN_PACKS:
        spec = importlib.util.find_spec(pack)
        directory = Path(next(iter(spec.submodule_search_locations or ("",)))) if spec else None
    else:
        directory = package_directory(pack, linted)
    if directory is None:
        raise UsageError(
            f"rule-packs: no package {pack!r} is installed in this environment (what lies in the"
            " working directory or in the linted tree does not count); is its name spelled as it"
            " is imported?"
        )
    if not _declares_rules(directory):
        raise UsageError(
            f"rule-packs: {pack!r} is no rule pack: its __init__.py does not say"
            " `__gravity_lint_rules__ = True`"
        )
    found: list[Rule[Any]] = []
    with nullcontext() if pack in OWN_PACKS else importing(linted):
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
    return found


def _declares_rules(directory: Path) -> bool:
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
