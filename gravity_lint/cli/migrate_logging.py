"""``gravity-lint migrate-logging``: structlog brought into services, in one step to review."""

import sys

from gravity_lint.cli.arguments import Parser, existing
from gravity_lint.cli.output import opened


def parser_of() -> Parser:
    """Return the parser of the command."""
    parser = Parser(
        "gravity-lint migrate-logging",
        "Brings services over from logging's loggers to structlog's: writes a module that sends\n"
        "structlog's lines through logging's handlers, levels and filters, has the application\n"
        "call it when it starts, adds structlog to the dependencies, and rewrites loggers and\n"
        "calls (GRV901, GRV903, GRV904, GRV905, GRV908). What stays, and why, is told.",
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="default: this directory")
    parser.add_argument(
        "--diff", action="store_true", help="show the changes as a patch and write nothing"
    )
    return parser


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    parser = parser_of()
    options = parser.read(arguments)
    paths = existing(options.paths)

    from gravity_lint.migrating.migration import migrate
    from gravity_lint.reporting import mending
    from gravity_lint.reporting.migration import render
    from gravity_lint.running.outcome import Mending

    migration = migrate(paths, write=not options.diff)
    with opened(None) as stream:
        if options.diff:
            mending.diff(Mending(migration.mending.report, migration.files), stream)
            render(migration, sys.stderr, written=False)
        else:
            render(migration, stream, written=True)
    return 2 if migration.mending.report.problems else 0
