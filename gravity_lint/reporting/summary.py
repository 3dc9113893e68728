"""What stands at the end of a report for people: rates, counts, and what to do next."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import TextIO

from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.reporting.conformance import fixable, per_section, rate, withheld
from gravity_lint.reporting.grouping import entries
from gravity_lint.reporting.text import columns, counted, shown_path, visible
from gravity_lint.running.outcome import Report

_FORMAL = frozenset({"GRV001", "GRV002", "GRV003"})
"""Rules about comments, and about whether a file parses."""
"""How the codes of the rules about the linter itself begin."""
_MANY = 30
"""Findings from which on counting them per rule is the better start."""
_TOO_MANY = 200
"""Findings from which on nobody mends all of them before the next commit."""
_WORST = 3
"""How many of the services and files with the most findings are named."""
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
    """Return one sentence: how much was found in how much code, and what was excused."""
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
        places = len(entries(report.findings))
        fewer = places * 20 <= len(report.findings) * 19  # worth a word
        where = f" at {counted(places, 'place')}" if fewer else ""
        touched = len({finding.path for finding in report.findings})
        among = f"{touched} of " if touched < report.files else ""
        return f"{number} ({kinds}){where} in {among}{extent}{silenced}."
    if report.problems:
        return f"No findings in {extent}, but the run is incomplete{silenced}."
    if not report.files:
        return "Nothing was judged: the configuration excludes every named file."
    nothing = unjudged(report)
    if nothing is not None:
        return f"Nothing was judged in {extent}: {nothing}{silenced}."
    if silenced:
        return f"No findings in {extent}{silenced}."
    return f"Conforms: no findings in {extent}."


def _excuses(report: Report) -> Iterator[str]:
    """Yield who excused how many violations."""
    if report.suppressed:
        yield f"{report.suppressed} suppressed by comments"
    for setting, count in sorted(report.excused.items()):
        yield f"{count} excused by {setting}"


def unjudged(report: Report) -> str | None:
    """Return why nothing was judged although files were read; None: something was.

    That a file parses, or a comment is needed, is no judgement of what the code says.
    """
    tallies = [tally for tally in report.tallies if tally.code not in _FORMAL]
    if any(tally.subjects for tally in tallies):
        return None
    if not tallies:
        return "no rule about the code is selected"
    rules = len({tally.code for tally in tallies})
    which = "the one rule that is on" if rules == 1 else f"none of the {rules} rules that are on"
    return f"{which} finds {'nothing' if rules == 1 else 'anything'} there that it is about"


def hints(report: Report, tried: Collection[Applicability] = ()) -> Iterator[str]:
    """Yield where to begin and what to do next about the findings, a line each."""
    if not report.findings:
        return
    yield from _first_of_all(report)
    yield from _most(report)
    counts = fixable(report, tried)
    safe, unsafe = counts[Applicability.SAFE], counts[Applicability.UNSAFE]
    if safe:
        yield f"{safe} can be mended safely: gravity-lint --fix (--diff shows the changes first)"
    if unsafe:
        number = f"{unsafe} more" if safe else f"{unsafe} can be mended"
        yield f"{number} with --fix --unsafe-fixes, which may change what clients and logs see"
    yield from _reasons(report)
    if len(report.findings) >= _MANY:
        yield "Findings per rule: gravity-lint --statistics; errors alone: --severity error"
    if len(report.findings) >= _TOO_MANY:
        yield "To hold new code to the patterns first: gravity-lint baseline records these"
    errors = [finding for finding in report.findings if finding.severity is Severity.ERROR]
    most = Counter(finding.code for finding in errors or report.findings).most_common(1)[0][0]
    yield f"Why a rule matters and what to write instead: gravity-lint explain {most}"


def _first_of_all(report: Report) -> Iterator[str]:
    """Yield what comes before everything else, whatever the number."""
    counts = Counter(finding.code for finding in report.findings)
    alarms = {tally.code: tally.alarm for tally in report.tallies if tally.alarm}
    found = []
    codes = []
    for code, alarm in sorted(alarms.items()):
        if counts[code]:
            noun, _, rest = alarm.partition(" ")
            found.append(f"{counted(counts[code], noun)} {rest}")
            codes.append(code)
    if found and set(counts) != set(codes):
        yield f"First of all: {', '.join(found)}: gravity-lint --select {','.join(codes)}"


def _most(report: Report) -> Iterator[str]:
    """Yield the services and the files that hold most of many findings."""
    if len(report.findings) < _MANY:
        return
    services = Counter(finding.service for finding in report.findings)
    files = Counter(finding.path for finding in report.findings)
    for kind, found in (("services", services), ("files", files)):
        if len(found) > 1:
            shown = [
                f"{visible(name if kind == 'services' else shown_path(name))} ({count})"
                for name, count in sorted(found.items(), key=lambda x: (-x[1], x[0]))[:_WORST]
            ]
            more = f" and {len(found) - _WORST} more" if len(found) > _WORST else ""
            yield f"Most in the {kind} {', '.join(shown)}{more}"


def _reasons(report: Report) -> Iterator[str]:
    """Yield why rules that can mend leave findings alone, the most frequent reasons first."""
    reasons = withheld(report)
    for reason, count in reasons[:_REASONS]:
        yield f"{count} that --fix leaves alone: {visible(reason)}"
    if reasons[_REASONS:]:
        count = sum(count for _, count in reasons[_REASONS:])
        more = counted(len(reasons) - _REASONS, "more reason")
        yield f"{count} that --fix leaves alone for {more}"


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
    if ways:
        sentence = f"{sentence[:-1]}; fixable: {', '.join(ways)}."
    return " ".join([sentence, *policy(report)])


def policy(report: Report) -> list[str]:
    """Return the sentence that says from which packages configurations inherit, if they do."""
    packages = ", ".join(map(str, report.policies))
    return [f"Policy: {packages}."] if packages else []


def lines(
    report: Report, tried: Collection[Applicability] = (), width: int | None = None
) -> Iterator[str]:
    """Yield the whole summary: rates, verdict, hints; sentences fit into *width* cells."""
    table = conformance(report)
    if table:
        yield from table
        yield ""
    yield from wrapped(verdict(report), width, "")
    yield from policy(report)
    for hint in hints(report, tried):
        yield from wrapped(hint, width, "  ")


def width_of(stream: TextIO) -> int | None:
    """Return the number of cells in a line of *stream*; None where it is no terminal."""
    if not stream.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def wrapped(sentence: str, width: int | None, indent: str = "") -> list[str]:
    """Return *sentence* in lines that fit into *width* cells, broken between words."""
    if width is None or len(sentence) + len(indent) <= width:
        return [f"{indent}{sentence}"]
    import textwrap  # where a terminal is narrow

    return textwrap.wrap(
        sentence,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
