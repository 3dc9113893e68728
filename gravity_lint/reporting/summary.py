"""What stands at the end of a report for people: rates, counts, and what to do next."""

from collections import Counter
from collections.abc import Collection, Iterator

from gravity_lint.findings.finding import Applicability, Severity
from gravity_lint.reporting.conformance import fixable, per_section, rate, withheld
from gravity_lint.reporting.text import columns, counted, visible
from gravity_lint.running.outcome import Report

_LINTER = "GRV0"
"""How the codes of the rules about the linter itself begin."""
_MANY = 30
"""Findings from which on counting them per rule is the better start."""
_REASONS = 3
"""Reasons for not mending that a summary gives; `full` and JSON give them all."""


def conformance(report: Report) -> list[str]:
    """Return a table of the rate of every section that had subjects, and of all of them."""
    sections = {
        pattern: counts for pattern, counts in per_section(report.tallies).items() if counts[0]
    }
    if not sections:
        return []
    rows = [("pattern", "subjects", "violations", "conform")]
    rows += [
        (pattern or "other", str(subjects), str(violations), rate(subjects, violations))
        for pattern, (subjects, violations) in sections.items()
    ]
    if len(sections) > 1:
        subjects = sum(counts[0] for counts in sections.values())
        violations = sum(counts[1] for counts in sections.values())
        rows.append(("all patterns", str(subjects), str(violations), rate(subjects, violations)))
    return columns(rows, right=(1, 2, 3))


def verdict(report: Report) -> str:
    """Return one sentence: how much was found in how much code."""
    extent = f"{counted(report.files, 'file')} of {counted(report.services, 'service')}"
    silenced = "".join(f"; {words}" for words in _excuses(report))
    if report.findings:
        severities = Counter(finding.severity for finding in report.findings)
        kinds = " and ".join(
            counted(severities[severity], severity.value)
            for severity in Severity
            if severities[severity]
        )
        number = counted(len(report.findings), "finding")
        return f"{number} ({kinds}) in {extent}{silenced}."
    if report.problems:
        return f"No findings in {extent}, but the run is incomplete{silenced}."
    if not report.files:
        return "Nothing was judged: the configuration excludes every named file."
    nothing = unjudged(report)
    if nothing is not None:
        return f"Nothing was judged in {extent}: {nothing}{silenced}."
    return f"Conforms: no findings in {extent}{silenced}."


def _excuses(report: Report) -> Iterator[str]:
    """Yield who excused how many violations."""
    if report.suppressed:
        yield f"{report.suppressed} suppressed by comments"
    for setting, count in sorted(report.excused.items()):
        yield f"{count} excused by {setting}"


def unjudged(report: Report) -> str | None:
    """Return why nothing was judged although files were read; None: something was.

    That a file parses is no judgement of what it says.
    """
    tallies = [tally for tally in report.tallies if not tally.code.startswith(_LINTER)]
    if any(tally.subjects for tally in tallies):
        return None
    if not tallies:
        return "no rule about the code is selected"
    rules = len({tally.code for tally in tallies})
    which = "the one rule that is on" if rules == 1 else f"none of the {rules} rules that are on"
    return f"{which} finds {'nothing' if rules == 1 else 'anything'} there that it is about"


def hints(report: Report, tried: Collection[Applicability] = ()) -> Iterator[str]:
    """Yield what to do next about the findings, a line each."""
    if not report.findings:
        return
    counts = fixable(report, tried)
    safe, unsafe = counts[Applicability.SAFE], counts[Applicability.UNSAFE]
    if safe:
        yield f"{safe} can be mended safely: gravity-lint --fix (--diff shows the changes first)"
    if unsafe:
        number = f"{unsafe} more" if safe else f"{unsafe} can be mended"
        yield f"{number} with --fix --unsafe-fixes, which may change what clients and logs see"
    yield from _reasons(report)
    if len(report.findings) >= _MANY:
        yield "Findings per rule: gravity-lint --statistics"
    most = Counter(finding.code for finding in report.findings).most_common(1)[0][0]
    yield f"Why a rule matters and what to write instead: gravity-lint explain {most}"


def _reasons(report: Report) -> Iterator[str]:
    """Yield why rules that can mend leave findings alone, the most frequent reasons first."""
    reasons = withheld(report)
    left = sum(count for _, count in reasons)
    for reason, count in reasons[:_REASONS]:
        yield f"{count} of {left} left: {visible(reason)}"
    if reasons[_REASONS:]:
        count = sum(count for _, count in reasons[_REASONS:])
        yield f"{count} of {left} left for {counted(len(reasons) - _REASONS, 'more reason')}"


def brief(report: Report, tried: Collection[Applicability] = ()) -> str:
    """Return the summary for a report of one line a finding."""
    counts = fixable(report, tried)
    ways = [
        f"{counts[kind]} with {options}"
        for kind, options in (
            (Applicability.SAFE, "--fix"),
            (Applicability.UNSAFE, "--fix --unsafe-fixes"),
        )
        if counts[kind]
    ]
    sentence = verdict(report)
    return f"{sentence[:-1]}; fixable: {', '.join(ways)}." if ways else sentence


def lines(report: Report, tried: Collection[Applicability] = ()) -> Iterator[str]:
    """Yield the whole summary: rates, verdict, hints."""
    table = conformance(report)
    if table:
        yield from table
        yield ""
    yield verdict(report)
    yield from (f"  {hint}" for hint in hints(report, tried))
