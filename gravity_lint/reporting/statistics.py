"""How many findings each rule has: errors first, the most frequent first."""

from collections import Counter
from typing import TextIO

from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.reporting.conformance import per_rule, rate
from gravity_lint.reporting.grouping import entries
from gravity_lint.reporting.summary import policy, verdict, width_of, wrapped
from gravity_lint.reporting.text import columns
from gravity_lint.running.outcome import Report

_HEAD = ("count", "places", "code", "name", "severity", "conform", "--fix", "unsafe")
_NUMBERS = ("count", "places", "conform", "--fix", "unsafe")


def render(report: Report, stream: TextIO) -> None:
    """Write a line per rule that found something.

    Count, the places to change, code, name, severity, rate, and how many ``--fix`` mends,
    alone and with ``--unsafe-fixes``. Where every finding is a place of its own, or a
    terminal is too narrow, the places are left out.
    """
    counts = Counter((finding.code, finding.name) for finding in report.findings)
    places = Counter(entry.first.code for entry in entries(report.findings))
    severities: dict[str, set[Severity]] = {}
    fixes: dict[str, Counter[Applicability]] = {}
    for finding in report.findings:
        severities.setdefault(finding.code, set()).add(finding.severity)
        if finding.fix is not None:
            fixes.setdefault(finding.code, Counter())[finding.fix.applicability] += 1
    rates = {
        tally.code: rate(tally.subjects, tally.violations) for tally in per_rule(report.tallies)
    }
    rows: list[tuple[str, ...]] = [_HEAD]
    rows += [
        (
            str(count),
            str(places[code]),
            code,
            name,
            "/".join(severity.value for severity in Severity if severity in severities[code]),
            rates.get(code, "-"),
            *(str(fixes.get(code, Counter())[kind] or "-") for kind in Applicability),
        )
        for (code, name), count in sorted(
            counts.items(),
            key=lambda item: (Severity.ERROR not in severities[item[0][0]], -item[1], item[0]),
        )
    ]
    if counts:
        lines = _aligned(rows)
        width = width_of(stream)
        too_wide = width is not None and max(map(len, lines)) > width
        if too_wide or sum(places.values()) == len(report.findings):
            lines = _aligned([(count, *rest) for count, _, *rest in rows])
        stream.writelines(f"{line}\n" for line in lines)
        stream.write("\n")
    sentence = " ".join([verdict(report), *policy(report)])
    stream.writelines(f"{line}\n" for line in wrapped(sentence, width_of(stream)))


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    return columns(rows, [rows[0].index(name) for name in _NUMBERS if name in rows[0]])
