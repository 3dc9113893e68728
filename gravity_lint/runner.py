"""A whole run: what the command line and flake8 call.

Everything that a run decides is a function of the files' content, the
configuration and the command line; nothing is remembered between runs.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gravity_lint.configuration import Configuration, Configurations
from gravity_lint.configuration import options as read_options
from gravity_lint.discovery import Discovery, ServiceFiles, discover
from gravity_lint.findings import Finding
from gravity_lint.judging import Judgement, judge
from gravity_lint.loading import Loaded, Loader
from gravity_lint.outcome import Effective, Mending, Overrides, Problem, Report
from gravity_lint.packs import load_rules
from gravity_lint.rule import Scope
from gravity_lint.selection import Selection, severities, validate, validate_selectors

Progress = Callable[[int, int], None]
"""Called with the number of files done and the number of all files."""


def run(
    paths: Sequence[Path],
    overrides: Overrides = Overrides(),
    *,
    progress: Progress | None = None,
    texts: Mapping[Path, str] | None = None,
) -> Report:
    """Judge the services that *paths* are about, and report on what was named.

    *texts* takes the place of files on disk. Raises UsageError for a path that
    cannot be judged and for a mistake in a configuration.
    """
    with _resting_collector():
        return _Run(paths, overrides, texts).report(progress)


def effective(path: Path, overrides: Overrides) -> Effective:
    """Return the settings that hold for *path*, and the rules that run there."""
    place = path.resolve()
    configuration = Configurations().above(place if place.is_dir() else place.parent)
    policy = Policy(configuration, overrides)
    return Effective(configuration, tuple(sorted(policy.selection.codes)))


class Policy:
    """What one configuration, with the command line's overrides, asks of its services."""

    def __init__(self, configuration: Configuration, overrides: Overrides) -> None:
        """Work out which rules are on.

        Raises UsageError for a rule that does not exist and for options that do not fit.
        """
        rules = load_rules(configuration.settings.rule_packs)
        known = {rule.code: rule.name for rule in rules}
        validate(configuration, known)
        validate_selectors("--select", overrides.select or (), known)
        validate_selectors("--extend-select", overrides.extend_select, known)
        validate_selectors("--ignore", overrides.ignore, known)
        self.selection = Selection(
            configuration,
            known,
            [rule.code for rule in rules if rule.default],
            select=overrides.select or (),
            extend_select=overrides.extend_select,
            ignore=overrides.ignore,
        )
        self.known = known
        self.severities = severities(configuration, known)
        self.options = {
            rule.name: read_options(configuration, rule.name, rule.options)
            for rule in rules
            if rule.options is not None
        }
        chosen = [rule for rule in rules if rule.code in self.selection.codes]
        self.rules = [rule for rule in chosen if rule.scope is not Scope.RUN]
        self.closing_rules = [rule for rule in chosen if rule.scope is Scope.RUN]

    def codes(self, files: ServiceFiles) -> dict[str, frozenset[str]]:
        """Return the codes that are on in each of the reported files, by absolute path."""
        return {str(path): self.selection.codes_for(path) for path in files.reported}


class _Run:
    """One run over some paths; asked again with other texts, it reads only what has changed."""

    def __init__(
        self, paths: Sequence[Path], overrides: Overrides, texts: Mapping[Path, str] | None
    ) -> None:
        self._overrides = overrides
        self._texts = {str(path.resolve()): text for path, text in (texts or {}).items()}
        self._configurations = Configurations()
        self._policies: dict[int, Policy] = {}
        self._loader = Loader()
        self.discovery: Discovery = discover(
            paths, self._configurations.above, unsaved=[Path(p) for p in self._texts]
        )
        for files in self.discovery.services:
            self._policy(files.configuration)

    def _policy(self, configuration: Configuration) -> Policy:
        key = id(configuration)
        if key not in self._policies:
            self._policies[key] = Policy(configuration, self._overrides)
        return self._policies[key]

    def report(self, progress: Progress | None) -> Report:
        """Judge every service once."""
        total = sum(len(files.files) for files in self.discovery.services)
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            if progress is not None:
                progress(done, total)

        return self._merge([self._judge(f, self._texts, step) for f in self.discovery.services])

    def _judge(
        self, files: ServiceFiles, texts: Mapping[str, str], step: Callable[[], None] | None = None
    ) -> Report:
        loaded = self._loader.load(files, texts, step)
        return judge_service(loaded, self._policy(files.configuration))

    def _merge(self, reports: Sequence[Report]) -> Report:
        problems = [Problem(*_placed(problem)) for problem in self.discovery.problems]
        sources: dict[str, str] = {}
        for report in reports:
            sources.update(report.sources)
            problems.extend(report.problems)
        findings = [finding for report in reports for finding in report.findings]
        return Report(
            findings=tuple(sorted(findings, key=lambda finding: finding.order)),
            tallies=tuple(tally for report in reports for tally in report.tallies),
            files=sum(report.files for report in reports),
            services=len(reports),
            problems=tuple(problems),
            sources=sources,
            suppressed=sum(report.suppressed for report in reports),
        )


def judge_service(loaded: Loaded, policy: Policy) -> Report:
    """Ask the rules that are on about one loaded service, and apply its suppressions."""
    reported = policy.codes(loaded.files)
    judged = judge(loaded.service, policy.rules, options=policy.options, reported=reported)
    findings = _weighed(judged, policy)
    problems = [Problem(path, message) for path, message in loaded.problems]
    problems += [Problem(c.path, c.error, c.code, c.line or None, c.trace) for c in judged.crashes]
    mentioned = {f.path for f in findings} | {r.path for f in findings for r in f.related}
    return Report(
        findings=tuple(findings),
        tallies=judged.tallies,
        files=len(loaded.files.reported),
        services=1,
        problems=tuple(problems),
        sources={path: loaded.sources[path].text for path in mentioned if path in loaded.sources},
        suppressed=0,
    )


def _weighed(judged: Judgement, policy: Policy) -> list[Finding]:
    """Return the findings with the severities that the configuration gives them."""
    return [
        msgspec.structs.replace(finding, severity=policy.severities[finding.code])
        if finding.code in policy.severities
        else finding
        for finding in judged.findings
    ]


def _placed(problem: str) -> tuple[str, str]:
    path, _, message = problem.partition(": ")
    return path, message


@contextmanager
def _resting_collector() -> Iterator[None]:
    """Keep the garbage collector from walking trees that are all alive anyway."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
