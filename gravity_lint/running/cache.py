"""Where results are kept between runs: sealed files in directories of bounded size.

What lies in a linted tree may come from anybody. So each file bears a seal that only this user's
runs can make; what has another one, for whatever reason, is not there.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Final

from gravity_lint.errors import Problem
from gravity_lint.sources.digests import SIZE, digest
from gravity_lint.sources.reading import contents
from gravity_lint.sources.repositories import repository_of

VARIABLE: Final = "GRAVITY_LINT_CACHE_DIR"
"""The environment variable that names a place for what is kept between runs."""
DIRECTORY = ".gravity-lint-cache"
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# This directory was made by gravity-lint.\n"
_SECRET = "secret"
_SECRET_SIZE = 32
_LARGEST = 512 * 1024 * 1024
"""Bytes that a cache may hold; when there are more, what was written first goes first."""


_OWN = (".told", ".run", ".verdict", ".facts", ".since")
"""How the names of what is kept end."""


class CacheError(Exception):
    """The cache cannot be used, and why."""


class Cache:
    """The files in one *directory*, sealed with *secret*."""

    def __init__(self, directory: Path, secret: bytes) -> None:
        self.directory = directory
        self._secret = secret

    def load(self, name: str) -> bytes | None:
        """Return what was stored under *name*; None where that is gone, damaged or foreign."""
        try:
            data = contents(os.path.join(self.directory, name), _LARGEST)
        except OSError:
            return None
        seal, content = data[:SIZE], data[SIZE:]
        return content if seal == self._seal(name, content) else None

    def store(self, name: str, *parts: bytes) -> None:
        """Store *parts* under *name*, in one step; raises OSError where that cannot be done."""
        self._open()
        place = self.directory / name
        temporary = self.directory / f".{name}.{os.getpid()}.{os.urandom(4).hex()}"
        try:
            with open(temporary, "xb", buffering=0) as stream:
                for part in (self._seal(name, *parts), *parts):
                    stream.write(part)
            os.replace(temporary, place)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise

    def trim(self) -> None:
        """Remove what was written first where there is more than a cache may hold."""
        rows: list[tuple[int, int, str]] = []
        with contextlib.suppress(OSError), os.scandir(self.directory) as listing:
            for entry in listing:
                if not entry.name.endswith(_OWN) and entry.name[:1] != ".":
                    continue
                if entry.name == ".gitignore":
                    continue
                found = entry.stat(follow_symlinks=False)
                rows.append((found.st_mtime_ns, found.st_size, entry.path))
        size = sum(row[1] for row in rows)
        for _, length, path in sorted(rows):
            if size <= _LARGEST:
                break
            with contextlib.suppress(OSError):
                os.unlink(path)
            size -= length

    def _seal(self, name: str, *parts: bytes) -> bytes:
        return digest(name.encode(), b"\0", *parts, key=self._secret)

    def _open(self) -> None:
        if not self.directory.is_dir():
            self.directory.mkdir(parents=True, exist_ok=True)
        for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", _TAG)):
            place = self.directory / name
            if not place.exists():
                with contextlib.suppress(FileExistsError), open(place, "x") as stream:
                    stream.write(text)


class Caches:
    """The caches of one run: one for everything in *directory*, or one beside each repository.

    What is kept is stamped with what stands for the program: what another one has left is not
    there.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory
        self._caches: dict[Path, Cache | None] = {}
        self._has_news: set[Path] = set()
        self.complaints: list[Problem] = []
        """Why nothing is kept; each place once."""

    def load(self, root: Path, name: str, stamp: bytes) -> bytes | None:
        """Return what is kept about *root* under *name* and bears *stamp*."""
        cache = self._cache(root)
        content = cache.load(name) if cache is not None else None
        if content is None or not content.startswith(stamp):
            return None
        return content[len(stamp) :]

    def store(self, root: Path, name: str, stamp: bytes, content: bytes) -> None:
        """Keep *content* about *root* under *name*, if that can be done."""
        cache = self._cache(root)
        if cache is None:
            return
        try:
            cache.store(name, stamp, content)
            self._has_news.add(cache.directory)
        except OSError as error:
            self._caches[cache.directory] = None
            self._complain(cache.directory, error.strerror or str(error))

    def finish(self) -> None:
        """Keep the caches within their bounds."""
        for home in self._has_news:
            cache = self._caches[home]
            if cache is not None:
                cache.trim()
        self._has_news.clear()

    def _cache(self, root: Path) -> Cache | None:
        home = self._directory or _repository(root) / DIRECTORY
        if home not in self._caches:
            try:
                if self._directory is None and os.path.islink(home):
                    raise CacheError("it is a link, and who knows whither")
                self._caches[home] = Cache(home, secret_in(self._vault(home, root)))
            except CacheError as error:
                self._caches[home] = None
                self._complain(home, str(error))
        return self._caches[home]

    def _complain(self, place: Path, reason: str) -> None:
        self.complaints.append(Problem(str(place), f"nothing is kept for the next run: {reason}"))

    def _vault(self, home: Path, root: Path) -> Path:
        """Return where the secret lies: never in a tree that is linted."""
        inside = self._directory is None or home.is_relative_to(_repository(root))
        return users_directory() if inside else home


def usual_directory() -> Path | None:
    """Return the place that the environment names; None: beside each repository."""
    named = os.environ.get(VARIABLE)
    return Path(named).absolute() if named else None


def kept_near(place: Path) -> Path:
    """Return where things about *place* are kept: there, or at the root of its service."""
    for directory in (place, *place.parents):
        if os.path.lexists(directory / DIRECTORY):
            return directory
    return place


def name_of(*asked: object) -> str:
    """Return the name under which is kept what follows from *asked*."""
    return digest(repr(asked).encode("utf-8", "surrogatepass")).hex()


def _repository(root: Path) -> Path:
    """Return the top of the repository in which *root* lies; *root* itself if it lies in none."""
    return Path(repository_of(os.fspath(root)) or root)


def secret_in(directory: Path) -> bytes:
    """Return the secret that lies in *directory*, a new one where there is none.

    Raises CacheError where it can neither be read nor made, and where others may have made it.
    """
    place = directory / _SECRET
    try:
        if not place.exists():
            _make(place)
        with open(place, "rb") as stream:
            found = os.fstat(stream.fileno())
            data = stream.read(_SECRET_SIZE + 1)
    except OSError as error:
        raise CacheError(f"{place}: {error.strerror or error}") from error
    foreign = hasattr(os, "geteuid") and found.st_uid != os.geteuid()
    if foreign or (os.name == "posix" and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
        raise CacheError(f"{place}: it belongs to somebody else, or others may write it")
    if len(data) != _SECRET_SIZE:
        raise CacheError(f"{place}: it is damaged; remove it")
    return data


def users_directory() -> Path:
    """Return the directory in which this user's programs keep what they can do without."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(home) / "gravity-lint"


def _make(place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{_SECRET}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "wb") as stream:
            stream.write(os.urandom(_SECRET_SIZE))
        with contextlib.suppress(FileExistsError):
            os.link(temporary, place)  # unlike a renaming, it lets the first one win
    finally:
        temporary.unlink()
