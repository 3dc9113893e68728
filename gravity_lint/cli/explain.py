"""``gravity-lint explain``: one rule, with its reasons and examples."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gravity_lint.cli.arguments import Parser, add_packs
from gravity_lint.cli.output import opened
from gravity_lint.configuration.selection import covered, unknown
from gravity_lint.errors import UsageError
from gravity_lint.rule import Rule


def parser_of() -> Parser:
    """Return the parser of the command."""
    parser = Parser("gravity-lint explain", "Explains a rule: why, bad, good, settings.")
    parser.add_argument("rule", metavar="CODE|NAME", help="for example GRV101 or unversioned-route")
    add_packs(parser)
    return parser


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    options = parser_of().read(arguments)

    from gravity_lint.configuration.files import load
    from gravity_lint.reporting import catalogue
    from gravity_lint.running.packs import load_rules

    rules = load_rules(load(Path.cwd()).settings.rule_packs, options.allow_pack)
    rule = find(rules, options.rule)
    with opened(None) as stream:
        catalogue.explain(rule, rules, stream)
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
    codes = {rule.code: rule.name for rule in rules}
    if covered([wanted.strip().upper()], codes):
        begin = wanted.strip().upper()
        raise UsageError(
            f"{begin} is the beginning of several codes: gravity-lint rules {begin} lists them"
        )
    raise UsageError(unknown(wanted, codes))
