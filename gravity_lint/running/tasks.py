"""Cases on their way to another process, and what comes back: plain data in both directions."""

from __future__ import annotations

import os
import sys

import msgspec

from gravity_lint import __version__
from gravity_lint.configuration.files import Configuration
from gravity_lint.errors import Problem
from gravity_lint.running.bench import Bench
from gravity_lint.running.cases import Case, Gatherer
from gravity_lint.running.kept_facts import KeptFacts
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.phases import Phases
from gravity_lint.sources.depth import deeply


class Task(msgspec.Struct, frozen=True):
    """A case, and how it is to be judged; *facts* are those kept of its files, if any are kept."""

    case: Case
    layers: tuple[Configuration, ...]
    overrides: Overrides
    suppress: bool
    keeps: bool = False
    facts: bytes | None = None
    version: tuple[str, str] = (__version__, ".".join(map(str, sys.version_info[:2])))

    @property
    def size(self) -> int:
        """How many bytes there are to judge."""
        return sum(map(len, self.case.contents.values()))


class Done(msgspec.Struct, frozen=True):
    """What was found, without the texts; *facts* are to be kept, None: there are no new ones."""

    report: Report
    facts: bytes | None = None


def perform(
    task: Task, bench: Bench | None = None, phases: Phases | None = None, *, last: bool = False
) -> Done:
    """Judge the case of *task*, at *bench* if there is one already; *last* as in its `dispatch`."""
    here = Task.__struct_defaults__[-1]
    if task.version != here:
        raise RuntimeError(f"gravity-lint and Python there are {here}, here {task.version}")
    place = bench or Bench(task.overrides, Gatherer())
    return deeply(lambda: _perform(task, place, phases, last))


def _perform(task: Task, bench: Bench, phases: Phases | None, last: bool) -> Done:
    kept = KeptFacts(task.facts) if task.keeps else None
    report = bench.dispatch(
        task.case, task.layers, phases, suppress=task.suppress, kept=kept, last=last
    )
    facts = kept.encoded() if kept is not None and kept.has_news else None
    return Done(msgspec.structs.replace(report, sources={}), facts)


def lost(task: Task, reason: str) -> Done:
    """Return what stands in for the report on a case whose process has failed, and why."""
    root = os.fspath(task.case.files.root)
    return Done(Report(services=1, problems=(Problem(root, f"not judged: {reason}"),)))
