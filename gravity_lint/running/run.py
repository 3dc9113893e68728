"""A whole run: what the command line and other programs call.

Everything that a run decides is a function of the files' content, the
configuration and the command line; nothing is remembered between runs.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gravity_lint.configuration.files import Configuration, Configurations
from gravity_lint.discovery.services import Discovery, ServiceFiles, discover
from gravity_lint.errors import ConfigurationError, Problem
from gravity_lint.running.loading import Loaded, Loader
from gravity_lint.running.notices import idle_patterns
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.phases import Phases, Progress
from gravity_lint.running.policy import Policy
from gravity_lint.running.verdict import judge_service
from gravity_lint.sources.depth import deeply

_FILES_KEPT = 400
"""After how many files the judged services are given back."""


def run(
    paths: Sequence[Path],
    overrides: Overrides,
    *,
    progress: Progress | None = None,
    texts: Mapping[Path, str] | None = None,
) -> Report:
    """Judge the services that *paths* are about, and report on what was named.

    *texts* takes the place of files on disk. Raises UsageError for a path that
    cannot be judged and for a mistake in a configuration.
    """
    with resting_collector():
        return deeply(lambda: Run(paths, overrides, texts or {}).report(progress))


class Run:
    """One run over some paths; asked again with other texts, it reads only what has changed."""

    def __init__(
        self, paths: Sequence[Path], overrides: Overrides, texts: Mapping[Path, str]
    ) -> None:
        self._overrides = overrides
        self.texts = {str(path.resolve()): text for path, text in texts.items()}
        self._configurations = Configurations(overrides.imposed)
        self._policies: dict[tuple[int, ...], Policy] = {}
        self._loader = Loader()
        found = discover(
            paths,
            self._configurations.above,
            unsaved=[Path(p) for p in self.texts],
            exclude=(*(overrides.imposed.exclude or ()), *overrides.imposed.extend_exclude),
            forgiving=overrides.forgiving,
        )
        sound: list[ServiceFiles] = []
        broken = [*found.broken]
        problems: dict[Problem, None] = dict.fromkeys(found.problems)
        for files in found.services:
            policy = self._sound_policy(files)
            if isinstance(policy, Problem):
                broken.append((files, policy))
                problems[policy] = None
            else:
                sound.append(files)
                broken += ((_below(directory, files), why) for directory, why in policy.broken)
                problems.update((why, None) for _, why in policy.broken)
        vain = idle_patterns([path.resolve() for path in paths], sound)
        notices = (*found.notices, *self._configurations.notices, *vain)
        self.discovery = Discovery(tuple(sound), tuple(problems), tuple(broken), notices)

    def _sound_policy(self, files: ServiceFiles) -> Policy | Problem:
        try:
            return self._policy(files)
        except ConfigurationError as error:
            return error.problem

    def _policy(self, files: ServiceFiles) -> Policy:
        """Return what the configurations of one service ask; raise ConfigurationError as it does.

        Services that share a configuration, as those of a fleet do, share the policy.
        """
        outer = files.configuration
        overlays: list[Configuration] = []
        for directory in files.overlays:
            above = [o for o in overlays if o.directory and directory.is_relative_to(o.directory)]
            under = max(above, key=lambda o: len(str(o.directory)), default=outer)
            overlays.append(self._configurations.overlay(directory, files.root, under))
        key = tuple(map(id, (outer, *overlays)))
        if key not in self._policies:
            self._policies[key] = Policy(outer, self._overrides, overlays)
        return self._policies[key]

    def report(
        self, progress: Progress | None = None, *, whole: bool = False, suppress: bool = True
    ) -> Report:
        """Judge every service and add up; *whole*: report on all files of each, named or not."""
        services = self.discovery.services
        if whole:
            services = tuple(msgspec.structs.replace(s, reported=s.files) for s in services)
        return self.merge(self.reports(services, progress, suppress=suppress))

    def reports(
        self,
        services: Sequence[ServiceFiles],
        progress: Progress | None = None,
        *,
        suppress: bool = True,
    ) -> list[Report]:
        """Judge *services* one after the other."""
        phases = Phases(sum(len(files.files) for files in services), progress)
        reports: list[Report] = []
        judged = 0
        for files in services:
            reports.append(self.judge(files, {}, phases, suppress=suppress))
            judged += len(files.files)
            if judged >= _FILES_KEPT:
                # A judged service is a heap of circles that only the collector can take away.
                gc.collect()
                judged = 0
        return reports

    def judge(
        self,
        files: ServiceFiles,
        texts: Mapping[str, str],
        phases: Phases | None = None,
        *,
        suppress: bool = True,
    ) -> Report:
        """Judge one service, in which *texts* take the place of files."""
        loaded = self.load(files, texts, phases.read if phases is not None else None)
        return judge_service(loaded, self._policy(files), suppress=suppress, phases=phases)

    def load(
        self,
        files: ServiceFiles,
        texts: Mapping[str, str],
        step: Callable[[], None] | None = None,
    ) -> Loaded:
        """Load one service, in which *texts* take the place of files."""
        return self._loader.load(files, {**self.texts, **texts}, step)

    def merge(self, reports: Sequence[Report]) -> Report:
        """Add up what was said about each service, and what could not be read."""
        problems = [*self.discovery.problems]
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
            lenient=tuple(root for report in reports for root in report.lenient),
            excused=sum((Counter(report.excused) for report in reports), Counter()),
            notices=self.discovery.notices,
        )


def _below(directory: Path, files: ServiceFiles) -> ServiceFiles:
    """Return what of a service lies below *directory*."""
    return msgspec.structs.replace(
        files,
        files=tuple(file for file in files.files if file.is_relative_to(directory)),
        reported=tuple(file for file in files.reported if file.is_relative_to(directory)),
    )


@contextmanager
def resting_collector() -> Iterator[None]:
    """Keep the garbage collector from walking trees that are all alive anyway."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            # What is left is data that stays: the collector need not look at it ever again.
            gc.freeze()
            gc.enable()
