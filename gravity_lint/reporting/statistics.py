"""How many findings each rule has, the most frequent first."""

from collections import Counter
from typing import TextIO

from gravity_lint.reporting.conformance import per_rule, rate
from gravity_lint.reporting.summary import verdict
from gravity_lint.reporting.text import columns
from gravity_lint.running.outcome import Report


def render(report: Report, stream: TextIO) -> None:
    """Write a line per rule that found something: count, code, name, rate, fix."""
    counts = Counter((finding.code, finding.name) for finding in report.findings)
    fixes: dict[str, set[str]] = {}
    for finding in report.findings:
        if finding.fix is not None:
            fixes.setdefault(finding.code, set()).add(finding.fix.applicability.value)
    rates = {
        tally.code: rate(tally.subjects, tally.violations) for tally in per_rule(report.tallies)
    }
    rows = [("count", "code", "name", "conform", "fix")]
    rows += [
        (str(count), code, name, rates.get(code, "-"), ", ".join(sorted(fixes.get(code, {"-"}))))
        for (code, name), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    if counts:
        stream.writelines(f"{line}\n" for line in columns(rows, right=(0, 3)))
        stream.write("\n")
    stream.write(f"{verdict(report)}\n")
