"""From the files of a service to the linked service: read, parse, extract, link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from gravity_lint.discovery.distribution import Distributions
from gravity_lint.discovery.pytest_configuration import PytestConfigurations
from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.errors import UsageError
from gravity_lint.facts import ModuleFacts
from gravity_lint.facts.extract import extract
from gravity_lint.model import Service
from gravity_lint.sources.source import Source, from_text, read


class Loaded(msgspec.Struct, frozen=True):
    """A linked service, and the texts of its files by absolute path.

    *problems* are the files that could not be read, with the reason.
    """

    files: ServiceFiles
    service: Service
    texts: dict[str, str]
    problems: tuple[tuple[str, str], ...]


class Loader:
    """Loads services, and remembers the facts of files whose text has not changed.

    Trees are not kept: they take several times the room of the facts.
    """

    def __init__(self) -> None:
        self._read: dict[str, tuple[str, ModuleFacts]] = {}
        self._given: dict[str, tuple[str, ModuleFacts]] = {}
        self._pytest = PytestConfigurations()
        self._distributions = Distributions()

    def load(
        self,
        files: ServiceFiles,
        texts: Mapping[str, str] | None = None,
        progress: Callable[[], None] | None = None,
    ) -> Loaded:
        """Return the service of *files*; *texts* (by absolute path) take the place of the disk's.

        *progress* is called once per file.
        """
        facts: dict[str, ModuleFacts] = {}
        kept: dict[str, str] = {}
        problems: list[tuple[str, str]] = []
        for path in files.files:
            name = str(path)
            try:
                text, found = self._facts(path, None if texts is None else texts.get(name))
            except UsageError as error:
                problems.append((name, str(error).removeprefix(f"{name}: ")))
            else:
                kept[name] = text
                facts[path.relative_to(files.root).as_posix()] = found
            if progress is not None:
                progress()
        service = Service(
            str(files.root),
            facts,
            files.configuration.settings,
            self._pytest.of(files.root, files.files),
            self._distributions.of(files.root),
        )
        return Loaded(files, service, kept, tuple(problems))

    def _facts(self, path: Path, text: str | None) -> tuple[str, ModuleFacts]:
        name = str(path)
        read_before, given_before = self._read.get(name), self._given.get(name)
        if read_before is not None and text in (None, read_before[0]):
            return read_before
        if text is None:
            self._read[name] = _extracted(read(path))
            return self._read[name]
        if given_before is None or given_before[0] != text:
            self._given[name] = _extracted(from_text(path, text))
        return self._given[name]


def _extracted(source: Source) -> tuple[str, ModuleFacts]:
    return source.text, extract(source)
