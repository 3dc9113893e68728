"""What is known of an editor's folders: their services as they stand, and what is said of them.

Everything here is done in the thread of the desk; that of the protocol only notes what has changed.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.errors import Problem, UsageError
from gravity_lint.findings.finding import Finding
from gravity_lint.findings.severities import Applicability
from gravity_lint.fixing.mending import Outcome
from gravity_lint.hosts.server.documents import Documents
from gravity_lint.model import Module, Service
from gravity_lint.rule import Rule
from gravity_lint.running.means import Means
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.phases import Progress
from gravity_lint.running.standing import Standing

_LARGE = 100
"""The number of files from which on the open ones of a service are judged before the others.

That costs little: what both have to find out is found out once."""
_LOOSE = ""
"""Stands for the open files that lie in no folder."""


class Stand(msgspec.Struct, frozen=True):
    """What is to be said about *files* (absolute paths); *complete*: nothing waits to be judged.

    *folder* is the one that the editor has opened, empty for files that lie in none.
    """

    folder: str
    files: frozenset[str]
    report: Report
    complete: bool


class _Folder:
    """One folder, its services, and the last verdict on each, with the key that it owes to."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.verdicts: dict[Path, tuple[bytes, Report]] = {}
        self.stale: set[Path] = set()
        self._owners: dict[str, ServiceFiles] = {}

    def look(self, texts: Mapping[str, str]) -> None:
        """Look at the disk anew, and note whose verdict no longer holds."""
        self.standing.look(texts)
        self.compare(texts)

    def compare(self, texts: Mapping[str, str]) -> None:
        """Note whose verdict no longer holds, and which file belongs to whom."""
        services = self.services
        self._owners = {str(path): files for files in services.values() for path in files.files}
        self.verdicts = {root: row for root, row in self.verdicts.items() if root in services}
        self.stale = {
            root
            for root, files in services.items()
            if root not in self.verdicts
            or self.verdicts[root][0] != self.standing.key(files, texts)
        }

    @property
    def services(self) -> dict[Path, ServiceFiles]:
        """The services by root."""
        return {files.root: files for files in self.standing.discovery.services}

    def owner(self, path: str) -> ServiceFiles | None:
        """Return the service to which the file at *path* belongs."""
        return self._owners.get(path)

    def take(self, files: ServiceFiles, texts: Mapping[str, str], report: Report) -> None:
        """Take *report* for the verdict on *files*, in which *texts* hold."""
        self.verdicts[files.root] = self.standing.key(files, texts), report
        self.stale.discard(files.root)

    def stand(self, name: str) -> Stand:
        """Return what is to be said of the services that were judged."""
        about = [files for root, files in self.services.items() if root not in self.stale]
        reports = [report for _, report in self.verdicts.values()]
        spoken = frozenset(str(path) for files in about for path in files.reported)
        return self._stand(name, spoken, reports, complete=not self.stale)

    def partly(self, name: str, files: Collection[str], report: Report) -> Stand:
        """Return what is to be said of some *files* of one service, about which *report* is."""
        return self._stand(name, frozenset(files), [report], complete=False)

    def _stand(
        self, name: str, files: frozenset[str], reports: list[Report], *, complete: bool
    ) -> Stand:
        if not complete:  # what hangs on all services is not known yet
            reports = [msgspec.structs.replace(report, open=()) for report in reports]
        try:
            report = self.standing.merged(reports)
        except UsageError as error:  # a baseline that is gone, say: the gate says no more, either
            report, files = Report(problems=(Problem(name, str(error)),)), frozenset()
        return Stand(name, files, report, complete)


class Session:
    """The services around the documents, judged as they stand in the editor."""

    def __init__(self, documents: Documents, overrides: Overrides) -> None:
        self._documents = documents
        self._overrides = msgspec.structs.replace(overrides, forgiving=True)
        self._folders: dict[str, _Folder] = {}
        self._named: tuple[str, ...] = ()
        self._news = 1
        """How often something may have changed on disk; counted by the thread of the protocol."""
        self._seen = 0
        self._touched: deque[str] = deque()
        self._strays: set[str] = set()
        self._failures: dict[str, str] = {}
        self.directories: frozenset[str] = frozenset()
        """Where files of services lie, and all above in the folders; any thread may read it."""

    @property
    def folders(self) -> frozenset[str]:
        """The folders of which something is said, under the names of `Stand`."""
        return frozenset((*self._folders, *self._failures))

    def name(self, folders: Collection[str]) -> None:
        """Take *folders*, by absolute path, for those that the editor has open."""
        real = {os.path.realpath(folder) for folder in folders}
        # What lies in another folder is judged with that.
        self._named = tuple(x for x in sorted(real) if not any(_below(x, y) for y in real))
        self._seen = 0

    def touch(self, path: str) -> None:
        """Note that the text of the file at *path* has changed in the editor."""
        if path.endswith(".py"):
            self._touched.append(path)

    def outdate(self) -> None:
        """Note that something may have changed on disk."""
        self._news += 1

    def settle(self, progress: Progress) -> Iterator[Stand]:
        """Judge what has changed, and yield what is to be said, that of open files first.

        *progress* is called in between; what it raises ends the work, which the next call takes up.
        """
        self.look()
        for failed, message in self._failures.items():
            problem = Problem(failed, message)
            yield Stand(failed, frozenset(), Report(problems=(problem,)), complete=True)
        texts = self._documents.texts()
        for name, folder in self._folders.items():
            services = folder.services
            stale = len(folder.stale)
            for root in sorted(folder.stale):
                files = services[root]
                if texts.keys().isdisjoint(map(str, files.files)):
                    report = folder.standing.recalled(files)
                    if report is not None:
                        folder.take(files, texts, report)
            if not folder.stale or len(folder.stale) < stale:
                yield folder.stand(name)
            yield from self._judge(name, folder, texts, progress)

    def _judge(
        self, name: str, folder: _Folder, texts: Mapping[str, str], progress: Progress
    ) -> Iterator[Stand]:
        rows: list[tuple[ServiceFiles, frozenset[str]]] = []
        for files in sorted((folder.services[root] for root in folder.stale), key=self._rank):
            opened = self._documents.paths.intersection(map(str, files.reported))
            if opened and len(files.files) >= _LARGE:
                rows.append((files, opened))
            rows.append((files, frozenset()))
        total, done = sum(len(files.files) for files, _ in rows), 0
        for files, opened in rows:
            part = _share_of(progress, done / total, len(files.files) / total)
            done += len(files.files)
            if opened:
                report = folder.standing.judged(files, texts, part, opened)
                yield folder.partly(name, opened, report)
            else:
                folder.take(files, texts, folder.standing.judged(files, texts, part))
                yield folder.stand(name)

    def _rank(self, files: ServiceFiles) -> tuple[bool, int, str]:
        """Return the key by which services are judged: those with open files first, small ones."""
        opened = not self._documents.paths.isdisjoint(map(str, files.files))
        return (not opened, len(files.files), str(files.root))

    # -- what there is ------------------------------------------------------------------------

    def look(self) -> None:
        """Find out what there is, as far as that may have changed, and what is stale."""
        touched: set[str] = set()
        while self._touched:
            touched.add(self._touched.popleft())
        loose = self._loose()
        known = self._folders.get(_LOOSE)
        missing = any(path not in self._strays and self._found(path) is None for path in touched)
        if self._seen != self._news or missing or loose != (known.standing.paths if known else ()):
            self._look_at_disk(loose)
        for path in touched:
            found = self._found(path)
            if found is None:
                self._strays.add(path)
            else:
                found[0].stale.add(found[1].root)

    def _look_at_disk(self, loose: tuple[Path, ...]) -> None:
        news, self._seen = self._news, 0  # until all has been seen
        self._documents.compare()
        texts = self._documents.texts()
        paths: dict[str, tuple[Path, ...]] = {name: (Path(name),) for name in self._named}
        if loose:
            paths[_LOOSE] = loose
        self._failures.clear()
        folders: dict[str, _Folder] = {}
        for name, wanted in paths.items():
            folder = self._folders.get(name)
            try:
                if folder is None or folder.standing.paths != wanted:
                    folder = _Folder(Standing(wanted, self._overrides, Means.usual(), texts))
                    folder.compare(texts)
                else:
                    folder.look(texts)
            except UsageError as error:
                self._failures[name] = str(error)
            else:
                folders[name] = folder
        self._folders = folders
        self.directories = frozenset(_directories(folders))
        self._strays.clear()
        self._seen = news

    def _loose(self) -> tuple[Path, ...]:
        """Return the open Python files that lie in no folder."""
        named = self._named
        return tuple(
            Path(path)
            for path in sorted(self._documents.paths)
            if path.endswith(".py") and not any(_below(path, folder) for folder in named)
        )

    def _found(self, path: str) -> tuple[_Folder, ServiceFiles] | None:
        """Return the folder and the service in which the file at *path* lies."""
        for folder in self._folders.values():
            files = folder.owner(path)
            if files is not None:
                return folder, files
        return None

    # -- what is asked of it ------------------------------------------------------------------

    def findings(self, path: str, progress: Progress) -> tuple[Finding, ...]:
        """Return what is to be said about the file at *path* as it stands now."""
        self.look()
        found = self._found(path)
        if found is None:
            return ()
        folder, files = found
        if files.root in folder.stale:
            texts = self._documents.texts()
            folder.take(files, texts, folder.standing.judged(files, texts, progress))
        return tuple(x for x in folder.stand("").report.findings if x.path == path)

    def rules(self, path: str) -> Sequence[Rule[Any]]:
        """Return the rules that are asked about the file at *path*."""
        self.look()
        found = self._found(path)
        return () if found is None else found[0].standing.rules(found[1])

    def module(self, path: str) -> Module | None:
        """Return the file at *path* in its linked service, as it stands in the editor."""
        self.look()
        found = self._found(path)
        if found is None:
            return None
        folder, files = found
        service = folder.standing.loaded(files, self._documents.texts()).service
        return next((module for module in service.modules if module.path == path), None)

    def mended(
        self,
        path: str,
        applicabilities: Collection[Applicability],
        wanted: Finding | None,
        progress: Progress,
    ) -> Outcome | None:
        """Try fixes in the file at *path* on its service (see `Standing.mended`)."""
        self.look()
        found = self._found(path)
        if found is None:
            return None
        folder, files = found
        texts = self._documents.texts()
        return folder.standing.mended(files, texts, path, applicabilities, wanted, progress)

    def services(self) -> Iterator[Service]:
        """Yield all services, linked."""
        self.look()
        texts = self._documents.texts()
        for folder in self._folders.values():
            for files in folder.standing.discovery.services:
                yield folder.standing.loaded(files, texts).service


def _directories(folders: Mapping[str, _Folder]) -> Iterator[str]:
    """Yield the directories between each folder and the files of its services, both included."""
    for name, folder in folders.items():
        yield name
        for directory in {path.parent for x in folder.services.values() for path in x.files}:
            yield str(directory)
            yield from (above for x in directory.parents if _below(above := str(x), name))


def _share_of(progress: Progress, begun: float, share: float) -> Progress:
    """Return what tells *progress* of a part that begins at *begun* and is so much of the whole."""
    return lambda phase, done: progress(phase, begun + share * done)


def _below(path: str, folder: str) -> bool:
    return path.startswith(os.path.join(folder, ""))
