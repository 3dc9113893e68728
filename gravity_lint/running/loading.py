"""From the files of a service to the linked service: read, parse, extract, link."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from gravity_lint.discovery.places import relative
from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.facts import ModuleFacts
from gravity_lint.facts.extract import extract
from gravity_lint.model import Service
from gravity_lint.running.cases import Case, Gatherer, Texts
from gravity_lint.running.kept_facts import KeptFacts
from gravity_lint.sources.source import from_bytes, from_text

_UNREAD = ModuleFacts(unread=True)


class Loaded(msgspec.Struct, frozen=True):
    """A linked service, and the texts of its files by absolute path.

    *problems* are the files that could not be read, with the reason.
    """

    files: ServiceFiles
    service: Service
    texts: Texts
    problems: tuple[tuple[str, str], ...]


class Loader:
    """Loads services, and remembers the facts of files whose content has not changed.

    Trees are not kept: they take several times the room of the facts.
    """

    def __init__(self, gatherer: Gatherer | None = None, former: Loader | None = None) -> None:
        """*former* has loaded some of the files before."""
        self._gatherer = gatherer or Gatherer()
        self._read: dict[str, tuple[bytes | str, ModuleFacts]] = {}
        self._given: dict[str, tuple[bytes | str, ModuleFacts]] = {}
        if former is not None:
            self._read, self._given = former._read, former._given

    def load(
        self,
        files: ServiceFiles,
        texts: Mapping[str, str] | None = None,
        progress: Callable[[], None] | None = None,
    ) -> Loaded:
        """Return the service of *files*; *texts* (by absolute path) take the place of the disk's.

        *progress* is called once per file.
        """
        return self.link(self._gatherer.gather(files, texts or {}), progress)

    def link(
        self,
        case: Case,
        progress: Callable[[], None] | None = None,
        kept: KeptFacts | None = None,
        former: Loaded | None = None,
    ) -> Loaded:
        """Return the service of *case*; facts that were *kept* are taken from there.

        *former* is the same service as it was, which is taken apart.
        """
        files, facts = case.files, dict[str, ModuleFacts]()
        root = str(files.root)
        for path in files.files:
            content = case.contents.get(str(path))
            if content is not None:
                unread = len(content) > files.configuration.settings.max_file_size
                found = _UNREAD if unread else self._facts(path, content, kept)
                facts[relative(str(path), root)] = found
            if progress is not None:
                progress()
        service = Service(
            str(files.root),
            facts,
            files.configuration.settings,
            case.circumstances.pytest,
            case.circumstances.distribution,
            case.circumstances.unseen,
            None if former is None else former.service,
        )
        return Loaded(files, service, case.texts, case.problems)

    def moved(self, here: Path, there: Path) -> Loader:
        """Return a loader for files below *there* that knows the facts of those below *here*.

        They are taken for a file at the same place with the same content.
        """
        found = Loader(self._gatherer)
        prefix = f"{here}{os.sep}"
        for name, known in self._read.items():
            if name.startswith(prefix):
                found._read[f"{there}{os.sep}{name.removeprefix(prefix)}"] = known
        return found

    def forget(self, case: Case) -> None:
        """Forget the facts of a service of which nobody will ask again."""
        for path in case.contents:
            self._read.pop(path, None)
            self._given.pop(path, None)

    def _facts(
        self,
        path: Path,
        content: bytes | str,
        kept: KeptFacts | None,
    ) -> ModuleFacts:
        name = str(path)
        known = self._given if isinstance(content, str) else self._read
        before = known.get(name)
        if before is not None and before[0] == content:
            return before[1]
        found = kept.get(content) if kept is not None else None
        if found is None:
            source = (
                from_text(path, content) if isinstance(content, str) else from_bytes(path, content)
            )
            found = extract(source)
            if kept is not None:
                kept.add(content, found)
        known[name] = (content, found)
        return found
