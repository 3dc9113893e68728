"""``gravity-lint rules``: every rule of the configured packs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gravity_lint.cli.arguments import Parser, add_packs, flat, rule_list
from gravity_lint.cli.output import opened
from gravity_lint.rule import Rule


def parser_of() -> Parser:
    """Return the parser of the command."""
    parser = Parser("gravity-lint rules", "Lists the rules of the configured packs.")
    parser.add_argument(
        "rules",
        nargs="*",
        type=rule_list,
        metavar="RULES",
        help="only these: codes, beginnings of codes, names (default: all)",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")
    add_packs(parser)
    return parser


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    options = parser_of().read(arguments)

    from gravity_lint.configuration.files import load
    from gravity_lint.configuration.selection import covered, validate_selectors
    from gravity_lint.reporting import catalogue
    from gravity_lint.running.packs import load_rules

    packs = load(Path.cwd()).settings.rule_packs
    rules: Sequence[Rule[Any]] = load_rules(packs, options.allow_pack)
    wanted = flat(options.rules)
    if wanted:
        known = {rule.code: rule.name for rule in rules}
        validate_selectors("rules", wanted, known)
        rules = [rule for rule in rules if rule.code in covered(wanted, known)]
    write = catalogue.list_rules_json if options.format == "json" else catalogue.list_rules
    with opened(None) as stream:
        write(rules, stream)
    return 0
