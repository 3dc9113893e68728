"""Suppressing all that a run finds: comments are added, judged again, and written."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.errors import Problem
from gravity_lint.findings.finding import Finding
from gravity_lint.fixing.saving import ChangedError, EncodingError, save
from gravity_lint.fixing.suppressing import suppressed
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.phases import Progress
from gravity_lint.running.run import resting_collector
from gravity_lint.running.runs import Run
from gravity_lint.sources.depth import deeply
from gravity_lint.sources.source import from_text


class Suppressing(msgspec.Struct, frozen=True):
    """What came of it: how many findings are suppressed now in which files, and what is left."""

    findings: int
    files: tuple[str, ...]
    left: tuple[Finding, ...]
    problems: tuple[Problem, ...]


def suppress(
    paths: Sequence[Path], overrides: Overrides, reason: str, *, progress: Progress | None = None
) -> Suppressing:
    """Give every finding in *paths* a comment that suppresses it, with a *reason* if not empty.

    A file is only written if its code stays the same and the findings are gone.
    Raises UsageError as `run` does.
    """
    before, changes, problems = deeply(
        lambda: _changes(Run(paths, overrides, {}), reason, progress)
    )
    failed = [x for path, (old, new) in changes.items() if (x := _failure(path, old, new))]
    written = tuple(changes.keys() - {problem.path for problem in failed})
    left = tuple(finding for finding in before if finding.path not in written)
    return Suppressing(len(before) - len(left), written, left, (*problems, *failed))


def _failure(path: str, old: str, new: str) -> Problem | None:
    """Write *new* to the file at *path*, which holds *old*; say what hinders that."""
    try:
        save(path, old, new)
    except (ChangedError, EncodingError) as error:
        return Problem(path, f"cannot be written: {error}")
    except OSError as error:
        return Problem(path, f"cannot be written: {error.strerror or error}")
    return None


def _changes(
    run: Run, reason: str, progress: Progress | None
) -> tuple[list[Finding], dict[str, tuple[str, str]], list[Problem]]:
    """Return all findings, the old and new texts of files by path, and what went wrong."""
    found: list[Finding] = []
    changes: dict[str, tuple[str, str]] = {}
    problems: list[Problem] = []
    with resting_collector():
        reports = run.reports(run.discovery.services, progress)
        for files, report in zip(run.discovery.services, reports, strict=True):
            found += report.findings
            problems += report.problems
            changes.update(_changes_of(run, files, report, reason))
    return found, changes, problems


def _changes_of(
    run: Run, files: ServiceFiles, report: Report, reason: str
) -> dict[str, tuple[str, str]]:
    wanted: dict[str, dict[int, list[str]]] = {}
    for finding in report.findings:
        lines = wanted.setdefault(finding.path, {})
        lines.setdefault(finding.span.line, []).append(finding.code)
    texts: dict[str, str] = {}
    for path, lines in wanted.items():
        old = report.sources[path]
        try:
            new = suppressed(old, lines, reason)
        except ValueError:
            continue  # it does not parse; that is the finding
        if _same(path, old, new):
            texts[path] = new
    after = run.judge(files, texts) if texts else report
    remaining = {finding.path for finding in after.findings}
    return {
        path: (report.sources[path], new) for path, new in texts.items() if path not in remaining
    }


def _same(path: str, old: str, new: str) -> bool:
    trees = [from_text(Path(path), text).tree for text in (old, new)]
    one, two = (None if tree is None else ast.dump(tree) for tree in trees)
    return one is not None and one == two
