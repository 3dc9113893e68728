"""``gravity-lint server``: the same for editors, which speak the language server protocol."""

from gravity_lint.cli.arguments import Parser, add_configuration, asked, rule_list
from gravity_lint.errors import UsageError


def parser_of() -> Parser:
    """Return the parser of the command."""
    parser = Parser(
        "gravity-lint server",
        "Speaks the language server protocol over standard input and output: an editor starts it.",
    )
    for option, meaning in (
        ("--select", "only these rules: codes, beginnings of codes, names, ALL"),
        ("--extend-select", "these rules too"),
        ("--ignore", "not these rules"),
    ):
        parser.add_argument(
            option, action="append", type=rule_list, metavar="RULES", default=[], help=meaning
        )
    parser.add_argument(
        "--allow-pack",
        action="append",
        metavar="PACK",
        default=[],
        help="a rule pack that configurations may name besides the linter's own",
    )
    # Editors say how they speak to a server; this one knows one way.
    parser.add_argument("--stdio", action="store_true", help="as it does anyway")
    add_configuration(parser)
    return parser


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    options = parser_of().read(arguments)
    overrides = asked(options)
    try:
        from gravity_lint.hosts.server.program import serve
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the server needs {error.name}, which is not installed:"
            " pip install 'gravity-lint[server]'"
        ) from error
    return serve(overrides)
