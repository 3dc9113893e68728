"""How far a run's code conforms: subjects and violations added up, and rates of them."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from gravity_lint.findings.finding import Tally
from gravity_lint.findings.severities import Applicability
from gravity_lint.running.outcome import Report


def per_rule(tallies: Iterable[Tally]) -> list[Tally]:
    """Return one tally per rule, sorted by code."""
    found: dict[str, list[Tally]] = {}
    for tally in tallies:
        found.setdefault(tally.code, []).append(tally)
    return [_sum(found[code]) for code in sorted(found)]


def per_section(tallies: Iterable[Tally]) -> dict[str, tuple[int, int]]:
    """Return subjects and violations by section of the patterns document, in its order."""
    sections: dict[str, tuple[int, int]] = {}
    for tally in per_rule(tallies):
        subjects, violations = sections.get(tally.pattern, (0, 0))
        sections[tally.pattern] = (subjects + tally.subjects, violations + tally.violations)
    return sections


def rate(subjects: int, violations: int) -> str:
    """Return the percentage of *subjects* that conform, to one decimal.

    Only where none departs is it 100.0 %, and only where all depart 0.0 %. For
    no subjects at all there is no rate: ``-``.
    """
    if subjects <= 0:
        return "-"
    conforming = subjects - violations
    tenths = (2000 * conforming + subjects) // (2 * subjects)
    if violations:
        tenths = min(tenths, 999)
    if conforming:
        tenths = max(tenths, 1)
    return f"{tenths // 10}.{tenths % 10} %"


def fixable(report: Report, tried: Collection[Applicability] = ()) -> dict[Applicability, int]:
    """Return how many findings of *report* carry a fix of each kind that was not yet *tried*."""
    counts = dict.fromkeys(Applicability, 0)
    for finding in report.findings:
        if finding.fix is not None and finding.fix.applicability not in tried:
            counts[finding.fix.applicability] += 1
    return counts


def withheld(report: Report) -> list[tuple[str, int]]:
    """Return why findings of *report* have no fix although their rules do, the most frequent first.

    Each reason comes with the number of findings that it holds back.
    """
    counts = Counter(x.withheld for x in report.findings if x.withheld is not None)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _sum(tallies: Sequence[Tally]) -> Tally:
    if len(tallies) == 1:
        return tallies[0]
    last = tallies[-1]
    return Tally(
        last.code,
        last.name,
        last.pattern,
        sum(tally.subjects for tally in tallies),
        sum(tally.violations for tally in tallies),
        alarm=last.alarm,
        section=last.section,
    )
