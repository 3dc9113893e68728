"""A rule pack as its files tell, without running any of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from gravity_lint.errors import UsageError
from gravity_lint.running.packs import declares_rules

_HOMES: Final = ("", "src", "rules")
"""Where a project keeps its packages, seen from its ``pyproject.toml``."""
_HIGHEST: Final = 99


class KnownRule(msgspec.Struct, frozen=True):
    """What the call of ``rule`` in a module says, where it is plain text."""

    code: str
    section: str
    pattern: str


class Pack(msgspec.Struct, frozen=True):
    """A pack: *top* is where its project lies, *package* the directory that is imported."""

    top: Path
    package: Path
    rules: tuple[KnownRule, ...]

    @property
    def name(self) -> str:
        """The name under which it is imported."""
        return self.package.name

    @property
    def sections(self) -> tuple[str, ...]:
        """The packages in it that hold rules."""
        return tuple(sorted({rule.section for rule in self.rules if rule.section}))

    def cases(self, stem: str) -> Path:
        """Return where the cases of the rule in ``<stem>.py`` belong."""
        return self.top / "tests" / "rules" / f"{stem}.md"

    def next_code(self, section: str) -> str:
        """Return the lowest free code beside the others of *section*.

        Raises UsageError where there is none.
        """
        taken = {rule.code for rule in self.rules}
        beside = sorted(rule.code[:-2] for rule in self.rules if rule.section == section)
        begin = beside[0] if beside else self._next_beginning()
        for number in range(1, _HIGHEST + 1):
            if (code := f"{begin}{number:02}") not in taken:
                return code
        raise UsageError(f"all codes from {begin}01 to {begin}{_HIGHEST} are taken")

    def _next_beginning(self) -> str:
        """Return the letters and the first digit that no section has yet."""
        taken = {rule.code[:-2] for rule in self.rules}
        letters = sorted({rule.code[:-3] for rule in self.rules})
        if not letters:
            raise UsageError(f"{self.package} has no rule yet whose code could be gone on from")
        for digit in range(1, 10):
            if (begin := f"{letters[0]}{digit}") not in taken:
                return begin
        raise UsageError(f"{self.package} has nine sections already: choose one of them")


def pack_around(place: Path) -> Pack:
    """Return the pack of the project in which *place* lies.

    Raises UsageError where there is none, or more than one.
    """
    start = place.absolute()
    for top in (start, *start.parents):
        if (top / "pyproject.toml").is_file():
            found = [
                package
                for home in _HOMES
                for package in sorted((top / home).glob("*/"))
                if declares_rules(package)
            ]
            if len(found) == 1:
                return Pack(top, found[0], tuple(_rules_below(found[0])))
            if found:
                names = ", ".join(package.name for package in found)
                raise UsageError(f"{top} holds several rule packs: {names}")
            break
    raise UsageError(
        f"{place}: no rule pack: a project with a package whose __init__.py says"
        " `__gravity_lint_rules__ = True`. gravity-lint new-pack DIRECTORY begins one"
    )


def _rules_below(package: Path) -> Iterator[KnownRule]:
    for file in sorted(package.rglob("*.py")):
        inside = file.relative_to(package).parts[:-1]
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _is_rule(node.func):
                told = {
                    keyword.arg: keyword.value.value
                    for keyword in node.keywords
                    if isinstance(keyword.value, ast.Constant)
                }
                code = told.get("code")
                if isinstance(code, str) and re.fullmatch(r"[A-Z]+\d{3}", code):
                    yield KnownRule(code, ".".join(inside), str(told.get("pattern") or ""))


def _is_rule(function: ast.expr) -> bool:
    return (isinstance(function, ast.Name) and function.id == "rule") or (
        isinstance(function, ast.Attribute) and function.attr == "rule"
    )
