"""A run over some services: which they are, what is known of them, and what is said of all.

Everything that a run decides is a function of the files' content, the configuration and the
command line. What is kept from earlier runs, and how many processes there are, never changes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gravity_lint.configuration.files import Configuration, Configurations
from gravity_lint.discovery.services import Discovery, ServiceFiles, discover
from gravity_lint.errors import ConfigurationError, Problem
from gravity_lint.installed import OWN_PACKS
from gravity_lint.running.cache import Caches
from gravity_lint.running.cases import Case, Gatherer
from gravity_lint.running.means import Means
from gravity_lint.running.notices import idle_patterns
from gravity_lint.running.outcome import Overrides, Packs, Report
from gravity_lint.running.phases import Phases, Progress
from gravity_lint.running.policies import policy_packages
from gravity_lint.sources.depth import deeply
from gravity_lint.sources.surroundings import Surroundings

if TYPE_CHECKING:
    from gravity_lint.running.bench import Bench
    from gravity_lint.running.loading import Loaded
    from gravity_lint.running.tasks import Done, Task


class Run:
    """One run over some paths; asked again with other texts, it reads only what has changed."""

    def __init__(
        self,
        paths: Sequence[Path],
        overrides: Overrides,
        texts: Mapping[Path, str],
        means: Means = Means(),  # noqa: B008
        caches: Caches | None = None,
        around: Surroundings | None = None,
        former: Bench | None = None,
    ) -> None:
        """See `run`; in *caches* lies what is kept, *around* is what files are seen through.

        *former* is the bench of an earlier run, which knows the facts of files by content.
        """
        self._paths = paths
        self._former = former
        around = around or Surroundings()
        caches = caches or means.caches()
        self._overrides = overrides
        self.texts = {str(path.resolve()): text for path, text in texts.items()}
        self._configurations = Configurations(overrides.imposed, around)
        self._means = means
        self.caches = caches
        self.gatherer = Gatherer(around)
        self._bench: Bench | None = None
        found = discover(
            paths,
            self._configurations.above,
            unsaved=[Path(p) for p in self.texts],
            exclude=(*(overrides.imposed.exclude or ()), *overrides.imposed.extend_exclude),
            forgiving=overrides.forgiving,
            around=around,
        )
        self.verdicts = means.verdicts(self.gatherer, overrides, found.services, caches)
        sound: list[ServiceFiles] = []
        broken = [*found.broken]
        problems: dict[Problem, None] = dict.fromkeys(found.problems)
        for files in found.services:
            faults = self._faults(files)
            if any(directory == files.root for directory, _ in faults):
                broken.append((files, faults[0][1]))
            else:
                sound.append(files)
                broken += ((_below(directory, files), why) for directory, why in faults)
            problems.update((why, None) for _, why in faults)
        vain = idle_patterns([path.resolve() for path in paths], sound)
        notices = (*found.notices, *self._configurations.notices, *vain)
        self.discovery = Discovery(tuple(sound), tuple(problems), tuple(broken), notices)

    def again(self, texts: Mapping[Path, str]) -> Run:
        """Return a run over the same paths that looks at the disk anew, and knows what it can."""
        return Run(
            self._paths,
            self._overrides,
            texts,
            self._means,
            self.caches,
            former=self._bench or self._former,
        )

    def _faults(self, files: ServiceFiles) -> Sequence[tuple[Path, Problem]]:
        """Return what is wrong with the configurations of one service, by their directories.

        With a fault at its root, the service is not judged at all.
        """
        layers = self.layers(files)
        if self.verdicts is not None and self.verdicts.are_sound(files, layers):
            return ()
        try:
            faults = self.bench.policy(layers).broken
        except ConfigurationError as error:
            return [(files.root, error.problem)]
        if self.verdicts is not None and not faults:
            self.verdicts.vouch(layers)
        return faults

    def layers(self, files: ServiceFiles) -> tuple[Configuration, ...]:
        """Return the configuration of a service, and those that hold only below a directory."""
        outer = files.configuration
        overlays: list[Configuration] = []
        for directory in files.overlays:
            above = [o for o in overlays if o.directory and directory.is_relative_to(o.directory)]
            under = max(above, key=lambda o: len(str(o.directory)), default=outer)
            overlay = self._configurations.overlay(directory, files.root, under)
            if overlay is not under:
                overlays.append(overlay)
        return (outer, *overlays)

    @property
    def may_be_recalled(self) -> bool:
        """Whether all that the run owes to what lies on disk was seen through its surroundings.

        Rules that are not the linter's own may look elsewhere, and a baseline is read anew.
        """
        services = self.discovery.services
        return (
            bool(services)
            and all(
                set(OWN_PACKS).issuperset(x.configuration.settings.rule_packs) for x in services
            )
            and not self._has_baseline()
            and self.gatherer.surroundings.complete
        )

    def _has_baseline(self) -> bool:
        if self._overrides.baseline is not None:
            return bool(self._overrides.baseline)
        services = self.discovery.services
        return any(x.configuration.settings.baseline is not None for x in services)

    @property
    def bench(self) -> Bench:
        """The bench at which services are judged: only now are rules and model loaded."""
        if self._bench is None:
            from gravity_lint.running.bench import Bench

            self._bench = Bench(self._overrides, self.gatherer, self._former)
        return self._bench

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
        """Judge *services*, or recall what an earlier run has found in them."""
        phases = Phases(sum(len(files.files) for files in services), progress)
        if self.verdicts is None:
            return self._judged(services, phases, suppress)
        asked = [self.verdicts.ask(x, self.layers(x), self.texts, suppress) for x in services]
        found = {x.name: report for x in asked if (report := self.verdicts.recall(x)) is not None}
        phases.recalled(sum(len(x.case.files.files) for x in asked if x.name in found))
        missing = [x for x in asked if x.name not in found]
        tasks = [self._task(x.case, suppress, self.verdicts.facts(x), keeps=True) for x in missing]
        for index, done in self._work_off(tasks, phases) if missing else ():
            x = missing[index]
            found[x.name] = self._sourced(done.report, x.case)
            self.verdicts.remember(x, done.report)
            if done.facts is not None:
                self.verdicts.remember_facts(x, done.facts)
        if self.caches is not None:
            self.caches.finish()
        return [found[x.name] for x in asked]

    def _judged(
        self, services: Sequence[ServiceFiles], phases: Phases, suppress: bool
    ) -> list[Report]:
        """Judge *services*, of which nothing is known."""
        if self._means.processes(services) == 1 and self._means.executor is None:
            return deeply(lambda: [*self._dispatched(services, phases, suppress)])
        tasks = [self._task(self.gatherer.gather(x, self.texts), suppress) for x in services]
        rows = sorted(self._work_off(tasks, phases), key=lambda row: row[0])
        return [self._sourced(done.report, tasks[index].case) for index, done in rows]

    def _dispatched(
        self, services: Sequence[ServiceFiles], phases: Phases, suppress: bool
    ) -> Iterator[Report]:
        for files in services:
            case, layers = self.gatherer.gather(files, self.texts), self.layers(files)
            last = self._means.parting and files is services[-1]
            yield self.bench.dispatch(case, layers, phases, suppress=suppress, last=last)

    def _task(
        self, case: Case, suppress: bool, facts: bytes | None = None, *, keeps: bool = False
    ) -> Task:
        from gravity_lint.running.tasks import Task

        return Task(case, self.layers(case.files), self._overrides, suppress, keeps, facts)

    def _work_off(self, tasks: Sequence[Task], phases: Phases) -> Iterator[tuple[int, Done]]:
        """Yield what comes of each of *tasks*, with its index, by the means of the run."""
        services = [task.case.files for task in tasks]
        jobs = self._means.processes(services)
        bench = self.bench
        if self._means.executor is not None:
            from gravity_lint.running.distributed import work_off as elsewhere

            rows = elsewhere(tasks, self._means.executor)
        elif jobs > 1:
            from gravity_lint.running.workers import work_off

            rows = work_off(tasks, jobs, bench)
        else:
            rows = self._in_turn(tasks, bench, phases)
        for index, done in rows:
            if self._means.executor is not None or jobs > 1:
                phases.recalled(len(services[index].files))
            self.gatherer.forget(tasks[index].case)
            yield index, done

    def _in_turn(
        self, tasks: Sequence[Task], bench: Bench, phases: Phases
    ) -> Iterator[tuple[int, Done]]:
        from gravity_lint.running.tasks import perform

        for index, task in enumerate(tasks):
            last = self._means.parting and task is tasks[-1]
            yield index, perform(task, bench, phases, last=last)

    def _sourced(self, report: Report, case: Case) -> Report:
        """Return *report* with the texts into which it points."""
        return msgspec.structs.replace(report, sources=case.texts.only(report.mentioned))

    def judge(
        self,
        files: ServiceFiles,
        texts: Mapping[str, str],
        phases: Phases | None = None,
        *,
        suppress: bool = True,
        codes: frozenset[str] | None = None,
    ) -> Report:
        """Judge one service, in which *texts* take the place of files; *codes*: by these rules."""
        loaded = self.load(files, texts, phases.read if phases is not None else None)
        layers, bench = self.layers(files), self.bench
        try:
            return bench.judge(loaded, layers, suppress=suppress, phases=phases, codes=codes)
        finally:
            loaded.service.release()

    def forget(self, files: ServiceFiles) -> None:
        """Forget what is known of a service of which nobody will ask again."""
        self.bench.forget(self.gatherer.gather(files, {}))

    def load(
        self,
        files: ServiceFiles,
        texts: Mapping[str, str],
        step: Callable[[], None] | None = None,
    ) -> Loaded:
        """Load one service, in which *texts* take the place of files."""
        return self.bench.load(files, {**self.texts, **texts}, step)

    def _settled(self, reports: Sequence[Report]) -> Sequence[Report]:
        """Settle what no service answers alone; only for that are the rules needed here."""
        if not any(report.open for report in reports):
            return reports
        from gravity_lint.running.settling import settled

        bench = self.bench
        policies = [bench.policy(self.layers(files)) for files in self.discovery.services]
        return settled(reports, {r.code: r for p in policies for r in p.telling}.values())

    def merge(self, reports: Sequence[Report]) -> Report:
        """Add up what was said about each service, and what could not be read."""
        reports = self._settled(reports)
        problems = [*self.discovery.problems]
        sources: dict[str, Mapping[str, str]] = {}
        for report in reports:
            pointed_into = (path for path in report.mentioned if path in report.sources)
            sources.update(dict.fromkeys(pointed_into, report.sources))
            problems.extend(report.problems)
        findings = [finding for report in reports for finding in report.findings]
        services = self.discovery.services
        policies = policy_packages(files.configuration for files in services)
        merged = Report(
            findings=tuple(sorted(findings, key=lambda finding: finding.order)),
            tallies=tuple(tally for report in reports for tally in report.tallies),
            files=sum(report.files for report in reports),
            services=len(reports),
            problems=tuple(problems),
            sources=_Joined(sources),
            suppressed=sum(report.suppressed for report in reports),
            silenced=tuple(one for report in reports for one in report.silenced),
            policies=policies,
            packs=tuple(dict.fromkeys(map(_packs, services))),
            lenient=tuple(root for report in reports for root in report.lenient),
            excused=sum((Counter(report.excused) for report in reports), Counter()),
            notices=(
                *self.discovery.notices,
                *(notice for report in reports for notice in report.notices),
                *(self.caches.complaints if self.caches is not None else ()),
            ),
        )
        if any(files.configuration.settings.min_conformance for files in services):
            from gravity_lint.running.ratchet import configured_floors  # most runs have none

            floors = configured_floors(services, self._overrides)
            merged = msgspec.structs.replace(merged, floors=floors)
        if not self._has_baseline():
            return merged
        from gravity_lint.running.baselines import excuse  # most runs have none

        return excuse(merged, self.discovery.services, self._overrides)


def _packs(files: ServiceFiles) -> Packs:
    """Return the rule packs of a service."""
    directory = files.configuration.directory
    names = files.configuration.settings.rule_packs
    return Packs(
        names, () if directory is None or set(OWN_PACKS).issuperset(names) else (str(directory),)
    )


def _below(directory: Path, files: ServiceFiles) -> ServiceFiles:
    """Return what of a service lies below *directory*."""
    return msgspec.structs.replace(
        files,
        files=tuple(file for file in files.files if file.is_relative_to(directory)),
        reported=tuple(file for file in files.reported if file.is_relative_to(directory)),
    )


class _Joined(Mapping[str, str]):
    """The texts of several services, each decoded only where it is asked for."""

    def __init__(self, owners: Mapping[str, Mapping[str, str]]) -> None:
        self._owners = owners

    def __getitem__(self, path: str) -> str:
        return self._owners[path][path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._owners)

    def __len__(self) -> int:
        return len(self._owners)
