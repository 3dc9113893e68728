"""The rules behind a report: those of every pack that was asked, for what shows their pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gravity_lint.installed import OWN_PACKS
from gravity_lint.rule import Rule
from gravity_lint.running.outcome import Packs, Report
from gravity_lint.running.packs import load_rules


def rules_behind(report: Report) -> tuple[Rule[Any], ...]:
    """Return the rules of all packs that *report* owes to, sorted by code.

    They were allowed when it was made, and nothing is looked for that was not then.
    """
    found: dict[str, Rule[Any]] = {}
    for packs in report.packs or (Packs(OWN_PACKS),):
        for rule in load_rules(packs.names, packs.names, tuple(map(Path, packs.linted))):
            found.setdefault(rule.code, rule)
    return tuple(found[code] for code in sorted(found))
