"""Patterns over file names in gitignore's syntax.

One syntax serves ``.gitignore``, ``exclude`` and ``per-file-ignores``, and
`pathspec` gives it git's meaning. Importing `pathspec` costs more than listing
a fleet, so it is asked only about a path in which some part *might* match: the
last part of a pattern must match the name of the directory or file at which
the pattern takes effect, and for nearly every name that is ruled out by a look
into a set.
"""

import fnmatch
import re
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class Globs:
    """A list of patterns, of which the last one that matches a path decides about it."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = tuple(lines)
        self._names: set[str] = set()
        self._suffixes: tuple[str, ...] = ()
        self._magic: re.Pattern[str] | None = None
        self._spec: GitIgnoreSpec | None = None
        self._possible: dict[str, bool] = {}
        self._prepare()

    def decide(self, path: str) -> bool | None:
        """Return whether *path* is matched (True), taken out again by ``!`` (False), or neither.

        *path* is relative to where the patterns are anchored and has ``/``
        between its parts; a directory's ends with one. A path is matched, too,
        where a pattern matches a directory above it.
        """
        for part in path.rstrip("/").split("/"):
            possible = self._possible.get(part)
            if possible is None:
                possible = self._possible[part] = self._might_match(part)
            if possible:
                return self._matched(path)
        return None

    def _prepare(self) -> None:
        """Sort the last parts of all patterns by what it takes to rule them out."""
        suffixes: list[str] = []
        magic: list[str] = []
        for line in self._lines:
            name = _last_part(line)
            if name is None:
                continue
            if _is_beyond_fnmatch(name):
                magic.append(".*")  # might match anything: leave it to pathspec
            elif not _has_magic(name):
                self._names.add(name)
            elif name.startswith("*") and not _has_magic(name[1:]):
                suffixes.append(name[1:])
            else:
                magic.append(fnmatch.translate(name))
        self._suffixes = tuple(suffixes)
        if magic:
            self._magic = re.compile("|".join(dict.fromkeys(magic)), re.DOTALL)

    def _might_match(self, name: str) -> bool:
        return (
            name in self._names
            or name.endswith(self._suffixes)
            or (self._magic is not None and self._magic.match(name) is not None)
        )

    def _matched(self, path: str) -> bool | None:
        if self._spec is None:
            from pathspec import GitIgnoreSpec  # slow to import, rarely needed

            with warnings.catch_warnings():  # of `re`, about odd character classes
                warnings.simplefilter("ignore")
                self._spec = GitIgnoreSpec.from_lines(filter(_is_valid, self._lines))
        return self._spec.check_file(path).include


def _last_part(line: str) -> str | None:
    """Return what a path's name must look like for the pattern *line* to match there."""
    if line.startswith("#") or not line.strip():
        return None
    pattern = line.rstrip().removeprefix("!").rstrip("/")
    return pattern.rpartition("/")[2]


def _has_magic(name: str) -> bool:
    return "*" in name or "?" in name or "[" in name


def _is_beyond_fnmatch(name: str) -> bool:
    """Tell whether *name* holds something that git reads and fnmatch reads differently."""
    return (
        not name
        or "\\" in name
        or "[^" in name
        or "[:" in name
        or name.count("[") != name.count("]")
    )


def _is_valid(line: str) -> bool:
    """Tell whether *line* is a pattern that can be read; git passes over others, and so do we."""
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
