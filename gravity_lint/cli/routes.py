"""``gravity-lint routes``: the routing table, as FastAPI will build it."""

from gravity_lint.cli.arguments import Parser, add_configuration, existing, imposed
from gravity_lint.cli.output import opened


def parser_of() -> Parser:
    """Return the parser of the command."""
    parser = Parser(
        "gravity-lint routes",
        "Shows every route with its effective path, endpoint, response model, statuses and"
        " authentication, and what cannot be known from the source.",
    )
    parser.add_argument(
        "path", nargs="?", default=".", metavar="PATH", help="default: this directory"
    )
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text")
    parser.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="with text: also show where each status comes from, call by call",
    )
    add_configuration(parser)
    return parser


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    options = parser_of().read(arguments)
    paths = existing([options.path])

    from gravity_lint.contract import routing_table
    from gravity_lint.reporting.routing import FORMATS

    form = "verbose" if options.verbose and options.format == "text" else options.format
    base = paths[0] if paths[0].is_dir() else paths[0].parent
    table = routing_table.table(paths, imposed(options))
    with opened(None) as stream:
        FORMATS[form](table, stream, str(base))
    return 0
