"""``gravity-lint routes``: the routing table, as FastAPI will build it."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from gravity_lint.cli.arguments import Parser, add_configuration, existing, imposed
from gravity_lint.cli.output import opened
from gravity_lint.errors import UsageError


def parser_of() -> Parser:
    """Return the parser of the command."""
    parser = Parser(
        "gravity-lint routes",
        "Shows every route with its effective path, endpoint, response model, statuses and"
        " authentication, and what cannot be known from the source. With --format openapi, an"
        " OpenAPI 3.1 document of one service, in which `x-unknown` marks what is not known.",
    )
    parser.add_argument(
        "path", nargs="?", default=".", metavar="PATH", help="default: this directory"
    )
    parser.add_argument("--format", choices=("text", "json", "markdown", "openapi"), default="text")
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
    if options.format == "openapi":
        return _document(paths, options)
    table = routing_table.table(paths, imposed(options), whole=options.format == "json")
    with opened(None) as stream:
        FORMATS[form](table, stream, str(base))
    return 0


def _document(paths: Sequence[Path], options: argparse.Namespace) -> int:
    from gravity_lint.contract.extraction import describe_all
    from gravity_lint.contract.openapi import document
    from gravity_lint.reporting.text import write_json

    base = paths[0] if paths[0].is_dir() else paths[0].parent
    described = describe_all(paths, base, imposed(options))
    if described.problems:
        first = described.problems[0]
        raise UsageError(f"{first.path}: {first.message}")
    names = [description.root for description in described.descriptions]
    if len(names) != 1:
        raise UsageError(
            f"{paths[0]} holds {len(names)} services, and an OpenAPI document is of one: name its"
            f" directory ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
        )
    (only,) = described.descriptions
    with opened(None) as stream:
        write_json(document([only], only.service), stream, 2)
    return 0
