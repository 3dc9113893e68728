"""Questions of hosts that ask about one file at a time (flake8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gravity_lint.errors import UsageError
from gravity_lint.findings.finding import Finding
from gravity_lint.running.outcome import Overrides
from gravity_lint.running.run import Run, resting_collector
from gravity_lint.sources.depth import deeply


class Inquiry:
    """Judges whole services and answers file by file."""

    def __init__(self, *, suppress: bool = True) -> None:
        """*suppress*: leave out what comments suppress."""
        self._suppress = suppress
        self._answers: dict[str, list[Finding]] = {}

    def about(self, path: Path, text: str | None = None) -> list[Finding]:
        """Return the findings in the file at *path*, whose content may be given as *text*.

        A file that the configuration excludes has none. Raises UsageError for
        a mistake in a configuration, and for a rule that crashes.
        """
        place = str(path.resolve())
        if text is not None or place not in self._answers:
            self._judge_services_of([path], {} if text is None else {path: text})
        return self._answers.setdefault(place, [])

    def prepare(self, paths: Sequence[Path]) -> None:
        """Judge the services that *paths* are about, so that later questions are answered at once.

        Raises UsageError as `about` does, and for a path that does not exist.
        """
        self._judge_services_of(paths, {})

    def _judge_services_of(self, paths: Sequence[Path], texts: Mapping[Path, str]) -> None:
        with resting_collector():
            deeply(lambda: self._answer(Run(paths, Overrides(), texts)))

    def _answer(self, run: Run) -> None:
        report = run.report(whole=True, suppress=self._suppress)
        for problem in report.problems:
            raise UsageError(f"{problem.path}: {problem.code or ''} {problem.message}")
        for files in run.discovery.services:
            self._answers.update((str(file), []) for file in files.files)
        for finding in report.findings:
            self._answers[finding.path].append(finding)
