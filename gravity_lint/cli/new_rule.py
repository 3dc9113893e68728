"""``gravity-lint new-rule``: the two files of a rule in a pack of one's own."""

from pathlib import Path

from gravity_lint.cli.arguments import Parser
from gravity_lint.cli.output import opened
from gravity_lint.reporting.text import shown_path


def parser_of() -> Parser:
    """Return the parser of the command."""
    parser = Parser(
        "gravity-lint new-rule",
        "Writes a new rule, with the next free code of its section, and its cases.",
    )
    parser.add_argument(
        "section", metavar="SECTION", help="the package of the pack that it belongs to"
    )
    parser.add_argument(
        "name", metavar="NAME", help="the thing that it flags, such as shouted_event"
    )
    parser.add_argument(
        "--pack",
        type=Path,
        default=Path(),
        metavar="DIRECTORY",
        help="the project of the pack (default: the one around this directory)",
    )
    return parser


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    options = parser_of().read(arguments)

    from gravity_lint.scaffolding.pack import pack_around
    from gravity_lint.scaffolding.writing import new_rule

    pack = pack_around(options.pack)
    files = new_rule(pack, options.section.replace("-", "_"), options.name.replace("-", "_"))
    with opened(None) as stream:
        stream.writelines(f"{shown_path(str(file.absolute()))}\n" for file in files)
    return 0
