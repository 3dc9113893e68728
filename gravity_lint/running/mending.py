"""Mending a run's services: fixes are tried, judged again, and written where they hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from gravity_lint.discovery.formatting import line_length
from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.errors import Problem
from gravity_lint.findings.finding import Finding
from gravity_lint.findings.severities import Applicability
from gravity_lint.fixing import House
from gravity_lint.fixing.mending import Complaint, Outcome, Verdict
from gravity_lint.fixing.mending import mend as mend_service
from gravity_lint.fixing.saving import ChangedError, EncodingError, save
from gravity_lint.fixing.saving import objection as unfit
from gravity_lint.fixing.sharing import Sharing
from gravity_lint.running.kept_facts import KeptFacts
from gravity_lint.running.loading import Loaded
from gravity_lint.running.means import Means
from gravity_lint.running.outcome import Mended, Mending, Overrides, Refusal, Report
from gravity_lint.running.phases import Phases, Progress
from gravity_lint.running.run import resting_collector
from gravity_lint.running.runs import Run
from gravity_lint.running.verdicts import Asked
from gravity_lint.sources.depth import deeply
from gravity_lint.sources.source import head
from gravity_lint.sources.writing import sweep


def mend(
    paths: Sequence[Path],
    overrides: Overrides,
    *,
    unsafe: bool = False,
    write: bool = True,
    progress: Progress | None = None,
    texts: Mapping[Path, str] | None = None,
    means: Means = Means(),  # noqa: B008
) -> Mending:
    """Mend what *paths* name, and report on what remains.

    Safe fixes are applied, and with *unsafe* the others too. A fix stays only if
    its finding is gone and no new one has appeared anywhere in the service.
    Without *write* the files stay as they are; those that *texts* stand for
    always do. Raises UsageError as `run` does.
    """
    tried = tuple(Applicability) if unsafe else (Applicability.SAFE,)
    begun = Run(paths, overrides, texts or {}, means)
    run, services = deeply(lambda: _tried_out(begun, tried, progress))
    # Files are written by the thread that hears signals, so that none ends it half-way.
    for service in services if write else ():
        service.write(run)
    return deeply(lambda: _summed_up(run, services))


class _Mendable(msgspec.Struct):
    """A service, what its fixes would make of it if it has any, and what is to be said then.

    *refused* and *problems* are what writing brings.
    """

    files: ServiceFiles
    report: Report
    outcome: Outcome = Outcome({}, {}, {}, ())
    refused: list[Refusal] = []
    problems: list[Problem] = []

    def write(self, run: Run) -> None:
        """Write what has changed; what cannot be written stays, and is a problem."""
        sweep({path.parent for path in self.files.files})
        for path, before in self.outcome.before.items():
            if path in run.texts:
                continue
            try:
                save(path, before, self.outcome.after[path])
            except (ChangedError, EncodingError) as error:
                self._leave(path, str(error))
            except OSError as error:
                reason = error.strerror or str(error)
                self.problems.append(Problem(path, f"cannot be written: {reason}"))

    def _leave(self, path: str, reason: str) -> None:
        self.refused += (Refusal(finding, reason) for finding in self.outcome.mended[path])

    @property
    def left(self) -> set[str]:
        """The files that could not be written."""
        return {x.path for x in self.problems} | {x.finding.path for x in self.refused}

    def summed_up(self, run: Run) -> tuple[Report, list[Mended], list[Refusal]]:
        """Return what remains to say of the service, what was mended, and what was refused."""
        outcome = self.outcome
        mended = [
            Mended(
                path, before, outcome.after[path], outcome.mended[path], _head(run, path, before)
            )
            for path, before in outcome.before.items()
            if path not in self.left
        ]
        report = self.report
        if self.left:
            report = run.judge(self.files, {one.path: one.after for one in mended})
        reasons = dict(outcome.refused)
        report = msgspec.structs.replace(
            report,
            findings=tuple(_without_fix(x, reasons.get(x)) for x in report.findings),
            problems=(*report.problems, *self.problems),
        )
        refused = [Refusal(finding, reason) for finding, reason in outcome.refused]
        return report, mended, [*refused, *self.refused]


def _head(run: Run, path: str, text: str) -> bytes:
    """Return the beginning of the file at *path*, or of the *text* that stands for it."""
    if path in run.texts:
        return head(text.encode("utf-8", "surrogatepass"))
    try:
        return head(Path(path).read_bytes())
    except OSError:
        return b""


def _without_fix(finding: Finding, reason: str | None) -> Finding:
    """Return *finding* without the fix that was refused for *reason*, if it was."""
    return (
        finding if reason is None else msgspec.structs.replace(finding, fix=None, withheld=reason)
    )


def _tried_out(
    run: Run, tried: Collection[Applicability], progress: Progress | None
) -> tuple[Run, list[_Mendable]]:
    """Try the fixes of one service after the other, in memory."""
    services = run.discovery.services
    phases = Phases(sum(len(files.files) for files in services), progress)
    sharing = Sharing({str(x.root): [str(path) for path in x.files] for x in services})
    tried_out: list[_Mendable] = []
    with resting_collector():
        for files in services:
            bed = _Bed(run, files)
            report = bed.first(phases)
            if any(f.fix and f.fix.applicability in tried for f in report.findings):
                tried_out.append(_mendable(run, bed, report, tried, sharing))
            else:
                tried_out.append(_Mendable(files, report))
            bed.clear()
    if run.caches is not None:
        run.caches.finish()
    return run, tried_out


class _Bed:
    """Holds one service while its fixes are tried: what follows from unchanged files stays known.

    What an earlier run has found, or knows of its files, is used as by any other run.
    """

    def __init__(self, run: Run, files: ServiceFiles) -> None:
        self._run = run
        self.files = files
        self._loaded: Loaded | None = None
        self._asked: Asked | None = None
        if run.verdicts is not None:
            self._asked = run.verdicts.ask(files, run.layers(files), run.texts, suppress=True)

    def first(self, phases: Phases) -> Report:
        """Return what is to be said of the service as it is."""
        verdicts, asked = self._run.verdicts, self._asked
        known = verdicts.recall(asked) if verdicts is not None and asked is not None else None
        if known is not None:
            phases.recalled(len(self.files.files))
            return known
        report = self.judge({}, phases=phases)
        if verdicts is not None and asked is not None:
            verdicts.remember(asked, report)
        return report

    def judge(
        self,
        texts: Mapping[str, str],
        *,
        whole: bool = False,
        again: Complaint | None = None,
        phases: Phases | None = None,
    ) -> Report:
        """Judge the service with *texts*; *whole*: report on all files, or on those of *again*."""
        loaded = self._linked(texts, phases)
        if whole:
            loaded = msgspec.structs.replace(loaded, files=asked_about(self.files, again))
        layers, codes = self._run.layers(self.files), again.codes if again is not None else None
        return self._run.bench.judge(loaded, layers, phases=phases, codes=codes)

    @property
    def packages(self) -> frozenset[str]:
        """The first words of the names under which the modules of the service are imported."""
        loaded = self._loaded or self._linked({})
        return frozenset(module.name.partition(".")[0] for module in loaded.service.modules)

    def clear(self) -> None:
        """Take the service apart, and forget it."""
        if self._loaded is not None:
            self._loaded.service.release()
            self._run.forget(self.files)

    def _linked(self, texts: Mapping[str, str], phases: Phases | None = None) -> Loaded:
        case = self._run.gatherer.gather(self.files, {**self._run.texts, **texts})
        kept, verdicts = None, self._run.verdicts
        if self._loaded is None and verdicts is not None and self._asked is not None:
            kept = KeptFacts(verdicts.facts(self._asked))
        read = phases.read if phases is not None else None
        self._loaded = self._run.bench.loader.link(case, read, kept, self._loaded)
        if kept is not None and kept.has_news and verdicts is not None and self._asked is not None:
            verdicts.remember_facts(self._asked, kept.encoded())
        return self._loaded


def _mendable(
    run: Run,
    bed: _Bed,
    first: Report,
    tried: Collection[Applicability],
    sharing: Sharing,
) -> _Mendable:
    """Try the fixes of one service about which *first* has been said."""
    files = bed.files
    all_named = set(files.reported) == set(files.files)
    last: tuple[Mapping[str, str], Report] | None = ({}, first) if all_named else None

    def judge(texts: Mapping[str, str], again: Complaint | None = None) -> Verdict:
        nonlocal last
        if last is not None and last[0] == texts and again is None:
            report = last[1]
        else:
            report = bed.judge(texts, whole=True, again=again)
        if again is None:
            last = (texts, report)
        faults = (f"{p.path}: {p.code or ''} {p.message}" for p in report.problems)
        return Verdict(report.findings, dict(report.sources), frozenset(faults))

    house = House(bed.packages, line_length(files.root))
    named = {str(path) for path in files.reported}

    def objection(path: str, text: str) -> str | None:
        # What is not written may be anything.
        written = None if path in run.texts else unfit(path, text)
        return written or sharing.objection(path, text)

    outcome = mend_service(judge, named, tried, objection, house)
    report = first
    if outcome.after:
        known = last is not None and all_named and last[0] == outcome.after
        report = last[1] if known and last is not None else bed.judge(outcome.after)
    return _Mendable(files, report, outcome)


def asked_about(files: ServiceFiles, again: Complaint | None) -> ServiceFiles:
    """Return *files* with those reported that are asked about: all, or those of a complaint."""
    asked = files.files
    if again is not None:
        asked = tuple(path for path in files.files if str(path) in again.paths)
    return msgspec.structs.replace(files, reported=asked)


def _summed_up(run: Run, services: Sequence[_Mendable]) -> Mending:
    reports: list[Report] = []
    mended: list[Mended] = []
    refused: list[Refusal] = []
    with resting_collector():
        for service in services:
            report, done, left = service.summed_up(run)
            reports.append(report)
            mended += done
            refused += left
    return Mending(run.merge(reports), tuple(mended), tuple(refused))
