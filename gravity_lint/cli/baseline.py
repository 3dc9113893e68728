"""``gravity-lint baseline``: write today's findings down, so that only new ones fail."""

import sys
from pathlib import Path

from gravity_lint.cli.arguments import Parser, add_configuration, add_packs, existing, imposed
from gravity_lint.cli.output import ensure_writable, opened
from gravity_lint.errors import UsageError
from gravity_lint.reporting.progress import Ticker
from gravity_lint.reporting.text import counted, shown_path
from gravity_lint.running.outcome import Overrides

DEFAULT = "gravity-baseline.txt"


def parser_of() -> Parser:
    """Return the parser of the command."""
    parser = Parser(
        "gravity-lint baseline",
        "Records the findings of today in a file. With `--baseline FILE`, or `baseline = FILE` in"
        " the configuration, only findings that are not in it fail a run. Of files that are not"
        " named, entries that are there already stay.",
    )
    parser.add_argument("paths", nargs="*", metavar="PATHS", help="default: this directory")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help=f"where to (default: the one that is configured, else {DEFAULT})",
    )
    parser.add_argument(
        "--prune",
        action="store_true",
        help="take out what is no longer there, and add nothing",
    )
    add_packs(parser)
    add_configuration(parser)
    return parser


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    options = parser_of().read(arguments)
    paths = existing(options.paths)

    from gravity_lint.configuration.files import load
    from gravity_lint.findings.baseline import rendered
    from gravity_lint.running import baselines
    from gravity_lint.running.means import Means
    from gravity_lint.running.run import resting_collector
    from gravity_lint.running.runs import Run

    baseline = (
        options.output or baselines.named_by(load(Path.cwd(), imposed(options))) or Path(DEFAULT)
    )
    baseline = baseline.absolute()
    ensure_writable(baseline)
    known = baselines.read(baseline) if options.prune or baseline.exists() else ()
    with resting_collector(), Ticker() as ticker:
        overrides = Overrides(
            allowed_packs=tuple(options.allow_pack), imposed=imposed(options), baseline=""
        )
        run = Run(paths, overrides, {}, Means.usual())
        report = run.report(ticker)
    if report.problems:
        raise UsageError(
            f"{shown_path(report.problems[0].path)}: {report.problems[0].message};"
            " nothing was recorded, for a baseline must know all"
        )
    compared = baselines.against(report, run.discovery.services, baseline, known)
    if options.prune:
        written = tuple(entry for entry in known if entry not in compared.stale)
        said = f"{counted(len(compared.stale), 'stale finding')} taken out"
    else:
        now = baselines.recorded(report.findings, report.sources, baseline)
        written, said = (*compared.unasked, *now), f"{counted(len(now), 'finding')} recorded"
    with opened(baseline) as stream:
        stream.write(rendered(written))
    print(f"{shown_path(str(baseline))}: {said}, {len(set(written))} in all.", file=sys.stderr)
    return 0
