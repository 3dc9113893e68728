"""``gravity-lint rules``: every rule of the configured packs."""

from pathlib import Path

from gravity_lint.cli.arguments import Parser
from gravity_lint.cli.output import opened


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    parser = Parser("gravity-lint rules", "Lists all rules of the configured packs.")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.read(arguments)

    from gravity_lint.configuration.files import load
    from gravity_lint.reporting import catalogue
    from gravity_lint.running.packs import load_rules

    rules = load_rules(load(Path.cwd()).settings.rule_packs)
    write = catalogue.list_rules_json if options.format == "json" else catalogue.list_rules
    with opened(None) as stream:
        write(rules, stream)
    return 0
