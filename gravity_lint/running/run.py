"""A whole run: what the command line and other programs call.

Everything that a run decides is a function of the files' content, the configuration and the
command line. What is kept from earlier runs, and how many processes there are, never changes it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from gravity_lint.running.means import Means
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.phases import Progress
from gravity_lint.sources.surroundings import Sight


def run(
    paths: Sequence[Path],
    overrides: Overrides,
    *,
    progress: Progress | None = None,
    texts: Mapping[Path, str] | None = None,
    means: Means = Means(),  # noqa: B008
    noted: dict[str, Sight] | None = None,
) -> Report:
    """Judge the services that *paths* are about, and report on what was named.

    *texts* takes the place of files on disk. *noted* takes up all that the report follows from,
    where that is kept; else it stays empty. Raises UsageError for a path that
    cannot be judged and for a mistake in a configuration.
    """
    with resting_collector():
        caches = means.caches()
        past = means.past_run(paths, overrides, caches) if not texts else None
        known = past.recall() if past is not None else None
        if past is not None and known is not None:
            if noted is not None:
                noted.update(past.noted)
            return known
        from gravity_lint.running.runs import Run  # it loads all that finds and reads services

        if past is None:
            return Run(paths, overrides, texts or {}, means, caches).report(progress)
        with past.around.noting() as seen:
            whole = Run(paths, overrides, {}, means, caches, past.around)
            report = whole.report(progress)
        if whole.may_be_recalled:
            past.remember(report, seen, whole.discovery.services[0].root)
            if noted is not None:
                noted.update(past.noted)
        return report


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
