"""Services that stay loaded while somebody works on them: what an editor asks.

What is said of them is what a run over the same paths says of the same texts. What is kept from
one question to the next are facts of unchanged files and what follows from a file's facts alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from gravity_lint.discovery.formatting import line_length
from gravity_lint.discovery.services import Discovery, ServiceFiles
from gravity_lint.findings.finding import Finding
from gravity_lint.findings.severities import Applicability
from gravity_lint.fixing import House
from gravity_lint.fixing.mending import Complaint, Outcome, Verdict, mend
from gravity_lint.rule import Rule
from gravity_lint.running.kept_facts import KeptFacts
from gravity_lint.running.loading import Loaded
from gravity_lint.running.means import Means
from gravity_lint.running.mending import asked_about
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.phases import Phases, Progress
from gravity_lint.running.runs import Run
from gravity_lint.running.verdict import judge_service
from gravity_lint.running.verdicts import Asked, Verdicts


class Standing:
    """The services that some paths are about, as they stand.

    Texts are given by absolute path, and take the place of files on disk; those of files that
    were not there at the last `look` are not seen before the next.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        overrides: Overrides,
        means: Means,
        texts: Mapping[str, str] = {},
    ) -> None:
        """Find the services; raises UsageError as `Run` does. *means* say where to keep what."""
        self.paths = tuple(paths)
        means = msgspec.structs.replace(means, keep=True)
        self._run = Run(self.paths, overrides, _by_path(texts), means)
        self._loaded: dict[Path, tuple[Mapping[str, str], Loaded]] = {}
        self._whole: dict[Path, tuple[Loaded, Report]] = {}
        """The last verdicts on all files of a service, and on what."""

    @property
    def discovery(self) -> Discovery:
        """What there is."""
        return self._run.discovery

    def look(self, texts: Mapping[str, str]) -> None:
        """Look at the disk anew: which services there are, and what lies in and around them."""
        self._run = self._run.again(_by_path(texts))
        present = {files.root for files in self.discovery.services}
        for root in self._loaded.keys() - present:
            self._loaded.pop(root)[1].service.release()
            self._whole.pop(root, None)

    def key(self, files: ServiceFiles, texts: Mapping[str, str]) -> bytes:
        """Return what stands for everything that the verdict on *files* owes to."""
        return self._asked(files, texts).key

    def recalled(self, files: ServiceFiles) -> Report | None:
        """Return the verdict of an earlier run on *files* as they lie on disk."""
        return self._verdicts.recall(self._asked(files, {}))

    def judged(
        self,
        files: ServiceFiles,
        texts: Mapping[str, str],
        progress: Progress,
        only: Collection[str] | None = None,
    ) -> Report:
        """Judge one service; *only*: report on these of its files, by absolute path.

        *progress* is called between files and between rules; what it raises ends the work.
        """
        phases = Phases(len(files.files), progress)
        loaded = self.loaded(files, texts, phases)
        if only is not None:
            reported = tuple(path for path in files.reported if str(path) in only)
            narrow = msgspec.structs.replace(files, reported=reported)
            loaded = msgspec.structs.replace(loaded, files=narrow)
        policy = self._run.bench.policy(self._run.layers(files))
        report = judge_service(loaded, policy, phases=phases)
        if loaded.files.reported == files.files:
            self._whole[files.root] = loaded, report
        if only is None and not _of(files, texts):
            self._verdicts.remember(self._asked(files, {}), report)
            assert self._run.caches is not None
            self._run.caches.finish()
        return report

    def loaded(
        self, files: ServiceFiles, texts: Mapping[str, str], phases: Phases | None = None
    ) -> Loaded:
        """Return one service, linked; the one that was returned before is taken apart."""
        own = _of(files, texts)
        known = self._loaded.get(files.root)
        if known is not None and known[0] == own and known[1].files is files:
            return known[1]
        case = self._run.gatherer.gather(files, own)
        asked = self._asked(files, {}) if known is None else None
        kept = KeptFacts(self._verdicts.facts(asked)) if asked is not None else None
        read = phases.read if phases is not None else None
        former = known[1] if known is not None else None
        loaded = self._run.bench.loader.link(case, read, kept, former)
        self._loaded[files.root] = own, loaded
        if asked is not None and kept is not None and kept.has_news and not own:
            self._verdicts.remember_facts(asked, kept.encoded())
        return loaded

    def rules(self, files: ServiceFiles) -> Sequence[Rule[Any]]:
        """Return the rules that are asked about a service."""
        policy = self._run.bench.policy(self._run.layers(files))
        return (*policy.rules, *policy.closing_rules)

    def merged(self, reports: Sequence[Report]) -> Report:
        """Add up what was said about all services, as a run does."""
        return self._run.merge(reports)

    def mended(
        self,
        files: ServiceFiles,
        texts: Mapping[str, str],
        path: str,
        applicabilities: Collection[Applicability],
        wanted: Finding | None = None,
        progress: Progress | None = None,
    ) -> Outcome:
        """Try fixes in the file at *path* on the service: all that are applicable, or one.

        *wanted* is the finding whose fix alone is tried. A fix stays only if its finding is gone
        and the service has no finding that it did not have.
        """
        loaded = self.loaded(files, texts)
        own = frozenset(module.name.partition(".")[0] for module in loaded.service.modules)
        before, known = self._whole.get(files.root, (None, Report()))

        def judge(changed: Mapping[str, str], again: Complaint | None = None) -> Verdict:
            report = known
            if changed or again is not None or before is not loaded:
                phases = Phases(len(files.files), progress)
                standing = {**_of(files, texts), **changed}
                codes = again.codes if again is not None else None
                asked = asked_about(files, again)
                report = self._run.judge(asked, standing, phases, codes=codes)
            findings = report.findings
            if wanted is not None:
                findings = tuple(_less(x, wanted if not changed else None) for x in findings)
            faults = (f"{p.path}: {p.code or ''} {p.message}" for p in report.problems)
            return Verdict(findings, dict(report.sources), frozenset(faults))

        house = House(own, line_length(files.root))
        return mend(judge, {path}, applicabilities, house=house)

    def _asked(self, files: ServiceFiles, texts: Mapping[str, str]) -> Asked:
        return self._verdicts.ask(files, self._run.layers(files), _of(files, texts), suppress=True)

    @property
    def _verdicts(self) -> Verdicts:
        assert self._run.verdicts is not None
        return self._run.verdicts


def _of(files: ServiceFiles, texts: Mapping[str, str]) -> dict[str, str]:
    """Return those of *texts* that belong to *files*."""
    return {name: texts[name] for path in files.files if (name := str(path)) in texts}


def _less(finding: Finding, wanted: Finding | None) -> Finding:
    """Return *finding* without its fix, unless it is the one that is *wanted*."""
    if wanted is not None and finding.order == wanted.order:
        return finding
    return msgspec.structs.replace(finding, fix=None)


def _by_path(texts: Mapping[str, str]) -> dict[Path, str]:
    return {Path(path): text for path, text in texts.items()}
