"""The means of a run: what it may keep for the next one, and how many processes it may use."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gravity_lint.running.cache import Caches, usual_directory
from gravity_lint.running.fingerprint import fingerprint, own_fingerprint
from gravity_lint.running.outcome import Overrides
from gravity_lint.running.past_run import PastRun

if TYPE_CHECKING:
    from gravity_lint.discovery.services import ServiceFiles
    from gravity_lint.running.cases import Gatherer
    from gravity_lint.running.verdicts import Verdicts

_WORTH_WHILE = 300
"""The number of files from which on a second process pays for its start."""


class Means(msgspec.Struct, frozen=True):
    """How a run may go about its work; none of it changes what it finds.

    *keep*: verdicts and facts are kept from run to run, in *directory* or beside each repository.
    *jobs* is the number of processes; None: as many as pay. *executor* is the address of a cluster.
    *parting*: the process ends with the run, and need not put away what it has worked with.
    """

    keep: bool = False
    directory: Path | None = None
    jobs: int | None = 1
    executor: str | None = None
    parting: bool = False

    @classmethod
    def usual(cls) -> Means:
        """Return the means of a run of which nothing else was said."""
        return cls(keep=True, directory=usual_directory(), jobs=None)

    def processes(self, services: Sequence[ServiceFiles]) -> int:
        """Return how many processes judge *services*; 1: this one."""
        if self.jobs is not None:
            return max(1, min(self.jobs, len(services)))
        if len(services) < 2:
            return 1
        files = sum(len(files.files) for files in services)
        if files < _WORTH_WHILE or not forks():
            return 1
        return min(_processors(), len(services), files * 2 // _WORTH_WHILE)

    def caches(self) -> Caches | None:
        """Return where things are kept between runs, if they are."""
        return Caches(self.directory) if self.keep else None

    def past_run(
        self, paths: Sequence[Path], overrides: Overrides, caches: Caches | None
    ) -> PastRun | None:
        """Return the earlier run that was asked the same, if any are kept."""
        if caches is None or not paths:
            return None
        return PastRun(paths, overrides, own_fingerprint(), caches)

    def verdicts(
        self,
        gatherer: Gatherer,
        overrides: Overrides,
        services: Sequence[ServiceFiles],
        caches: Caches | None,
    ) -> Verdicts | None:
        """Return the verdicts of earlier runs on *services*, if any are kept."""
        if caches is None:
            return None
        from gravity_lint.running.verdicts import Verdicts

        linted = [files.root for files in services]
        named = {pack for files in services for pack in files.configuration.settings.rule_packs}
        return Verdicts(gatherer, overrides, fingerprint(sorted(named), linted), caches)


def forks() -> bool:
    """Tell whether processes can be forked here: only from a main thread that is alone."""
    import threading  # where nothing has to be judged, nobody asks

    return (
        sys.platform == "linux"
        and threading.current_thread() is threading.main_thread()
        and threading.active_count() == 1
    )


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
