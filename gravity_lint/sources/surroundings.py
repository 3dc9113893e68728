"""What a run sees of the file system: looked at once, and noted for the next run.

Whatever decides which files are judged, and how, is seen through here. What was looked at
is noted with what was seen; as long as all of it is still the same, asking again would give the
same answers.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar

from gravity_lint.sources.digests import digest
from gravity_lint.sources.reading import LARGEST, beginning, contents

T = TypeVar("T")
Place: TypeAlias = str | os.PathLike[str]

_SETTLED = 2_000_000_000
"""Nanoseconds after which a change cannot hide behind an earlier one of the same time."""

_NAMES, _ENTRIES, _CONTENT, _CODE = "names", "entries", "content", "code"
_PRESENCE, _KIND, _REAL = "presence", "kind", "real path"
_OF = " of "
_DIRECTORY, _FILE, _OTHER = b"directory", b"file", b"other"


class Sight(NamedTuple):
    """What was seen: a *digest* of it, and the *mark* that the file system puts on this state.

    The mark is empty where the state is too young to be known by it, and for what has none.
    """

    mark: tuple[int, ...]
    digest: bytes


class Surroundings:
    """Looks at names, directories and files, at each once, and notes what it was asked for."""

    def __init__(self) -> None:
        # Whatever changes from now on bears a later time than what was settled then.
        self._settled_before = time.time_ns() - _SETTLED
        self._marks: dict[str, tuple[int, ...]] = {}
        self._seen: dict[str, tuple[Sight, Any]] = {}
        self._done: dict[object, tuple[Any, dict[str, Sight]]] = {}
        self._noted: dict[str, Sight] | None = None
        self._compared: dict[str, Sight] = {}
        """What was the same although its mark did not tell."""
        self.complete = True
        """Whether all that was looked at can be noted: not what the interpreter looks up."""

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

    # -- looking ----------------------------------------------------------------------------------

    def names(self, directory: Place) -> frozenset[str]:
        """Return the names in *directory*; none if it cannot be read."""
        return self._look(_NAMES, os.fspath(directory))  # type: ignore[no-any-return]

    def entries(self, directory: Place) -> Sequence[os.DirEntry[str]]:
        """Return what lies in *directory*; raises OSError where it cannot be read."""
        found = self._look(_ENTRIES, os.fspath(directory))
        if isinstance(found, OSError):
            raise found
        return found  # type: ignore[no-any-return]

    def read(self, file: Place) -> bytes | None:
        """Return what a regular file holds; None if it cannot be read."""
        return self._look(_CONTENT, os.fspath(file))  # type: ignore[no-any-return]

    def text(self, file: Place) -> str:
        """Return the text of *file*, in UTF-8; raises OSError or ValueError where it has none."""
        data = self.read(file)
        if data is None:
            raise FileNotFoundError(file)
        return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")

    def exists(self, place: Place) -> bool:
        """Tell whether there is anything at *place*, or where it leads."""
        return bool(self._look(_KIND, os.fspath(place)))

    def is_file(self, place: Place) -> bool:
        """Tell whether there is a regular file at *place*, or where it leads."""
        return bool(self._look(_KIND, os.fspath(place)) == _FILE)

    def is_directory(self, place: Place) -> bool:
        """Tell whether there is a directory at *place*, or where it leads."""
        return bool(self._look(_KIND, os.fspath(place)) == _DIRECTORY)

    def bears(self, place: Place) -> bool:
        """Tell whether there is something of that name, be it a link that leads nowhere."""
        return bool(self._look(_PRESENCE, os.fspath(place)))

    def real(self, place: Place) -> str:
        """Return where *place* really lies, behind all links."""
        return self._look(_REAL, os.fspath(place))  # type: ignore[no-any-return]

    def upwards(self, root: Path) -> list[Path]:
        """Return *root* and what is above it up to its repository's top, if it lies in one."""
        directories = [root, *root.parents]
        tops = (number for number, x in enumerate(directories) if self.exists(x / ".git"))
        return directories[: next(tops, 0) + 1]

    def code(self, file: str) -> bytes:
        """Return what *file* holds, of a very large one the beginning; raises OSError for none.

        It is not kept: whoever reads it says what it has read with `note_code`.
        """
        self._mark(file)
        return beginning(file, LARGEST + 1)

    def note_code(self, file: str, content: bytes) -> None:
        """Note that *file*, as `code` has read it, has the digest *content*."""
        if self._noted is not None:
            self._noted[code_key(file)] = Sight(self._settled(self._mark(file)), content)

    # -- looking again ----------------------------------------------------------------------------

    def still(self, noted: Mapping[str, Sight]) -> bool:
        """Tell whether all that was *noted* is as it was."""
        marks = self._marks
        for key, before in noted.items():
            kind, _, place = key.partition(_OF)
            if place not in marks:
                marks[place] = _mark_of(place)
            if not before.mark or marks[place] != before.mark:
                if self._digest(kind, place) != before.digest:
                    return False
                self._compared[key] = before
            elif self._noted is not None:
                self._noted[key] = before
        return True

    def refreshed(self, noted: Mapping[str, Sight]) -> dict[str, Sight] | None:
        """Return what was *noted*, with the marks that it bears by now; None: as it was.

        What `still` had to compare was too young then to be known by a mark, or has been written
        anew, as by a checkout.
        """
        grown = {
            key: Sight(mark, sight.digest)
            for key, sight in self._compared.items()
            if key in noted and key.startswith(_MARKED)
            if (mark := self._settled(self._mark(key.partition(_OF)[2])))
        }
        return {**noted, **grown} if grown else None

    def _digest(self, kind: str, place: str) -> bytes:
        """Return the digest of what is seen now, after another state had been noted."""
        if kind == _CODE:
            try:
                return digest(self.code(place))
            except OSError:
                return b""
        self._look(kind, place)
        return self._seen[kind + _OF + place][0].digest

    def _look(self, kind: str, place: str) -> Any:
        key = kind + _OF + place
        if key not in self._seen:
            self._seen[key] = self._see(kind, place)
        sight, answer = self._seen[key]
        if self._noted is not None:
            self._noted[key] = sight
        return answer

    def _see(self, kind: str, place: str) -> tuple[Sight, Any]:
        if kind == _PRESENCE:
            found = b"1" if os.path.lexists(place) else b""
            return Sight((), found), found
        if kind == _REAL:
            real = os.path.realpath(place)
            return Sight((), os.fsencode(real)), real
        mark = self._mark(place)  # first: what is seen may be newer, but never older
        if kind == _KIND:
            kind_there = _kind_of(mark)
            return Sight((), kind_there), kind_there
        if kind == _NAMES:
            names = _listed(place) if mark else frozenset()
            told = "\0".join(sorted(names)).encode("utf-8", "surrogateescape")
            return Sight(self._settled(mark), digest(told)), names
        if kind == _ENTRIES:
            entries = _scanned(place)
            return Sight(self._settled(mark), _digest_of(entries)), entries
        data = _content(place) if mark else None
        told = repr(mark).encode() if data is None else digest(data)
        return Sight(self._settled(mark), told), data

    def _mark(self, place: str) -> tuple[int, ...]:
        if place not in self._marks:
            self._marks[place] = _mark_of(place)
        return self._marks[place]

    def _settled(self, mark: tuple[int, ...]) -> tuple[int, ...]:
        """Return *mark* where no other state can bear it any more."""
        return mark if mark and max(mark[2:4]) < self._settled_before else ()


_MARKED = tuple(kind + _OF for kind in (_NAMES, _ENTRIES, _CONTENT, _CODE))


def code_key(file: str) -> str:
    """Return the key under which is noted what *file*, which is code, holds."""
    return f"{_CODE}{_OF}{file}"


def _mark_of(place: str) -> tuple[int, ...]:
    """Return mode, size, times of change (ns) and number of what lies at *place*."""
    try:
        found = os.stat(place)
    except (OSError, ValueError):
        return ()
    return (found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _kind_of(mark: tuple[int, ...]) -> bytes:
    if not mark:
        return b""
    if stat.S_ISDIR(mark[0]):
        return _DIRECTORY
    return _FILE if stat.S_ISREG(mark[0]) else _OTHER


def _listed(directory: str) -> frozenset[str]:
    try:
        return frozenset(os.listdir(directory))
    except OSError:
        return frozenset()


def _scanned(directory: str) -> list[os.DirEntry[str]] | OSError:
    try:
        with os.scandir(directory) as listing:
            return list(listing)
    except OSError as error:
        return error


def _digest_of(entries: list[os.DirEntry[str]] | OSError) -> bytes:
    """Return what changes whenever a name comes or goes, or is of another kind."""
    if isinstance(entries, OSError):
        return b""
    told = [
        f"{entry.name}\0{entry.is_dir(follow_symlinks=False)}\0{entry.is_symlink()}"
        for entry in entries
    ]
    return digest("\0".join(sorted(told)).encode("utf-8", "surrogateescape"))


def _content(file: str) -> bytes | None:
    try:
        return contents(file)
    except OSError:
        return None
