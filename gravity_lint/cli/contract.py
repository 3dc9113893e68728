"""``gravity-lint contract``: what a change does to those who call the services."""

from pathlib import Path
from typing import Final

from gravity_lint.cli.arguments import Parser, add_configuration, existing, imposed
from gravity_lint.cli.output import ensure_writable, opened
from gravity_lint.errors import UsageError

_EPILOG = """\
examples:
  gravity-lint contract --since origin/main       what this branch changes
  gravity-lint contract --since v1.4.0 services/orders
  gravity-lint contract v1.4.0 v1.5.0             between two revisions
  gravity-lint contract ../released .             between two directories

exit status: 0 no promise is broken; 1 a promise is broken; 2 the linter could not do its job.
"""
_FAILING: Final = {
    "breaking": ("breaking",),
    "security": ("breaking", "security"),
    "possibly-breaking": ("breaking", "security", "possibly breaking"),
}
"""Which severities fail a run, by what ``--fail-on`` says."""


def parser_of() -> Parser:
    """Return the parser of the command."""
    parser = Parser(
        "gravity-lint contract",
        "Compares what the services promise to their callers with what they promised before:"
        " routes, parameters, bodies, answers, logins, events and cache keys. Nothing is run,"
        " and no working tree is touched.",
        _EPILOG,
    )
    parser.add_argument(
        "places",
        nargs="*",
        metavar="PATH",
        help="with --since: files and directories (default: this directory); else the OLD and the"
        " NEW side, two directories or two revisions",
    )
    parser.add_argument(
        "--since",
        metavar="REV",
        help="compare the working tree with the commit at which the history of REV and of HEAD"
        " went apart",
    )
    parser.add_argument(
        "--format", choices=("text", "json", "markdown", "sarif", "github"), default="text"
    )
    parser.add_argument(
        "--fail-on",
        choices=tuple(_FAILING),
        default="breaking",
        help="the least that makes the exit status 1 (default: breaking)",
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report to FILE")
    parser.add_argument(
        "--all",
        action="store_true",
        help="with text and markdown: also show compatible changes, and what was not compared"
        " one by one",
    )
    add_configuration(parser)
    return parser


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    options = parser_of().read(arguments)
    if options.output is not None:
        ensure_writable(options.output, "--output")

    from gravity_lint.contract import sides
    from gravity_lint.contract.changes import Severity
    from gravity_lint.reporting.contract import FORMATS

    if options.since is not None:
        comparison = sides.since(options.since, existing(options.places), imposed(options))
    elif len(options.places) == 2:
        old, new = options.places
        comparison = sides.between(old, new, imposed(options))
    else:
        raise UsageError(
            "tell what to compare with: --since REV, or OLD and NEW"
            " (gravity-lint contract --help has examples)"
        )
    with opened(options.output) as stream:
        FORMATS[options.format](comparison, stream, whole=options.all)
    return comparison.status([Severity(word) for word in _FAILING[options.fail_on]])
