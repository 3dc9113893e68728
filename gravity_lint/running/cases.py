"""One service as it lies before the rules: all that a verdict on it depends on, gathered."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from gravity_lint.discovery.distribution import Distribution, Distributions
from gravity_lint.discovery.pytest_configuration import PytestConfiguration, PytestConfigurations
from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.discovery.unseen import Unseen, unseen
from gravity_lint.sources.digests import digest
from gravity_lint.sources.source import decoded
from gravity_lint.sources.surroundings import Surroundings


class Circumstances(msgspec.Struct, frozen=True):
    """What is known of a service besides its Python files and its configuration."""

    pytest: PytestConfiguration = PytestConfiguration()
    distribution: Distribution = Distribution()
    unseen: Unseen = Unseen()


class Texts(Mapping[str, str]):
    """Texts of files by absolute path, decoded when they are asked for."""

    def __init__(self, contents: Mapping[str, bytes | str]) -> None:
        self._contents = contents

    def __getitem__(self, path: str) -> str:
        content = self._contents[path]
        return content if isinstance(content, str) else decoded(content)

    def __iter__(self) -> Iterator[str]:
        return iter(self._contents)

    def __len__(self) -> int:
        return len(self._contents)

    def only(self, paths: Iterable[str]) -> Texts:
        """Return those of *paths* that are there."""
        return Texts({path: self._contents[path] for path in paths if path in self._contents})


class Case(msgspec.Struct, frozen=True):
    """A service with the contents of its files by absolute path.

    Of a file that is much too large there is only the beginning.

    A content is what the disk holds, or the text that takes its place. *problems*
    are the files that could not be read, with the reason.
    """

    files: ServiceFiles
    contents: Mapping[str, bytes | str]
    problems: tuple[tuple[str, str], ...]
    circumstances: Circumstances

    @property
    def texts(self) -> Texts:
        """The contents as text."""
        return Texts(self.contents)

    def digests(self) -> list[tuple[str, bytes]]:
        """Return a digest of each content, by path, in the order of the files."""
        return [(path, digest_of(content)) for path, content in self.contents.items()]


def digest_of(content: bytes | str) -> bytes:
    """Return the digest of what a file holds; a text given in its place has one of its own."""
    if isinstance(content, str):
        return digest(content.encode("utf-8", "surrogatepass"), key=b"text")
    return digest(content)


class Gatherer:
    """Gathers cases; what lies around several services is looked at once."""

    def __init__(self, around: Surroundings | None = None) -> None:
        """*around* is what the services and what lies around them are seen through."""
        self.surroundings = around or Surroundings()
        self._pytest = PytestConfigurations(self.surroundings)
        self._distributions = Distributions(self.surroundings)
        self._read: dict[str, bytes] = {}

    def gather(
        self,
        files: ServiceFiles,
        texts: Mapping[str, str],
        circumstances: Circumstances | None = None,
    ) -> Case:
        """Return the case of *files*; *texts* (by absolute path) take the place of the disk's."""
        contents: dict[str, bytes | str] = {}
        problems: list[tuple[str, str]] = []
        for path in files.files:
            name = os.fspath(path)
            if name in texts:
                contents[name] = texts[name]
                continue
            try:
                contents[name] = self._content(name)
            except OSError as error:
                problems.append((name, f"cannot be read: {error.strerror or error}"))
        if circumstances is None:
            circumstances = self.look_around(files)
        return Case(files, contents, tuple(problems), circumstances)

    def look_around(self, files: ServiceFiles) -> Circumstances:
        """Return what is known of the service besides its files."""
        return self.surroundings.once(
            ("circumstances", files.root, files.files),
            lambda: Circumstances(
                self._pytest.of(files.root, files.files),
                self._distributions.of(files.root),
                unseen(files.root, files.files, self.surroundings),
            ),
        )

    def forget(self, case: Case) -> None:
        """Forget the contents of a service of which nobody will ask again."""
        for path in case.contents:
            self._read.pop(path, None)

    def _content(self, path: str) -> bytes:
        if path not in self._read:
            self._read[path] = self.surroundings.code(path)
        return self._read[path]
