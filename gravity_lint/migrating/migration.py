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
    texts: dict[Path, str] = {}
    required: dict[Path, str] = {}
    notes: list[str] = []
    staying: list[str] = []
    before: dict[str, str] = {}
    with resting_collector():
        for files in run.discovery.services:
            prepared = _prepared(run, files, before)
            if prepared is None:
                staying.append(f"{files.root}{os.sep}")
                notes.append(f"{files.root.name}: {_SHARED}")
                continue
            code, stated, said = prepared
            texts |= code
            required |= stated
            notes += (f"{files.root.name}: {note}" for note in said)
    mending = _of_others(mend(paths, STEPS, unsafe=True, write=False, texts=texts), staying)
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
    return Migration(tuple(changes), mending, new, tuple(notes))


def _of_others(mending: Mending, staying: Sequence[str]) -> Mending:
    """Return *mending* without the files below *staying*: their services do not go over."""
    mended = tuple(x for x in mending.mended if not x.path.startswith(tuple(staying)))
    return msgspec.structs.replace(mending, mended=mended)


def _prepared(
    run: Run, files: ServiceFiles, before: dict[str, str]
) -> tuple[Mapping[Path, str], Mapping[Path, str], Sequence[str]] | None:
    """Return what makes structlog at home in a service: code and requirements by path, and notes.

    Nothing where no logger of the standard library is to be replaced; None where the service
    cannot go over.
    """
    report = run.judge(files, {})
    if not any(finding.code == _SWAP for finding in report.findings):
        return {}, {}, ()
    loaded = run.load(files, {})
    service = loaded.service
    if is_library(service):
        return None
    notes: list[str] = []
    code: dict[Path, str] = {}
    if not configures_structlog(service):
        setup = set_up(service, loaded.texts)
        code = setup.texts
        notes += setup.notes
        before.update({str(p): loaded.texts[str(p)] for p in code if str(p) in loaded.texts})
    elif not goes_through_logging(service):
        notes.append("structlog is configured to write past `logging`; that stays as it is")
    required: Mapping[Path, str] = {}
    if service.distribution.requires("structlog") is not True and (code or is_at_home(service)):
        stated = require(files.root, service.distribution.files, "structlog", _VERSION)
        required = stated.texts
        notes += stated.notes
    return code, required, notes


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
