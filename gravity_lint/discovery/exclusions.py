"""What is left out: by the setting ``exclude`` and by ``.gitignore`` files."""

import os
from collections.abc import Sequence

from gravity_lint.configuration.files import Configuration
from gravity_lint.configuration.globs import Globs
from gravity_lint.configuration.settings import Settings
from gravity_lint.discovery.places import below, prefix, relative
from gravity_lint.sources.repositories import repository_of
from gravity_lint.sources.surroundings import Surroundings

_GIT = ".git"
_GITIGNORE = ".gitignore"
_DEFAULT = Settings().exclude
_PACKAGES = ("build", "dist", "env", "venv")
"""Names of what tools make, by which packages are called as well."""


class Exclusions:
    """Makes `Excluded`, and reads every ``.gitignore`` once."""

    def __init__(self, exclude: Sequence[str], around: Surroundings) -> None:
        """*exclude* are patterns of the command line, relative to the working directory."""
        self._named = Globs(exclude)
        self._around = around
        self._globs: dict[tuple[str, ...], Globs] = {}
        self._gitignores: dict[str, Globs | None] = {}

    def above(
        self,
        place: str,
        root: str,
        configuration: Configuration,
        *,
        sparing: bool = False,
        ignoring: bool = True,
    ) -> "Excluded | None":
        """Return what is left out in the directory *place*; None if that is left out itself.

        With *sparing*, names do not count that packages may have as well (`env`, `build`), where
        nobody but the linter itself has named them. The ``.gitignore`` files that count are those
        of the repository in which *root* lies; without one, those from *root* on down. None count
        without *ignoring*.
        """
        settings = configuration.settings
        ignoring = ignoring and settings.respect_gitignore
        patterns = settings.exclude
        if sparing and patterns[: len(_DEFAULT)] == _DEFAULT:
            kept = (pattern for pattern in _DEFAULT if pattern not in _PACKAGES)
            patterns = (*kept, *patterns[len(_DEFAULT) :])
        if patterns not in self._globs:
            self._globs[patterns] = Globs(patterns)
        anchor = os.fspath(configuration.directory or root)
        own = [(anchor, self._globs[patterns])]
        if self._named:
            here = os.getcwd()
            own.append((here if root == here or below(root, here) else root, self._named))
        excluded = Excluded(self if ignoring else None, tuple(own))
        repository = repository_of(root, self._around.bears) or root
        for step in _steps(min(repository, anchor, key=len), place):
            above = os.path.dirname(step)
            if above == repository or below(above, repository):
                excluded = excluded.entering(above)
            if excluded.directory(step):
                return None
        return excluded

    def gitignore(self, directory: str) -> Globs | None:
        """Return the patterns of the ``.gitignore`` in *directory*."""
        if directory not in self._gitignores:
            data = self._around.read(os.path.join(directory, _GITIGNORE))
            self._gitignores[directory] = None if data is None else _patterns(data)
        return self._gitignores[directory]


class Excluded:
    """What is left out in one directory: by ``exclude`` and by the ``.gitignore`` files above."""

    def __init__(
        self,
        exclusions: Exclusions | None,
        own: tuple[tuple[str, Globs], ...],
        ignores: tuple[tuple[str, Globs], ...] = (),
    ) -> None:
        self._exclusions = exclusions  # None: .gitignore does not count
        self._own = own
        self._ignores = ignores
        self._all = tuple(globs for _, globs in (*own, *ignores))

    def entering(self, directory: str) -> "Excluded":
        """Return what is left out in *directory*, with the ``.gitignore`` that it may hold."""
        globs = self._exclusions.gitignore(directory) if self._exclusions else None
        if globs is None:
            return self
        ignores = ((directory, globs), *self._ignores)
        return Excluded(self._exclusions, self._own, ignores)

    def concern(self, name: str) -> bool:
        """Tell whether something called *name* might be left out, its directory not being so."""
        return any(globs.concerns(name) for globs in self._all)

    def directory(self, path: str) -> bool:
        """Tell whether the directory *path* is left out."""
        return self.file(prefix(path))

    def file(self, path: str) -> bool:
        """Tell whether the file *path* is left out."""
        return self.named(path) or self.ignored(path)

    def named(self, path: str) -> bool:
        """Tell whether ``exclude`` leaves out *path*."""
        return any(
            below(path, anchor) and bool(globs.decide(relative(path, anchor)))
            for anchor, globs in self._own
        )

    def ignored(self, path: str) -> bool:
        """Tell whether a ``.gitignore`` names *path*, which git may track all the same."""
        for anchor, globs in self._ignores:  # the nearest that speaks of it decides
            decision = globs.decide(relative(path, anchor))
            if decision is not None:
                return decision
        return False


def _patterns(data: bytes) -> Globs:
    """Return the patterns of a ``.gitignore`` that holds *data*."""
    return Globs(data.decode("utf-8", "replace").splitlines())


def _steps(top: str, place: str) -> list[str]:
    """Return the directories on the way from *top* (without it) down to *place* (with it)."""
    steps = []
    while below(place, top):
        steps.append(place)
        place = os.path.dirname(place)
    return steps[::-1]
