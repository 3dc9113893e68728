"""Questions of hosts that ask about one file at a time (flake8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from gravity_lint.errors import Problem
from gravity_lint.findings.finding import Finding
from gravity_lint.findings.severities import Severity
from gravity_lint.running.means import Means
from gravity_lint.running.outcome import Overrides
from gravity_lint.running.run import resting_collector
from gravity_lint.running.runs import Run
from gravity_lint.sources.depth import deeply
from gravity_lint.sources.spans import Span

CANNOT: Final = "GRV000"
"""The code under which such a host is told that something was not judged. No rule has it."""


class Inquiry:
    """Judges whole services and answers file by file.

    The host has chosen the paths: one that is no Python file of any service, or
    is excluded, has no findings. What could not be judged is a finding, too
    (`CANNOT`), at the first file that was asked about: green must not mean that
    nobody has looked, and a host must not be stopped by one configuration.
    """

    def __init__(self, *, suppress: bool = True) -> None:
        """*suppress*: leave out what comments suppress."""
        self._suppress = suppress
        self._answers: dict[str, list[Finding]] = {}

    def about(self, path: Path, text: str | None = None) -> list[Finding]:
        """Return the findings in the file at *path*, whose content may be given as *text*."""
        place = str(path.resolve())
        if text is not None or place not in self._answers:
            self._judge_services_of([path], {} if text is None else {path: text})
        return self._answers.setdefault(place, [])

    def prepare(self, paths: Sequence[Path]) -> None:
        """Judge the services that *paths* are about, so that later questions are answered at once.

        Paths that do not exist are passed over.
        """
        self._judge_services_of(paths, {})

    def _judge_services_of(self, paths: Sequence[Path], texts: Mapping[Path, str]) -> None:
        with resting_collector():
            deeply(
                lambda: self._answer(Run(paths, Overrides(forgiving=True), texts, Means.usual()))
            )

    def _answer(self, run: Run) -> None:
        report = run.report(whole=True, suppress=self._suppress)
        for files in run.discovery.services:
            self._answers.update((str(file), []) for file in files.files)
        for finding in report.findings:
            self._answers.setdefault(finding.path, []).append(finding)
        for files, problem in run.discovery.broken:
            for file in files.files:
                self._answers.setdefault(str(file), [])
            for first in files.reported[:1]:
                self._tell(str(first), files.name, problem)
        firsts = {str(x.root): str(x.reported[0]) for x in run.discovery.services if x.reported}
        for problem in report.problems:
            # What is about a whole service is told at its first file, as nobody asks for more.
            place = firsts.get(problem.path, problem.path if problem.code is not None else None)
            if place is not None:
                self._tell(place, "", problem)

    def _tell(self, path: str, service: str, problem: Problem) -> None:
        """Answer, for the file at *path*, that *problem* kept it from being judged."""
        told = cannot(path, _words(problem), problem.line if problem.code else None, service)
        self._answers.setdefault(path, []).append(told)


def cannot(path: str, words: str, line: int | None = None, service: str = "") -> Finding:
    """Return what stands in for the findings of a file that could not be judged."""
    span = Span(line or 1, 1, line or 1, 1)
    return Finding(
        code=CANNOT,
        name="not-judged",
        message=words,
        path=path,
        span=span,
        severity=Severity.ERROR,
        service=service,
        subject="",
        pattern="",
        scope=span,
    )


def _words(problem: Problem) -> str:
    if problem.code is not None:
        what = "was stopped" if problem.stopped else "crashed"
        return f"not judged by {problem.code}, which {what}: {problem.message}"
    if problem.stopped:
        return problem.message
    place = problem.path if problem.line is None else f"{problem.path}, line {problem.line}"
    return f"the service of this file was not judged: {place}: {problem.message}"
