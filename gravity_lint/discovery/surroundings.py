"""What lies around the code of services: looked at once in a run, and noted for the next one.

Whatever is known of a service besides its Python files is read through here. What was looked at
is noted with what was seen; as long as all of it is still the same, asking again would give the
same answers.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from gravity_lint.sources.digests import digest

T = TypeVar("T")

_SETTLED = 2_000_000_000
"""Nanoseconds after which a change cannot hide behind an earlier one of the same time."""
_LARGEST = 8_000_000
"""Bytes; what is larger was not written by hand, and is not read."""
_NAMES, _CONTENT, _EXISTENCE = "names of ", "content of ", "existence of "


class Sight(msgspec.Struct, frozen=True, array_like=True):
    """What was seen: a *digest* of it, and the *mark* that the file system puts on this state.

    The mark is empty where the state is too young to be known by it.
    """

    mark: tuple[int, ...]
    digest: bytes


class Surroundings:
    """Looks at names and files, at each once, and notes what it was asked for."""

    def __init__(self) -> None:
        self._marks: dict[str, tuple[int, ...]] = {}
        self._seen: dict[str, tuple[Sight, Any]] = {}
        self._done: dict[object, tuple[Any, dict[str, Sight]]] = {}
        self._noted: dict[str, Sight] | None = None

    @contextmanager
    def noting(self) -> Iterator[dict[str, Sight]]:
        """Give a table that takes up all that is looked at meanwhile."""
        noted: dict[str, Sight] = {}
        outer, self._noted = self._noted, noted
        try:
            yield noted
        finally:
            self._noted = outer
            if outer is not None:
                outer.update(noted)

    def once(self, key: object, work: Callable[[], T]) -> T:
        """Return what *work* gives, done once for each *key*; what it looks at is noted anyway."""
        if key not in self._done:
            with self.noting() as noted:
                self._done[key] = work(), noted
        answer, noted = self._done[key]
        if self._noted is not None:
            self._noted.update(noted)
        return answer  # type: ignore[no-any-return]

    def names(self, directory: str | os.PathLike[str]) -> frozenset[str]:
        """Return the names in *directory*; none if it cannot be read."""
        return self._look(_NAMES, os.fspath(directory))  # type: ignore[no-any-return]

    def read(self, file: str | os.PathLike[str]) -> bytes | None:
        """Return what a regular file holds; None if it cannot be read."""
        return self._look(_CONTENT, os.fspath(file))  # type: ignore[no-any-return]

    def text(self, file: str | os.PathLike[str]) -> str:
        """Return the text of *file*, in UTF-8; raises OSError or ValueError where it has none."""
        data = self.read(file)
        if data is None:
            raise FileNotFoundError(file)
        return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")

    def exists(self, place: str | os.PathLike[str]) -> bool:
        """Tell whether there is anything at *place*."""
        return self._look(_EXISTENCE, os.fspath(place))  # type: ignore[no-any-return]

    def upwards(self, root: Path) -> list[Path]:
        """Return *root* and what is above it up to its repository's top, if it lies in one."""
        directories = [root, *root.parents]
        tops = (number for number, x in enumerate(directories) if self.exists(x / ".git"))
        return directories[: next(tops, 0) + 1]

    def still(self, noted: Mapping[str, Sight]) -> bool:
        """Tell whether all that was *noted* is as it was."""
        return all(self._is_still(key, sight) for key, sight in noted.items())

    def _is_still(self, key: str, before: Sight) -> bool:
        kind, place = key[: key.index(" of ") + 4], key[key.index(" of ") + 4 :]
        if before.mark and self._mark(place) == before.mark:
            if self._noted is not None:
                self._noted[key] = before
            return True
        self._look(kind, place)
        return self._seen[key][0].digest == before.digest

    def _look(self, kind: str, place: str) -> Any:
        key = kind + place
        if key not in self._seen:
            self._seen[key] = self._see(kind, place)
        sight, answer = self._seen[key]
        if self._noted is not None:
            self._noted[key] = sight
        return answer

    def _see(self, kind: str, place: str) -> tuple[Sight, Any]:
        mark = self._mark(place)
        if kind == _EXISTENCE:
            return Sight((), b"1" if mark else b""), bool(mark)
        if kind == _NAMES:
            names = _listed(place) if mark else frozenset()
            told = "\0".join(sorted(names)).encode("utf-8", "surrogateescape")
            return Sight(_settled(mark), digest(told)), names
        ordinary = mark and stat.S_ISREG(mark[0]) and mark[1] <= _LARGEST
        data = _content(place) if ordinary else None
        return Sight(_settled(mark), b"" if data is None else digest(data)), data

    def _mark(self, place: str) -> tuple[int, ...]:
        if place not in self._marks:
            self._marks[place] = _mark_of(place)
        return self._marks[place]


def _mark_of(place: str) -> tuple[int, ...]:
    """Return mode, size, times of change (ns) and number of what lies at *place*."""
    try:
        found = os.stat(place)
    except (OSError, ValueError):
        return ()
    return (found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _settled(mark: tuple[int, ...]) -> tuple[int, ...]:
    """Return *mark* where no other state can bear it any more."""
    return mark if mark and max(mark[2:4]) < time.time_ns() - _SETTLED else ()


def _listed(directory: str) -> frozenset[str]:
    try:
        return frozenset(os.listdir(directory))
    except OSError:
        return frozenset()


def _content(file: str) -> bytes | None:
    try:
        with open(file, "rb") as stream:
            return stream.read()
    except OSError:
        return None
