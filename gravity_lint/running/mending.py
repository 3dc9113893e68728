"""Mending a run's services: fixes are tried, judged again, and written where they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.errors import Problem
from gravity_lint.findings.finding import Applicability
from gravity_lint.fixing.mending import Verdict
from gravity_lint.fixing.mending import mend as mend_service
from gravity_lint.fixing.saving import ChangedError, objection, save
from gravity_lint.running.outcome import Mended, Mending, Overrides, Refusal, Report
from gravity_lint.running.phases import Progress
from gravity_lint.running.run import Run, resting_collector
from gravity_lint.sources.depth import deeply


def mend(
    paths: Sequence[Path],
    overrides: Overrides,
    *,
    unsafe: bool = False,
    write: bool = True,
    progress: Progress | None = None,
    texts: Mapping[Path, str] | None = None,
) -> Mending:
    """Mend what *paths* name, and report on what remains.

    Safe fixes are applied, and with *unsafe* the others too. A fix stays only if
    its finding is gone and no new one has appeared anywhere in the service.
    Without *write* the files stay as they are; those that *texts* stand for
    always do. Raises UsageError as `run` does.
    """
    return deeply(lambda: _mend(Run(paths, overrides, texts or {}), unsafe, write, progress))


def _mend(run: Run, unsafe: bool, write: bool, progress: Progress | None) -> Mending:
    """Mend one service after the other; a file that cannot be written is a problem."""
    tried = tuple(Applicability) if unsafe else (Applicability.SAFE,)
    mended: list[Mended] = []
    refused: list[Refusal] = []
    with resting_collector():
        reports = run.reports(run.discovery.services, progress)
        for index, files in enumerate(run.discovery.services):
            if any(f.fix and f.fix.applicability in tried for f in reports[index].findings):
                done, no, problems, last = _mend_service(run, files, reports[index], tried, write)
                mended += done
                refused += no
                problems = [*last.problems, *problems]
                reports[index] = msgspec.structs.replace(last, problems=tuple(problems))
    return Mending(run.merge(reports), tuple(mended), tuple(refused))


def _mend_service(
    run: Run, files: ServiceFiles, first: Report, tried: Sequence[Applicability], write: bool
) -> tuple[list[Mended], list[Refusal], list[Problem], Report]:
    """Mend one service about which *first* has been said; the last is what remains to say."""
    whole = msgspec.structs.replace(files, reported=files.files)

    all_named = set(files.reported) == set(files.files)
    known: dict[tuple[tuple[str, str], ...], Report] = {(): first} if all_named else {}

    def judged(texts: Mapping[str, str]) -> Report:
        key = tuple(sorted(texts.items()))
        if key not in known:
            known[key] = run.judge(whole, texts)
        return known[key]

    def judge(texts: Mapping[str, str], codes: frozenset[str] | None = None) -> Verdict:
        report = judged(texts) if codes is None else run.judge(whole, texts, codes=codes)
        faults = (f"{p.path}: {p.code or ''} {p.message}" for p in report.problems)
        return Verdict(report.findings, report.sources, frozenset(faults))

    service = run.load(files, {}).service
    own = frozenset(module.name.partition(".")[0] for module in service.modules)
    outcome = mend_service(judge, {str(path) for path in files.reported}, tried, objection, own)
    refused = [Refusal(finding, reason) for finding, reason in outcome.refused]
    mended: list[Mended] = []
    problems: list[Problem] = []
    for path, before in outcome.before.items():
        one = Mended(path, before, outcome.after[path], outcome.mended[path])
        try:
            if write and path not in run.texts:
                save(path, one.before, one.after)
        except ChangedError as error:
            refused += (Refusal(finding, str(error)) for finding in one.findings)
        except OSError as error:
            reason = error.strerror or str(error)
            problems.append(Problem(path, f"cannot be written: {reason}"))
        else:
            mended.append(one)
    texts = {one.path: one.after for one in mended}
    last = first
    if mended:
        last = judged(texts) if all_named else run.judge(files, texts)
    return mended, refused, problems, last
