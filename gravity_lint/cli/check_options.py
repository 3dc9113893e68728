"""The options of ``gravity-lint check``, and which of them exclude each other."""

import argparse
import os
from pathlib import Path

from gravity_lint import __version__
from gravity_lint.cli.arguments import Parser, add_configuration, add_packs, jobs, rule_list
from gravity_lint.cli.ratchet import add_ratchet
from gravity_lint.findings.severities import Severity
from gravity_lint.reporting import FORMATS, SUMMARY, SUMMARY_VARIABLE

_EPILOG = """\
commands (the first word; without one it is check):
  check [PATHS]         judge files and directories (default: this directory)
  routes [PATH]         the routing table, as FastAPI will build it
  contract --since REV   what a change does to those who call the services
  report [PATHS]        how far each service conforms: text, JSON, an HTML page
  baseline [PATHS]      record today's findings, so that only new ones fail
  migrate-logging [PATHS]  bring a service over to structlog in one step
  explain CODE|NAME     why a rule exists, with examples
  rules                 all rules
  server                what editors start: the language server protocol
  hook [FILES]          what pre-commit calls: check, for files that it has chosen
  new-pack DIRECTORY    begin a package of rules of one's own
  new-rule SECTION NAME the next rule of the pack in which one stands
  completion SHELL      what makes bash, zsh or fish complete all this
A path that is named like a command is written ./check.

exit status: 0 conforms; 1 findings; 2 the linter could not do its job.
"""


def read(arguments: list[str], prog: str = "gravity-lint") -> argparse.Namespace:
    """Return what *arguments* say; raise UsageError for what cannot be meant."""
    parser = parser_of(prog)
    # The reason is optional, so it must not be taken for a path, nor a path for it.
    options = parser.read([f"{x}=" if x == "--add-noqa" else x for x in arguments])
    options.fix = options.fix or options.fix_only
    _refuse_contradictions(parser, options)
    return options


def cache_directory(options: argparse.Namespace) -> Path | None:
    """Return where *options* and the environment keep things; None: beside each repository."""
    from gravity_lint.running.cache import usual_directory  # not to read what was said

    named: Path | None = options.cache_dir
    return usual_directory() if named is None else named.absolute()


def _refuse_contradictions(parser: Parser, options: argparse.Namespace) -> None:
    if options.unsafe_fixes and not (options.fix or options.diff or options.fix_only):
        parser.error("--unsafe-fixes mends nothing by itself: add --fix, or --diff to look first")
    if options.statistics and options.format not in (None, "full", "concise"):
        parser.error(
            f"--statistics is a text for people, and --format {options.format} is not"
            " (JSON has the numbers under `conformance`)"
        )
    asked = {options.format, *(form for form, _ in options.output)}
    if options.edits and asked.isdisjoint({None, "json"}):
        parser.error("--edits is about JSON: add --format json, or --output json=FILE")
    if options.diff and (options.statistics or options.format not in (None, "full")):
        parser.error("--diff shows a patch and no report: leave out --format and --statistics")
    if options.fix_only and (options.statistics or options.diff):
        parser.error("--fix-only reports nothing: leave out --statistics, and --diff shows a patch")
    if options.since is not None and (options.fix or options.diff or options.add_noqa is not None):
        parser.error("--since shows what is new and mends nothing: leave out --fix and --add-noqa")
    if options.add_noqa is not None:
        if options.fix or options.diff:
            parser.error("--add-noqa suppresses what a fix may mend: mend first, then suppress")
        if options.stdin_filename is not None:
            parser.error("--add-noqa writes files, not standard input")
        if not options.add_noqa.isprintable() or " # " in options.add_noqa:
            parser.error("--add-noqa: the reason is to be one line, with no comment in it")


def _output(text: str) -> tuple[str, Path | None]:
    """Return format and file of ``--output``; the file ``-`` is standard output.

    A summary for GitHub needs no name: the runner has one for it.
    """
    form, equals, file = text.partition("=")
    if form == SUMMARY and not equals:
        file = os.environ.get(SUMMARY_VARIABLE, "")
        if not file:
            raise argparse.ArgumentTypeError(
                f"{SUMMARY_VARIABLE} is not set, as GitHub's runner does: give {SUMMARY}=FILE"
            )
    elif not equals or not file:
        raise argparse.ArgumentTypeError(
            f"expected FORMAT=FILE, as in json=report.json, not {text!r}"
        )
    if form not in FORMATS:
        formats = ", ".join(FORMATS)
        raise argparse.ArgumentTypeError(f"there is no format {form!r}: choose from {formats}")
    return form, None if file == "-" else Path(file)


def parser_of(prog: str = "gravity-lint") -> Parser:
    """Return the parser of the command, under the name *prog*."""
    parser = Parser(
        prog,
        "Judges FastAPI services by the Gravity patterns, and mends what can be mended.",
        _EPILOG,
    )
    parser.add_argument(
        "paths", nargs="*", metavar="PATHS", help="default: this directory; - is standard input"
    )
    parser.add_argument("--version", action="version", version=f"gravity-lint {__version__}")

    rules = parser.add_argument_group("which rules (codes, prefixes, names, ALL; comma-separated)")
    for name, meaning in (
        ("--select", "only these rules"),
        ("--extend-select", "these rules as well"),
        ("--ignore", "not these rules"),
    ):
        rules.add_argument(
            name, action="append", default=[], type=rule_list, metavar="RULES", help=meaning
        )
    add_packs(rules)
    add_configuration(parser)

    new = parser.add_argument_group("only what is new")
    new.add_argument(
        "--baseline",
        metavar="FILE",
        help="not what is recorded there (see: gravity-lint baseline); '' for what is configured",
    )
    new.add_argument(
        "--since",
        metavar="REV",
        help="only what changes since that git revision have brought, wherever it shows",
    )

    add_ratchet(parser)

    fixes = parser.add_argument_group("mending")
    fixes.add_argument("--fix", action="store_true", help="apply the safe fixes")
    fixes.add_argument(
        "--fix-only", action="store_true", help="apply them, and neither show nor fail on the rest"
    )
    fixes.add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="also those that may change what clients or logs see",
    )
    fixes.add_argument(
        "--add-noqa",
        metavar="=REASON",
        help="suppress every finding by a comment, with a reason if one is given behind =",
    )
    fixes.add_argument(
        "--diff", action="store_true", help="show what --fix would change, and write nothing"
    )

    shown = parser.add_argument_group("reporting")
    shown.add_argument("--format", choices=FORMATS, help="default: full, or as configured")
    shown.add_argument("--output-file", type=Path, metavar="FILE", help="where to write the report")
    shown.add_argument(
        "--output",
        action="append",
        default=[],
        type=_output,
        metavar="FORMAT=FILE",
        help="write the report to this file, too; may be given several times; without =FILE,"
        f" {SUMMARY} goes where GitHub's runner wants it",
    )
    shown.add_argument(
        "--edits",
        action="store_true",
        help="JSON with what each fix would change, as SARIF and rdjson have it (takes a while)",
    )
    shown.add_argument(
        "--severity",
        choices=[severity.value for severity in Severity],
        help="error: show errors alone (warnings do not count for the exit status either)",
    )
    shown.add_argument(
        "-q", "--quiet", action="store_true", help="findings and errors, and no word more"
    )
    shown.add_argument("--statistics", action="store_true", help="count findings per rule instead")
    shown.add_argument(
        "--show-settings", action="store_true", help="show the settings for a path, and stop"
    )
    shown.add_argument(
        "--stdin-filename", metavar="FILE", help="judge standard input as if it were this file"
    )

    means = parser.add_argument_group("means (they change no finding)")
    means.add_argument("--no-cache", action="store_true", help="keep nothing for the next run")
    means.add_argument(
        "--jobs",
        type=jobs,
        metavar="N",
        help="how many processes judge services side by side (default: as many as pay)",
    )
    means.add_argument(
        "--executor",
        metavar="dask://HOST:PORT",
        help="judge services on a Dask cluster (needs gravity-lint[distributed])",
    )
    means.add_argument(
        "--cache-dir",
        type=Path,
        metavar="DIR",
        help="where to keep it (default: .gravity-lint-cache beside the repository's root)",
    )

    status = parser.add_argument_group("exit status")
    status.add_argument("--exit-zero", action="store_true", help="0 even with findings")
    status.add_argument(
        "--fail-on-nothing",
        action=argparse.BooleanOptionalAction,
        help="2 where nothing was judged (default: in the formats of gates, where a directory is"
        " named)",
    )
    status.add_argument(
        "--fail-on",
        choices=[severity.value for severity in Severity],
        help="the least severity that counts as 1 (default: warning, or as configured)",
    )
    return parser
