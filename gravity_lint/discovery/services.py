"""From the paths on the command line to the services that they are about.

A **service** is all Python files (``*.py``) below its root that lie below no
other root. A directory is a **root** if

- it holds one of the ``service-root-markers``, a ``.git``, or a
  ``pyproject.toml`` that configures the linter; a ``setup.py`` marks nothing
  where there is no package beside it to set up, or it sets up none, and nothing marks a directory
  that the app of the root above imports: that is a part of it;
- it holds a ``gravity-lint.toml``, no root above it has a marker, and it lies in
  no package and no ``app``. Elsewhere such a file makes no service, but stands on
  top of the configuration of the one that it lies in;
- below one root, several directories hold an *application* of the same name:
  then the parent of each is a root of its own (the parent's parent where the
  parent is called ``src``), because names such as ``app.core`` mean something
  else in each. Where the parent is a package whose name the imports say
  (``shop.app.core``), what holds that package takes its place. An application is
  a top-level package with a ``main.py``, or a directory called ``app`` (with a
  ``main.py``, or outside of tests and packages);
- nothing above a named path is a root: then the path itself is one or, if it
  lies in a package, the directory that holds the topmost package. Of that
  directory, only the package is read.

The top of a file system and a home directory (unless an ``app`` lies in it) are
roots only of themselves: what they hold marks nothing for the paths below.

Naming a file limits what is reported, never what belongs to its service. What
``.gitignore`` (of the repository, not of the user) or ``exclude`` leave out is
left out even where it is named, so that a finding never depends on what else
was named; but a package that is called ``build``, ``dist``, ``env`` or ``venv`` belongs to the
service where this imports it, unless somebody has excluded it, and so does what git tracks in a
package that a ``.gitignore`` names, or though it names the file (``test_*.py``): git ignores none
of that. Patterns of ``exclude`` are relative to the configuration file.

Symbolic links: a named path counts as what it resolves to. A directory behind
a link belongs to the service that links it unless it lies in it anyway. Files
behind links are known but not reported; a finding in them is reported where
the file really lies. Links that lead nowhere, or out of the repository, are passed over.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from gravity_lint.configuration.files import FILES, Configuration
from gravity_lint.discovery.exclusions import Excluded, Exclusions
from gravity_lint.discovery.imports import imported
from gravity_lint.discovery.places import below, overlap, prefix, relative
from gravity_lint.discovery.roots import Roots, nearest, shared_roots
from gravity_lint.errors import Problem, UsageError
from gravity_lint.git_index import index_of, is_tracked
from gravity_lint.sources.repositories import leaves, repository_of
from gravity_lint.sources.surroundings import Surroundings

_GIT = ".git"
_GITIGNORE = ".gitignore"
_UNKNOWN = (
    "is left out (by 'exclude' or .gitignore), but the service imports it: what it defines is not"
    " known"
)


class ServiceFiles(msgspec.Struct, frozen=True):
    """One service: its root, its configuration and its files.

    All paths are absolute and sorted. *files* are all that belong to it;
    *reported* are those of them whose findings were asked for. *overlays* are
    the directories below its root with a configuration file of their own.
    """

    root: Path
    configuration: Configuration
    files: tuple[Path, ...]
    reported: tuple[Path, ...]
    overlays: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """The service's name: that of its root directory."""
        return self.root.name or str(self.root)


class Discovery(msgspec.Struct, frozen=True):
    """What was found: the *services*, sorted by root, and what could not be read.

    *broken* are services whose configuration cannot be used, each with the reason,
    *notices* what was named or configured in vain.
    """

    services: tuple[ServiceFiles, ...]
    problems: tuple[Problem, ...] = ()
    broken: tuple[tuple[ServiceFiles, Problem], ...] = ()
    notices: tuple[Problem, ...] = ()


def discover(
    paths: Sequence[Path],
    configuration_for: Callable[[Path], Configuration],
    *,
    unsaved: Collection[Path] = (),
    exclude: Sequence[str] = (),
    forgiving: bool = False,
    around: Surroundings | None = None,
) -> Discovery:
    """Return the services that *paths* are about.

    A path is a directory, a Python file, or a configuration file, which stands
    for its directory. *configuration_for* gives the configuration of an
    absolute directory. Files in *unsaved* need not exist (their text comes from
    an editor). *exclude* are patterns of the command line, relative to the
    working directory. The file system is seen through *around*.

    Raises `UsageError` for a path that does not exist, cannot be read or is no
    Python file, and for a directory in which there is nothing to lint. With
    *forgiving* these are passed over: another program has chosen the paths.
    """
    unwritten = {os.path.realpath(path) for path in unsaved}
    search = _Search(configuration_for, unwritten, exclude, around or Surroundings())
    return search.run(paths, forgiving=forgiving)


def root_of(directory: Path, configuration_for: Callable[[Path], Configuration]) -> Path:
    """Return the root of the service that the absolute *directory* belongs to."""
    return Path(Roots(configuration_for, Surroundings()).above(os.fspath(directory))[0])


class _Tree(msgspec.Struct):
    """What lies below one root: its *files*, files behind links (*linked*), and further *roots*.

    *overlays* are the directories in it with a configuration file of their own, *left* packages
    that are left out.
    """

    files: list[str] = []
    left: list[str] = []
    linked: list[str] = []
    roots: list[str] = []
    overlays: list[str] = []


class _Search:
    """One run of `discover`."""

    def __init__(
        self,
        configuration_for: Callable[[Path], Configuration],
        unsaved: set[str],
        exclude: Sequence[str],
        around: Surroundings,
    ) -> None:
        self._configuration_for = configuration_for
        self._around = around
        self._unsaved = unsaved
        self._problems: list[Problem] = []
        self._notices: list[Problem] = []
        self._roots = Roots(configuration_for, around)
        self._exclusions = Exclusions(exclude, around)

    def run(self, paths: Sequence[Path], *, forgiving: bool) -> Discovery:
        """See `discover`."""
        wanted, starts = self._named(paths, forgiving)
        services: list[ServiceFiles] = []
        pending = sorted(starts)
        while pending:
            root = pending.pop()
            tree = self._tree(root, _outermost(starts[root]))
            services += self._services(root, tree, wanted)
            for inner in tree.roots:
                if inner not in starts and wanted.directory(inner):
                    starts[inner].add(inner)
                    pending.append(inner)
        services.sort(key=lambda service: service.root)
        if not forgiving:
            wanted.refuse_empty(services)
        sound = tuple(service for service in services if service.configuration.fault is None)
        broken = tuple(
            (service, service.configuration.fault.problem)
            for service in services
            if service.configuration.fault is not None
        )
        problems = {*self._problems, *(problem for _, problem in broken)}
        ordered = sorted(problems, key=lambda problem: (problem.path, problem.message))
        return Discovery(sound, tuple(ordered), broken, tuple(self._notices))

    # -- what is named ------------------------------------------------------------------------

    def _named(
        self, paths: Sequence[Path], forgiving: bool
    ) -> tuple["_Wanted", dict[str, set[str]]]:
        """Return what *paths* name and, by root, where to begin reading."""
        directories, files = [], []
        starts: dict[str, set[str]] = defaultdict(set)
        for path in paths:
            place = self._around.real(path)
            try:
                is_file = self._is_file(path, place)
            except UsageError:
                if forgiving:
                    continue
                raise
            directory = os.path.dirname(place) if is_file else place
            if is_file and os.path.basename(place) not in FILES:
                files.append(place)
            else:
                directories.append(directory)
            root, start = self._roots.above(directory)
            starts[root].add(start)
        return _Wanted(directories, files), starts

    def _is_file(self, path: Path, place: str) -> bool:
        """Tell a named file from a named directory; *place* is what *path* resolves to."""
        if self._around.is_directory(place):
            try:
                self._around.entries(place)
            except OSError as error:
                raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
            return False
        if place not in self._unsaved and not self._around.is_file(place):
            there = self._around.exists(place)
            reason = "neither a file nor a directory" if there else "does not exist"
            raise UsageError(f"{path}: {reason}")
        if place.endswith(".pyi"):
            self._notices.append(Problem(place, "a stub (*.pyi) is no code that runs: not judged"))
        elif not place.endswith(".py") and os.path.basename(place) not in FILES:
            raise UsageError(f"{path}: not a Python file (*.py)")
        return True

    # -- reading directories ------------------------------------------------------------------

    def _tree(self, root: str, starts: Collection[str]) -> _Tree:
        """Read what lies below *root*, from each of *starts* on down."""
        configuration = self._configuration_for(Path(root))
        tree = _Tree()
        links: list[str] = []
        for start in sorted(starts):
            excluded = self._exclusions.above(start, root, configuration)
            if excluded is not None:
                self._read(start, excluded, configuration, tree, links)
        self._take_back(root, configuration, tree, links)
        visited = [self._around.real(root)]
        top = repository_of(visited[0], self._around.bears)
        while links:
            links.sort(reverse=True)
            link = links.pop()
            real = self._around.real(link)
            if top is not None and leaves(real, top):
                continue
            excluded = self._exclusions.above(link, root, configuration)
            if excluded is None or any(overlap(real, place) for place in visited):
                continue
            visited.append(real)
            behind = _Tree()
            if not self._roots.marked(real):
                self._read(link, excluded, configuration, behind, links)
            tree.linked += behind.files + behind.linked
        really = {file: self._around.real(file) for file in tree.linked}
        tree.linked = [
            file
            for file, real in really.items()
            if not below(real, root) and (top is None or not leaves(real, top))
        ]
        for file in self._unsaved.difference(tree.files):
            directory = os.path.dirname(file)
            if file.endswith(".py") and self._is_read(directory, starts):
                excluded = self._exclusions.above(directory, root, configuration)
                if excluded is not None and not excluded.entering(directory).file(file):
                    tree.files.append(file)
        return tree

    def _is_read(self, directory: str, starts: Collection[str]) -> bool:
        """Tell whether *directory*, if it is there, is read from one of *starts*."""
        while directory not in starts:
            above = os.path.dirname(directory)
            if above == directory or self._roots.marked(directory):
                return False
            directory = above
        return True

    def _take_back(
        self, root: str, configuration: Configuration, tree: _Tree, links: list[str]
    ) -> None:
        """Add to *tree* the packages that were left out by their name alone and are imported.

        And what git tracks in those that are left out by a ``.gitignore``: git's index is long, so
        that it is only asked about them.
        Whoever else leaves out what the service imports is told that it is not known then.
        """
        while tree.left:
            left, tree.left = sorted(tree.left), []
            taken = False
            for directory in left:
                if not imported(directory, root, tree.files, self._around):
                    tree.left.append(directory)
                    continue
                spared = self._exclusions.above(directory, root, configuration, sparing=True)
                if spared is not None:
                    self._read(directory, spared, configuration, tree, links)
                    taken = True
                elif self._take_tracked(directory, root, configuration, tree, links):
                    taken = True
                else:
                    self._notices.append(Problem(directory, _UNKNOWN))
            if not taken:
                return

    def _take_tracked(
        self,
        directory: str,
        root: str,
        configuration: Configuration,
        tree: _Tree,
        links: list[str],
    ) -> bool:
        """Add to *tree* what git tracks in *directory* though it should ignore it; tell if any."""
        excluded = self._exclusions.above(
            directory, root, configuration, sparing=True, ignoring=False
        )
        if excluded is None or repository_of(directory, self._around.bears) is None:
            return False
        found = _Tree()
        self._read(directory, excluded, configuration, found, links)
        files = self._tracked(found.files, directory)
        tree.files += files
        tree.roots += found.roots
        tree.overlays += found.overlays
        tree.left += found.left
        return bool(files)

    def _tracked(self, files: Sequence[str], directory: str) -> list[str]:
        """Return those of *files*, which lie in *directory* or below, that git tracks."""
        top = repository_of(directory, self._around.bears) if files else None
        if top is None:
            return []
        index = index_of(top, self._around.read)
        return [file for file in files if is_tracked(index, relative(file, top))]

    def _read(
        self,
        start: str,
        excluded: "Excluded",
        configuration: Configuration,
        tree: _Tree,
        links: list[str],
    ) -> None:
        """Add to *tree* what lies in *start* and below, and to *links* the links to directories."""
        markers = {_GIT, *FILES, *configuration.settings.service_root_markers}
        nested_markers = any(os.sep in marker for marker in markers)
        pending = [(start, excluded)]
        ignored: list[str] = []
        while pending:
            directory, excluded = pending.pop()
            try:
                entries = self._around.entries(directory)
            except OSError as error:
                self._problems.append(Problem(directory, f"cannot be read: {error.strerror}"))
                continue
            names = {entry.name for entry in entries}
            if directory != start and (nested_markers or not markers.isdisjoint(names)):
                if self._roots.marked(directory):
                    tree.roots.append(directory)
                    continue
                if not names.isdisjoint(FILES):
                    tree.overlays.append(directory)
            if _GITIGNORE in names:
                excluded = excluded.entering(directory)
            for entry in entries:
                path = entry.path
                if entry.is_dir(follow_symlinks=False):
                    if not (excluded.concern(entry.name) and excluded.directory(path)):
                        pending.append((path, excluded))
                    elif entry.name.isidentifier() and not entry.name.startswith("_"):
                        if self._around.bears(os.path.join(path, "__init__.py")):
                            tree.left.append(path)
                elif entry.name.endswith(".py"):
                    if excluded.concern(entry.name) and excluded.file(path):
                        if not excluded.named(path) and entry.is_file(follow_symlinks=False):
                            ignored.append(path)
                        continue
                    if entry.is_file(follow_symlinks=False):
                        tree.files.append(path)
                    elif self._around.is_file(path):
                        tree.linked.append(path)
                    elif self._around.is_directory(path):
                        links.append(path)
                elif (
                    entry.is_symlink()
                    and self._around.is_directory(path)
                    and not excluded.directory(path)
                ):
                    links.append(path)
        tree.files += self._tracked(ignored, start)

    # -- services -----------------------------------------------------------------------------

    def _services(self, root: str, tree: _Tree, wanted: "_Wanted") -> Iterator[ServiceFiles]:
        """Yield the services below *root* of which something is *wanted*."""
        roots = {root, *shared_roots(root, tree.files, self._around)}
        files: dict[str, list[str]] = defaultdict(list)
        for file in (*tree.files, *tree.linked):
            files[nearest(roots, file)].append(file)
        behind_links = frozenset(tree.linked)
        for own, members in sorted(files.items()):
            known = [
                (Path(file), wanted.file(file) and file not in behind_links)
                for file in sorted(members)
            ]
            reported = tuple(path for path, is_wanted in known if is_wanted)
            if reported:
                yield ServiceFiles(
                    Path(own),
                    self._configuration_for(Path(own)),
                    tuple(path for path, _ in known),
                    reported,
                    tuple(
                        Path(directory)
                        for directory in sorted(tree.overlays)
                        if directory not in roots and nearest(roots, prefix(directory)) == own
                    ),
                )


class _Wanted:
    """Which files are to be reported: those that are named, or lie below a named directory."""

    def __init__(self, directories: Iterable[str], files: Iterable[str]) -> None:
        self._directories = tuple(directories)
        self._prefixes = tuple(map(prefix, self._directories))
        self._files = frozenset(files)

    def file(self, path: str) -> bool:
        return path.startswith(self._prefixes) or path in self._files

    def directory(self, path: str) -> bool:
        return prefix(path).startswith(self._prefixes)

    def refuse_empty(self, services: Sequence[ServiceFiles]) -> None:
        """Raise `UsageError` for a named directory in which no file is to be reported."""
        reported = [os.fspath(file) for service in services for file in service.reported]
        for directory in self._directories:
            if not any(file.startswith(prefix(directory)) for file in reported):
                raise UsageError(
                    f"{directory}: no Python files to lint"
                    " (what .gitignore or the setting 'exclude' leave out does not count)"
                )


def _outermost(directories: Collection[str]) -> list[str]:
    """Return *directories* without those that lie below another one."""
    return [d for d in directories if not any(below(d, other) for other in directories)]
