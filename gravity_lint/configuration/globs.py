"""Patterns over file names in gitignore's syntax.

One syntax serves ``.gitignore``, ``exclude`` and ``per-file-ignores``, and
`pathspec` gives it git's meaning. Importing `pathspec` takes longer than
listing a fleet, so it is asked only where a look at the names in a path does
not settle the matter. The last part of a pattern must match the name of the
file or directory at which it takes effect: where it matches no name in the
path, the pattern has no say. And a pattern that is just a name has the last
word, unless a ``!`` might object.
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
        self._lines = [line for line in lines if line.strip() and not line.startswith("#")]
        self._any = _LastParts(self._lines)
        self._objections = _LastParts(line for line in self._lines if line.startswith("!"))
        self._names = {line for line in self._lines if _is_name(line)}
        self._directory_names = {
            line[:-1] for line in self._lines if line.endswith("/") and _is_name(line[:-1])
        }
        self._files: GitIgnoreSpec | None = None
        self._directories: GitIgnoreSpec | None = None

    def __bool__(self) -> bool:
        """Tell whether there is any pattern."""
        return bool(self._lines)

    def concerns(self, name: str) -> bool:
        """Tell whether a pattern might take effect at a file or directory called *name*.

        Where none does, the directory above has the same decision.
        """
        return self._any.match((name,))

    def decide(self, path: str) -> bool | None:
        """Return whether *path* is matched (True), taken out again by ``!`` (False), or neither.

        *path* is relative to where the patterns are anchored and has ``/``
        between its parts; a directory's ends with one. A path is matched, too,
        where a pattern matches a directory above it.
        """
        *directories, last = path.split("/")
        names = [*directories, last] if last else directories
        if not self._any.match(names):
            return None
        if not self._objections.match(names) and (
            not self._names.isdisjoint(names) or not self._directory_names.isdisjoint(directories)
        ):
            return True
        return self._spec_for(directory=not last).check_file(path.rstrip("/")).include

    def _spec_for(self, *, directory: bool) -> "GitIgnoreSpec":
        """Return the compiled patterns for files, or for what is known to be a *directory*.

        Of a directory itself, a pattern that ends with ``/`` says what it says without it. For
        `pathspec` it would have less weight than one that also matches files, so that
        ``!/src/`` could not take out again what ``/**`` matches, as it does for git.
        """
        if directory:
            if self._directories is None:
                self._directories = _spec(re.sub(r"(?<!/)/\s*$", "", line) for line in self._lines)
            return self._directories
        if self._files is None:
            self._files = _spec(self._lines)
        return self._files


class _LastParts:
    """The last parts of patterns: which names they might match, and never fewer than they do."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._names: set[str] = set()
        self._known: dict[str, bool] = {}
        suffixes: list[str] = []
        magic: list[str] = []
        for line in lines:
            name = line.rstrip().removeprefix("!").rstrip("/").rpartition("/")[2]
            if _is_beyond_fnmatch(name):
                magic.append(".*")
            elif not _has_magic(name):
                self._names.add(name)
            elif name.startswith("*") and not _has_magic(name[1:]):
                suffixes.append(name[1:])
            else:
                magic.append(fnmatch.translate(name))
        self._suffixes = tuple(suffixes)
        self._magic = re.compile("|".join(dict.fromkeys(magic)), re.DOTALL) if magic else None

    def match(self, names: Iterable[str]) -> bool:
        """Tell whether one of *names* might be matched."""
        for name in names:
            known = self._known.get(name)
            if known is None:
                known = self._known[name] = (
                    name in self._names
                    or name.endswith(self._suffixes)
                    or (self._magic is not None and self._magic.match(name) is not None)
                )
            if known:
                return True
        return False


def _is_name(pattern: str) -> bool:
    """Tell whether *pattern* is nothing but the name of what it matches."""
    return re.fullmatch(r"[\w.-]+", pattern) is not None


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


def _spec(lines: Iterable[str]) -> "GitIgnoreSpec":
    """Compile *lines*; like git, pass over those that make no sense."""
    from pathspec import GitIgnoreSpec  # slow to import, rarely needed

    def is_valid(line: str) -> bool:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            return False
        return True

    with warnings.catch_warnings():  # of `re`, about odd character classes
        warnings.simplefilter("ignore")
        return GitIgnoreSpec.from_lines(filter(is_valid, lines))
