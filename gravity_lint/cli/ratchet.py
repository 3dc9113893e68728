"""The options by which rates of conformance may not be low, or fall, and what comes of them."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gravity_lint.cli.arguments import Parser

if TYPE_CHECKING:
    from gravity_lint.running.outcome import Floor, Report


def add_ratchet(parser: Parser) -> None:
    """Add the options that `judged` reads."""
    group = parser.add_argument_group("rates of conformance that fail the run")
    group.add_argument(
        "--min-conformance",
        action="append",
        default=[],
        type=_floor,
        metavar="[SECTION=]PERCENT",
        help="the least rate of all that is judged, or of a section (logs), beginning of codes or"
        " rule in it; may be given several times",
    )
    group.add_argument(
        "--not-below",
        type=Path,
        metavar="REPORT",
        help="an earlier report in JSON: of no service and section may the rate have fallen",
    )


def _floor(text: str) -> Floor:
    key, equals, number = text.rpartition("=")
    try:
        percent = float(number.strip().removesuffix("%"))
    except ValueError:
        percent = math.nan
    if not 0 <= percent <= 100 or (equals and not key.strip()):
        raise argparse.ArgumentTypeError(
            f"expected a number from 0 to 100, or SECTION=NUMBER, as in logs=90, not {text!r}"
        )
    from gravity_lint.running.outcome import Floor  # few command lines demand a rate

    option = f"--min-conformance {text}"
    return Floor(key.strip() or "total", percent, option)


def judged(report: Report, options: argparse.Namespace) -> Report:
    """Return *report* with the rates that are lower than the options and its floors allow.

    Raises UsageError for a section that is not there, and for an earlier report that is none.
    """
    floors = (*report.floors, *options.min_conformance)
    if not floors and options.not_below is None:
        return report
    import msgspec

    from gravity_lint.running.ratchet import fallen_short

    falls = [*fallen_short(report, floors)]
    if options.not_below is not None:
        from gravity_lint.reporting.ratchet import fallen
        from gravity_lint.reporting.scorecard import scores

        earlier = scores.read(options.not_below)
        falls += fallen(report, scores.scorecard(report), earlier, options.not_below)
    return msgspec.structs.replace(report, falls=tuple(falls))


def tell(report: Report) -> None:
    """Say on standard error which rates are too low, and what keeps them down."""
    if not report.falls:
        return
    from gravity_lint.reporting.ratchet import sentences
    from gravity_lint.reporting.summary import width_of, wrapped

    for fall in report.falls:
        first, *rest = sentences(fall)
        lines = wrapped(f"gravity-lint: conformance: {first}", width_of(sys.stderr))
        print(*lines, *(f"  {line}" for line in rest), sep="\n", file=sys.stderr)
