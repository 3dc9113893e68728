"""The scores of services: what conforms, what departs, what is excused, and what has moved.

Plain data, and the JSON of ``gravity-lint report --format json``: what is written is what
a later report is compared with.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from gravity_lint import __version__
from gravity_lint.errors import UsageError
from gravity_lint.findings.baseline import entries
from gravity_lint.findings.finding import Finding, Tally
from gravity_lint.findings.severities import Applicability
from gravity_lint.reporting.documents import PolicyDocument
from gravity_lint.reporting.text import shown_path
from gravity_lint.running.outcome import Report

VERSION: Final = 1
"""The version of the JSON; it grows when a reader of the old one would misunderstand the new."""
_LINTER = "GRV0"
"""How the codes of the rules about the linter itself begin."""
_WORST = 5
"""How many files of a service are named as its worst."""


class RuleScore(msgspec.Struct, frozen=True):
    """One rule in one service."""

    code: str
    """The rule's code."""
    name: str
    """The rule's name."""
    pattern: str
    """The title of the section of the patterns document that it comes from."""
    subjects: int
    """How many subjects were judged."""
    violations: int
    """How many of them depart, excused ones included."""
    shown: int = 0
    """How many of these are reported: the rest is excused."""
    safe: int = 0
    """Findings that a safe fix would mend."""
    unsafe: int = 0
    """Findings that an unsafe fix would mend."""
    section: str = ""
    """The short name of the section."""

    @property
    def excused(self) -> int:
        """How many violations somebody excuses."""
        return max(self.violations - self.shown, 0)


class FileScore(msgspec.Struct, frozen=True):
    """A file and how many findings it has."""

    path: str
    """Relative to the working directory, with ``/``."""
    findings: int
    """How many there are."""


class ServiceScore(msgspec.Struct, frozen=True):
    """One service."""

    name: str
    """The name of its root's directory."""
    root: str
    """Its root, relative to the working directory, with ``/``."""
    rules: tuple[RuleScore, ...]
    """The rules that found a subject there."""
    worst: tuple[FileScore, ...] = ()
    """The files with most findings."""
    findings: tuple[str, ...] = ()
    """What a baseline in its root would hold: by that a later report tells what is new."""


class Scorecard(msgspec.Struct, frozen=True):
    """What ``gravity-lint report --format json`` writes: the scores of a run."""

    services: tuple[ServiceScore, ...]
    """Every service, by its root."""
    excused: Mapping[str, int] = {}
    """How many violations are excused, by whom (``comments``, ``ignore``, ``baseline``)."""
    policies: tuple[PolicyDocument, ...] = ()
    """The packages from which the configurations inherit."""
    version: str = __version__
    """The version of gravity-lint that wrote it."""
    schema_version: int = VERSION
    """The version of this schema."""


class Score(msgspec.Struct, frozen=True):
    """Subjects and violations, added up over some rules."""

    subjects: int = 0
    violations: int = 0
    excused: int = 0
    safe: int = 0
    unsafe: int = 0

    @property
    def share(self) -> float | None:
        """The conforming part of the subjects, from 0 to 1; None where there are none."""
        return (self.subjects - self.violations) / self.subjects if self.subjects else None


class Movement(msgspec.Struct, frozen=True):
    """How a score has changed since an earlier report: None where it did not exist on that side."""

    name: str
    before: Score | None
    after: Score | None


def added_up(rules: Iterable[RuleScore]) -> Score:
    """Return the score of all *rules* together."""
    subjects = violations = excused = safe = unsafe = 0
    for rule in rules:
        subjects += rule.subjects
        violations += rule.violations
        excused += rule.excused
        safe += rule.safe
        unsafe += rule.unsafe
    return Score(subjects, violations, excused, safe, unsafe)


def about_linter(code: str) -> bool:
    """Tell whether a rule is about the linter itself, and whether files can be read."""
    return code.startswith(_LINTER)


def sections(rules: Iterable[RuleScore]) -> dict[str, Score]:
    """Return the score of each section of the patterns document, in its order.

    What the linter says about itself comes last.
    """
    grouped: dict[str, list[RuleScore]] = {}
    for rule in sorted(rules, key=lambda rule: (about_linter(rule.code), rule.code)):
        grouped.setdefault(rule.pattern, []).append(rule)
    return {pattern: added_up(members) for pattern, members in grouped.items()}


def scorecard(report: Report) -> Scorecard:
    """Return the scores of the services of *report*."""
    tallies: dict[str, list[Tally]] = {}
    for tally in report.tallies:
        tallies.setdefault(tally.root, []).append(tally)
    services = tuple(
        _service(root, tallies[root], findings, report.sources)
        for root, findings in by_service(report).items()
    )
    excused = dict(report.excused)
    if report.suppressed:
        excused["comments"] = report.suppressed
    policies = tuple(PolicyDocument(x.name, x.version or None) for x in report.policies)
    return Scorecard(services, excused, policies)


def by_service(report: Report) -> dict[str, list[Finding]]:
    """Return the findings of each service of *report* by its root, in the order of its scores."""
    roots = sorted({tally.root for tally in report.tallies})
    found: dict[str, list[Finding]] = {root: [] for root in roots}
    innermost = sorted(roots, key=len, reverse=True)
    for finding in report.findings:
        owner = next((root for root in innermost if _lies_in(finding.path, root)), None)
        if owner is not None:
            found[owner].append(finding)
    return found


def _service(
    root: str,
    tallies: Sequence[Tally],
    findings: Sequence[Finding],
    sources: Mapping[str, str],
) -> ServiceScore:
    shown = Counter(finding.code for finding in findings)
    fixable = Counter((f.code, f.fix.applicability) for f in findings if f.fix is not None)
    rules = tuple(
        RuleScore(
            tally.code,
            tally.name,
            tally.pattern,
            tally.subjects,
            tally.violations,
            shown[tally.code],
            fixable[tally.code, Applicability.SAFE],
            fixable[tally.code, Applicability.UNSAFE],
            tally.section,
        )
        for tally in sorted(tallies, key=lambda tally: tally.code)
        if tally.subjects
    )
    files = Counter(finding.path for finding in findings)
    worst = sorted(files.items(), key=lambda item: (-item[1], item[0]))[:_WORST]
    return ServiceScore(
        os.path.basename(root) or root,
        shown_path(root),
        rules,
        tuple(FileScore(shown_path(path), number) for path, number in worst),
        tuple(sorted(map(str, entries(findings, sources, lambda path: shown_path(path, root))))),
    )


def _lies_in(path: str, root: str) -> bool:
    return path.startswith(f"{root.rstrip(os.sep)}{os.sep}")


def read(file: Path) -> Scorecard:
    """Return the scores that an earlier report wrote to *file*.

    Raises UsageError where there are none, or none that this version understands.
    """
    try:
        data = file.read_bytes()
        version = msgspec.json.decode(data, type=_Versioned).schema_version
        if version == VERSION:
            return msgspec.json.decode(data, type=Scorecard)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise UsageError(
            f"{file}: no report of gravity-lint: {error}; write one with"
            " `gravity-lint report --format json`"
        ) from error
    raise UsageError(
        f"{file}: a report of schema version {version}, and this gravity-lint compares version"
        f" {VERSION}; write it again"
    )


class _Versioned(msgspec.Struct):
    schema_version: int


def movements(before: Scorecard, after: Scorecard) -> tuple[list[Movement], list[Movement]]:
    """Return how services and rules have moved between two reports: those that have, only."""
    then, now = ({s.root: s.rules for s in card.services} for card in (before, after))
    services = [
        Movement(root, _score(then.get(root)), _score(now.get(root)))
        for root in dict.fromkeys((*then, *now))
    ]
    old, new = _by_rule(before), _by_rule(after)
    rules = [
        Movement(name, _score(old.get(name)), _score(new.get(name)))
        for name in dict.fromkeys((*old, *new))
    ]
    return [m for m in services if _moved(m)], [m for m in rules if _moved(m)]


def _score(rules: Sequence[RuleScore] | None) -> Score | None:
    return None if rules is None else added_up(rules)


def _by_rule(card: Scorecard) -> dict[str, list[RuleScore]]:
    found: dict[str, list[RuleScore]] = {}
    for service in card.services:
        for rule in service.rules:
            found.setdefault(f"{rule.code} {rule.name}", []).append(rule)
    return dict(sorted(found.items()))


def _moved(movement: Movement) -> bool:
    if movement.before is None or movement.after is None:
        return True
    return movement.before.share != movement.after.share
