"""The baselines of a run: findings that were written down before do not fail it.

A baseline is named by the command line or by the configuration of a service, and read
once. What it excuses stays a violation in the rates. Entries that no longer match are
told, where the run would have found what they stand for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from gravity_lint.configuration.files import Configuration, mistake
from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.errors import Problem, UsageError
from gravity_lint.findings.baseline import Comparison, Entry, compare, entries, parse
from gravity_lint.findings.finding import Finding
from gravity_lint.running.outcome import BASELINE, Overrides, Report, Silenced
from gravity_lint.sources.reading import contents
from gravity_lint.sources.repositories import leaves, repository_of

_LARGEST = 64_000_000
"""Bytes; a line per finding."""
UNREAD = ("GRV003",)
"""A file with such a finding has been understood in part: what else was there may be hidden."""


def excuse(report: Report, services: Sequence[ServiceFiles], overrides: Overrides) -> Report:
    """Return *report* without what the baselines of its *services* excuse.

    Raises UsageError where a baseline that is named cannot be read.
    """
    by_baseline: dict[Path, list[ServiceFiles]] = {}
    for files in services:
        baseline = _baseline_of(files.configuration, overrides)
        if baseline is not None:
            by_baseline.setdefault(baseline, []).append(files)
    for baseline, members in by_baseline.items():
        compared = against(report, members, baseline, read(baseline))
        gone = {id(finding) for finding in compared.excused}
        place = str(baseline)
        report = msgspec.structs.replace(
            report,
            compared=True,
            silenced=(
                *report.silenced,
                *(Silenced(finding, BASELINE, place) for finding in compared.excused),
            ),
            findings=tuple(f for f in report.findings if id(f) not in gone),
            fingerprints=(),
            excused={
                **report.excused,
                BASELINE: report.excused.get(BASELINE, 0) + len(compared.excused),
            }
            if gone
            else report.excused,
            notices=(*report.notices, *_stale(baseline, compared.stale)),
        )
    return report


def against(
    report: Report, services: Sequence[ServiceFiles], baseline: Path, known: Sequence[Entry]
) -> Comparison:
    """Compare what *report* says about *services* with the *known* entries of *baseline*."""
    mine = _findings_in(report.findings, services)
    top = baseline.parent

    def exists(path: str) -> bool:
        return (top / path).exists()

    return compare(
        mine,
        recorded(mine, report.sources, baseline),
        known,
        gone=lambda path: not exists(path),
        asked=_Asked(report, services, top).about,
    )


def recorded(
    findings: Sequence[Finding], sources: Mapping[str, str], baseline: Path
) -> tuple[Entry, ...]:
    """Return the entries that stand for *findings* in *baseline*."""
    top = baseline.parent
    return entries(findings, sources, lambda path: os.path.relpath(path, top).replace(os.sep, "/"))


def read(baseline: Path) -> tuple[Entry, ...]:
    """Return the entries of *baseline*; raises UsageError where it cannot be read, or is none."""
    try:
        text = contents(baseline, _LARGEST).decode("utf-8")
    except FileNotFoundError as error:
        raise UsageError(
            f"{baseline}: there is no such baseline; record it with: gravity-lint baseline"
            f" --output {baseline.name}"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{baseline}: cannot be read: {error}") from error
    return parse(text, str(baseline))


def _baseline_of(configuration: Configuration, overrides: Overrides) -> Path | None:
    if overrides.baseline is not None:
        return Path(os.path.abspath(overrides.baseline)) if overrides.baseline else None
    return named_by(configuration)


def named_by(configuration: Configuration) -> Path | None:
    """Return the baseline that *configuration* names, be it there or not."""
    file = configuration.origin("baseline")
    stated = configuration.settings.baseline
    if stated is None or file is None:
        return None
    named = Path(os.path.normpath(file.parent / stated))
    top = repository_of(os.path.realpath(file.parent))
    if top is not None and leaves(os.path.realpath(named), top):
        raise mistake(file, "baseline", f"{stated!r} leads out of the repository")
    return named


def _findings_in(
    findings: Iterable[Finding], services: Sequence[ServiceFiles]
) -> tuple[Finding, ...]:
    files = {str(path) for service in services for path in service.reported}
    return tuple(finding for finding in findings if finding.path in files)


class _Asked:
    """Tells whether a run would have found what an entry stands for."""

    def __init__(self, report: Report, services: Sequence[ServiceFiles], top: Path) -> None:
        self._top = top
        crashed = {problem.code for problem in report.problems if problem.code is not None}
        doubtful = {problem.path for problem in report.problems}
        doubtful.update(f.path for f in report.findings if f.code in UNREAD)
        self._codes: dict[str, set[str]] = {}
        for tally in report.tallies:
            if tally.code not in crashed:
                self._codes.setdefault(tally.root, set()).add(tally.code)
        self._services = [
            service
            for service in services
            if not any(path == str(service.root) or self._lies(path, service) for path in doubtful)
        ]

    def about(self, entry: Entry) -> bool:
        """Tell whether the rule of *entry* was asked about its file, or that has gone with all."""
        place = str(self._top / entry.path)
        for service in self._services:
            if not self._lies(place, service):
                continue
            if entry.fingerprint.code not in self._codes.get(str(service.root), ()):
                return False
            if Path(place) in service.reported:
                return True
            return len(service.reported) == len(service.files) and not os.path.exists(place)
        return False

    @staticmethod
    def _lies(path: str, service: ServiceFiles) -> bool:
        return path.startswith(f"{str(service.root).rstrip(os.sep)}{os.sep}")


def _stale(baseline: Path, stale: Sequence[Entry]) -> tuple[Problem, ...]:
    if not stale:
        return ()
    first = stale[0]
    own = first.fingerprint
    rest = f" and {len(stale) - 1} more" if len(stale) > 1 else ""
    words = (
        f"{own.code} in {first.path}{rest} no longer {'are' if rest else 'is'} there; take the"
        " entries out with: gravity-lint baseline --prune"
    )
    return (Problem(str(baseline), words),)
