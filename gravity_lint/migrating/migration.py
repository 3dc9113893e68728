"""Bringing services over to structlog: configured, required, and every call that can go along."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.errors import Problem
from gravity_lint.fixing.saving import ChangedError, save
from gravity_lint.migrating.requirements import require
from gravity_lint.migrating.setup import set_up
from gravity_lint.model.logs.home import (
    UNCERTAIN,
    configures_structlog,
    goes_through_logging,
    is_at_home,
    is_library,
)
from gravity_lint.running.mending import mend
from gravity_lint.running.outcome import Mended, Mending, Overrides
from gravity_lint.running.run import resting_collector
from gravity_lint.running.runs import Run
from gravity_lint.sources.depth import deeply
from gravity_lint.sources.writing import replace

STEPS: Final = Overrides(select=("GRV901", "GRV903", "GRV904", "GRV905", "GRV908", "GRV001"))
"""The rules whose fixes make the step: the logger first, then what is said through it.

The last clears away the comments that suppressed what is mended along the way.
"""
_SWAP = "GRV901"
_VERSION = ">=24.1"
_SHARED = "nothing here makes an application; whoever imports its loggers decides"


class Migration(msgspec.Struct, frozen=True):
    """What was done, or would be.

    *files* are new or changed, *new* are the paths of those that were not there. *mending* tells
    of the calls and of what is left, *notes* what is to be done by hand.
    """

    files: tuple[Mended, ...]
    mending: Mending
    new: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def migrate(paths: Sequence[Path], *, write: bool = True) -> Migration:
    """Bring the services below *paths* over to structlog; without *write* only say what would be.

    Raises UsageError as `run` does.
    """
    return deeply(lambda: _migrate(paths, write))


def _migrate(paths: Sequence[Path], write: bool) -> Migration:
    run = Run(paths, STEPS, {})
    steps: dict[Path, _Step] = {}
    before: dict[str, str] = {}
    with resting_collector():
        for files in run.discovery.services:
            steps[files.root] = _prepared(run, files)
    _check_view(run, steps)
    for step in steps.values():
        before |= step.before
    texts = {path: text for step in steps.values() for path, text in step.code.items()}
    staying = {os.path.join(root, ""): step.stays for root, step in steps.items()}
    mending = _of_others(mend(paths, STEPS, unsafe=True, write=False, texts=texts), staying)
    required = {path: text for step in steps.values() for path, text in step.required.items()}
    after = {str(path): text for path, text in {**texts, **required}.items()}
    for mended in mending.mended:
        before.setdefault(mended.path, mended.before)
        after[mended.path] = mended.after
    findings = {mended.path: mended.findings for mended in mending.mended}
    changes = [
        Mended(path, before.get(path, _old(path)), text, findings.get(path, ()))
        for path, text in sorted(after.items())
    ]
    new = frozenset(path for path in after if not Path(path).exists())
    problems = _written(changes) if write else []
    if problems:
        report = msgspec.structs.replace(
            mending.report, problems=(*mending.report.problems, *problems)
        )
        mending = msgspec.structs.replace(mending, report=report)
    notes = (f"{root.name}: {note}" for root, step in steps.items() for note in step.notes)
    return Migration(tuple(changes), mending, new, tuple(notes))


class _Step(msgspec.Struct, frozen=True):
    """What makes structlog at home in one service: *code* and what it *required*, by path.

    *before* are the texts that the code takes the place of, *notes* say what is left to do.
    Where the service cannot go over, *stays* says why.
    """

    code: Mapping[Path, str] = {}
    required: Mapping[Path, str] = {}
    before: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()
    stays: str | None = None


def _check_view(run: Run, steps: dict[Path, _Step]) -> None:
    """Let those services stay whose new module no run would see.

    For the rules its loggers would still be configured by nobody.
    """
    texts = {path: text for step in steps.values() for path, text in step.code.items()}
    seen = {x for files in run.again(texts).discovery.services for x in files.files}
    for root, step in steps.items():
        for path in step.code:
            if path not in seen:
                name = path.relative_to(root).as_posix()
                stays = (
                    f"'exclude' or a .gitignore leaves out {name}, where structlog would be"
                    " configured"
                )
                steps[root] = _Step(notes=(stays,), stays=stays)
                break


def _of_others(mending: Mending, staying: Mapping[str, str | None]) -> Mending:
    """Return *mending* without the files of services that do not go over.

    *staying* says why, by root; None: it does. A service may lie below another one.
    """
    inward = sorted(staying, key=len, reverse=True)

    def reason(path: str) -> str | None:
        return next((staying[root] for root in inward if path.startswith(root)), None)

    findings = tuple(
        x if (why := reason(x.path)) is None else msgspec.structs.replace(x, fix=None, withheld=why)
        for x in mending.report.findings
    )
    return msgspec.structs.replace(
        mending,
        mended=tuple(x for x in mending.mended if reason(x.path) is None),
        refused=tuple(x for x in mending.refused if reason(x.finding.path) is None),
        report=msgspec.structs.replace(mending.report, findings=findings),
    )


def _prepared(run: Run, files: ServiceFiles) -> _Step:
    """Return what makes structlog at home in a service.

    Nothing where no logger of the standard library is to be replaced.
    """
    report = run.judge(files, {})
    if not any(finding.code == _SWAP for finding in report.findings):
        return _Step()
    loaded = run.load(files, {})
    service = loaded.service
    if is_library(service):
        return _Step(notes=(_SHARED,), stays=_SHARED)
    notes: tuple[str, ...] = ()
    code: Mapping[Path, str] = {}
    if not configures_structlog(service):
        setup = set_up(service, loaded.texts)
        if not setup.texts and not is_at_home(service):
            return _Step(notes=setup.notes, stays=setup.notes[0])
        code, notes = setup.texts, setup.notes
    elif not is_at_home(service):
        return _Step(notes=(UNCERTAIN,), stays=UNCERTAIN)
    elif not goes_through_logging(service):
        notes = ("structlog is configured to write past `logging`; that stays as it is",)
    required: Mapping[Path, str] = {}
    if service.distribution.requires("structlog") is not True:
        stated = require(files.root, service.distribution.files, "structlog", _VERSION)
        required = stated.texts
        notes += stated.notes
    before = {str(x): loaded.texts[str(x)] for x in code if str(x) in loaded.texts}
    return _Step(code, required, before, notes)


def _old(path: str) -> str:
    try:
        return Path(path).read_bytes().decode("utf-8")
    except (OSError, ValueError):
        return ""


def _written(changes: Sequence[Mended]) -> list[Problem]:
    """Write the files, each in one step; a file that cannot be written is a problem."""
    problems = []
    for change in changes:
        path = Path(change.path)
        try:
            if path.exists():
                save(change.path, change.before, change.after)
            else:
                replace(path, change.after.encode("utf-8"))
        except ChangedError as error:
            problems.append(Problem(change.path, str(error)))
        except OSError as error:
            reason = error.strerror or str(error)
            problems.append(Problem(change.path, f"cannot be written: {reason}"))
    return problems
