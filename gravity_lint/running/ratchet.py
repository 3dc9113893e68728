"""The least rates of conformance, and what falls short of them.

The configuration demands them of each service; they count where the whole service is judged
by the rules that it has chosen, for otherwise the rates are others. The command line demands
them of all that is judged, together.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gravity_lint.configuration.mistakes import likely, quoted
from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.errors import UsageError
from gravity_lint.findings.finding import Finding, Tally
from gravity_lint.running.outcome import Blame, Fall, Floor, Overrides, Report

KEY = "min-conformance"
TOTAL = "total"
_NAMED = 5
"""How many rules are named that keep a rate down."""


def configured_floors(services: Sequence[ServiceFiles], overrides: Overrides) -> tuple[Floor, ...]:
    """Return what the configurations of *services* demand, where it can be judged."""
    if overrides.select or overrides.extend_select or overrides.ignore:
        return ()
    return tuple(
        Floor(key, percent, f"{KEY} in {_near(file)}", str(files.root))
        for files in services
        if len(files.reported) == len(files.files)
        for key, percent in files.configuration.settings.min_conformance.items()
        for file in [files.configuration.origin(f"{KEY}.{quoted(key)}")]
    )


def _near(file: Path | None) -> str:
    """Return the path of *file* as seen from the working directory."""
    if file is None:
        return "the configuration"
    try:
        return os.path.relpath(file)
    except ValueError:  # it lies on another drive
        return str(file)


def speaks_of(key: str, code: str, name: str, section: str, pattern: str) -> bool:
    """Tell whether *key* names a rule, or the section in which it stands."""
    names = (TOTAL, name, section.lower(), pattern.lower())
    return bool(key) and (code.startswith(key) or key in names or key.lower() in names)


def cure(key: str, sections: Iterable[str]) -> str:
    """Return what *key*, which names nothing, may have meant."""
    known = sorted({TOTAL, *filter(None, sections)})
    words = f"nothing is called {key!r}{likely(key, known)}"
    return f"{words}; there is {', '.join(known)}, beginnings of codes, and names of rules"


def fallen_short(report: Report, floors: Iterable[Floor]) -> Iterator[Fall]:
    """Yield what in *report* falls short of *floors*, and by which rules.

    Raises UsageError for a floor under what no rule that was asked is about.
    """
    for floor in floors:
        tallies = [
            tally
            for tally in report.tallies
            if floor.root in ("", tally.root)
            and speaks_of(floor.key, tally.code, tally.name, tally.section, tally.pattern)
        ]
        if not tallies and report.tallies:
            known = {tally.section for tally in report.tallies}
            raise UsageError(f"{floor.said}: {cure(floor.key, known)}")
        subjects = sum(tally.subjects for tally in tallies)
        violations = sum(tally.violations for tally in tallies)
        if subjects and 100 * (subjects - violations) < floor.percent * subjects:
            yield Fall(
                title(floor.key, tallies),
                floor.root,
                subjects,
                violations,
                f"{floor.percent:g} % ({floor.said})",
                tuple(_weights(tallies, report.findings, floor.root)),
            )


def title(key: str, tallies: Iterable[Tally]) -> str:
    """Return how *key* is called that names *tallies*."""
    tallies = list(tallies)
    patterns = {tally.pattern for tally in tallies}
    if key == TOTAL:
        return "all sections"
    if len({tally.code for tally in tallies}) == 1:
        return f"{tallies[0].code} {tallies[0].name}"
    return patterns.pop() if len(patterns) == 1 else key


def _weights(tallies: Iterable[Tally], findings: Sequence[Finding], root: str) -> Iterator[Blame]:
    """Yield the rules that keep a rate down, worst first, with the first place of each."""
    counts: Counter[tuple[str, str]] = Counter()
    for tally in tallies:
        counts[tally.code, tally.name] += tally.violations
    below = os.path.join(root, "") if root else ""
    first: dict[str, Finding] = {}
    for finding in findings:
        if finding.path.startswith(below):
            first.setdefault(finding.code, finding)
    worst = [(rule, number) for rule, number in counts.most_common() if number]
    for (code, name), number in worst[:_NAMED]:
        shown = first.get(code)
        place = (shown.path, shown.span.line) if shown is not None else ()
        words = f"{code} {name}" + (f", the first of {number}" if number > 1 else "")
        yield Blame(words, *place)
    if len(worst) > _NAMED:
        rest = sum(number for _, number in worst[_NAMED:])
        rules = "one more rule" if len(worst) == _NAMED + 1 else f"{len(worst) - _NAMED} more rules"
        yield Blame(f"and {rest} by {rules}")
