"""``gravity-lint report``: how far each service follows each pattern."""

from pathlib import Path

from gravity_lint.cli.arguments import (
    Parser,
    add_configuration,
    add_packs,
    existing,
    flat,
    imposed,
    rule_list,
)
from gravity_lint.cli.output import ensure_writable, opened
from gravity_lint.cli.ratchet import add_ratchet, judged, tell
from gravity_lint.reporting.progress import Ticker
from gravity_lint.running.outcome import Overrides


def parser_of() -> Parser:
    """Return the parser of the command."""
    parser = Parser(
        "gravity-lint report",
        "Shows how far each service conforms, by section, rule and service: what departs, what is"
        " excused, what --fix would mend, and what has moved since an earlier report.",
    )
    parser.add_argument("paths", nargs="*", metavar="PATHS", help="default: this directory")
    parser.add_argument("--format", choices=("text", "json", "html"), default="text")
    parser.add_argument(
        "--output-file", type=Path, metavar="FILE", help="write there instead of standard output"
    )
    parser.add_argument(
        "--against", type=Path, metavar="FILE", help="an earlier report in JSON, to compare with"
    )
    parser.add_argument(
        "--select", action="append", default=[], type=rule_list, metavar="RULES",
        help="only these rules",
    )  # fmt: skip
    add_packs(parser)
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        help="what is recorded there is excused; '' for what is configured",
    )
    add_ratchet(parser)
    add_configuration(parser)
    return parser


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    options = parser_of().read(arguments)
    paths = existing(options.paths)
    if options.output_file is not None:
        ensure_writable(options.output_file)

    from gravity_lint.reporting.scorecard import scores, text
    from gravity_lint.running.means import Means
    from gravity_lint.running.run import run

    earlier = scores.read(options.against) if options.against is not None else None
    overrides = Overrides(
        select=flat(options.select),
        allowed_packs=tuple(options.allow_pack),
        imposed=imposed(options),
        baseline=options.baseline,
    )
    with Ticker() as ticker:
        means = Means.usual()
        report = judged(run(paths, overrides, progress=ticker, means=means), options)
    card = scores.scorecard(report)
    with opened(options.output_file) as stream:
        if options.format == "json":
            text.render_json(card, stream)
        elif options.format == "html":
            from gravity_lint.reporting.scorecard import page
            from gravity_lint.running.documentation import rules_behind

            page.render(report, card, rules_behind(report), stream, earlier)
        else:
            text.render_text(card, stream, earlier)
    tell(report)
    return 2 if report.problems else int(bool(report.falls))
