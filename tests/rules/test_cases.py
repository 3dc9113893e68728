"""Every rule's cases file is run: each mark is a finding, each finding has a mark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cases
from gravity_lint.rule import Rule
from gravity_lint.running.packs import load_rules
from gravity_lint.testing import holding

HERE = Path(__file__).parent
RULES = {rule.name: rule for rule in load_rules(("gravity_rules",))}


def all_cases() -> list[Any]:
    rows = []
    for name in RULES:
        path = HERE / f"{name.replace('-', '_')}.md"
        if path.exists():
            rows += [
                pytest.param(name, case, id=f"{name}:{case.line} {case.title}")
                for case in cases.parse(path.read_text(encoding="utf-8"))
            ]
    return rows


@pytest.mark.parametrize(("name", "case"), all_cases())
def test_case(name: str, case: cases.Case) -> None:
    hold(RULES[name], case)


def hold(rule: Rule[Any], case: cases.Case) -> None:
    """Hold what *case* says of *rule*, beside all other rules."""
    holding.hold(rule, case, RULES.values())


@pytest.mark.parametrize("name", sorted(RULES))
def test_examples(name: str) -> None:
    """The bad example of a rule's documentation violates it, the good one does not."""
    holding.hold_examples(RULES[name])


@pytest.mark.parametrize("name", sorted(RULES))
def test_cases_say_why(name: str) -> None:
    """A rule has its cases, no two the same, and each says in prose why it is there."""
    path = HERE / f"{name.replace('-', '_')}.md"
    rows = cases.parse(path.read_text(encoding="utf-8"))
    holding.hold_reasons(rows)
    if RULES[name].applicability is not None:
        assert any(case.fixed for case in rows)
    silent = [case for case in rows if not cases.expected(case.files)]
    assert len(rows) >= 8
    assert len(silent) * 2 >= len(rows)
