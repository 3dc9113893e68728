"""The conforming example, broken in one place, makes the rule concerned speak."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cases
from gravity_lint.configuration.settings import Settings
from gravity_lint.rule import Rule
from gravity_lint.running.packs import load_rules

HERE = Path(__file__).parent
EXAMPLE = HERE.parent.parent / "examples" / "orders_service"
RULES = {rule.name: rule for rule in load_rules(("gravity_rules",))}
FILES = {
    path.relative_to(EXAMPLE).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(EXAMPLE.rglob("*.py"))
}


def all_breakages() -> list[Any]:
    rows = []
    for name in sorted(RULES):
        path = HERE / f"{name.replace('-', '_')}.md"
        if path.exists():
            found = cases.breakages(path.read_text(encoding="utf-8"))
            rows += [pytest.param(name, b, id=f"{name} {n}") for n, b in enumerate(found)]
    return rows


@pytest.mark.parametrize(("name", "breakage"), all_breakages())
def test_a_broken_example_is_noticed(name: str, breakage: cases.Breakage) -> None:
    rule: Rule[Any] = RULES[name]
    broken = breakage.apply(FILES[breakage.path])
    assert cases.lint(rule, {**FILES, breakage.path: broken}, Settings())


@pytest.mark.parametrize("name", sorted(RULES))
def test_the_example_conforms(name: str) -> None:
    if RULES[name].default:
        assert cases.lint(RULES[name], FILES, Settings()) == []


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_has_a_breakage(name: str) -> None:
    text = (HERE / f"{name.replace('-', '_')}.md").read_text(encoding="utf-8")
    assert cases.breakages(text)
