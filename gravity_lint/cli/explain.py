"""``gravity-lint explain``: one rule, with its reasons and examples."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from gravity_lint.cli.arguments import Parser
from gravity_lint.cli.output import opened
from gravity_lint.configuration.mistakes import likely
from gravity_lint.errors import UsageError
from gravity_lint.rule import Rule

_SHOWN: Final = 5
"""How many rules that may have been meant are named."""


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    parser = Parser("gravity-lint explain", "Explains a rule: why, bad, good, settings.")
    parser.add_argument("rule", metavar="CODE|NAME", help="for example GRV101 or unversioned-route")
    options = parser.read(arguments)

    from gravity_lint.configuration.files import load
    from gravity_lint.reporting import catalogue
    from gravity_lint.running.packs import load_rules

    rule = find(load_rules(load(Path.cwd()).settings.rule_packs), options.rule)
    with opened(None) as stream:
        catalogue.explain(rule, stream)
    return 0


def find(rules: Sequence[Rule[Any]], wanted: str) -> Rule[Any]:
    """Return the rule called *wanted*: its code, the digits of its code, or its name.

    Raises UsageError, with the likely spelling, where there is none.
    """
    spelled = wanted.strip().lower().replace("_", "-")
    known = {rule.code.lower(): rule for rule in rules} | {rule.name: rule for rule in rules}
    for candidate in (spelled, f"grv{spelled}"):
        if candidate in known:
            return known[candidate]
    raise UsageError(f"there is no rule {wanted!r}{_cure(spelled, rules)}")


def _cure(spelled: str, rules: Sequence[Rule[Any]]) -> str:
    known = sorted(name for rule in rules for name in (rule.code, rule.name))
    containing = [name for name in known if spelled and spelled in name.lower()]
    if containing:
        more = ", ..." if len(containing) > _SHOWN else ""
        return f"; there is {', '.join(containing[:_SHOWN])}{more}"
    # The nearest of all codes is no likelier to be meant than any other.
    names = [rule.name for rule in rules]
    return likely(spelled, names) or "; gravity-lint rules lists them all"
