"""From the paths on the command line to the services that they are about.

A **service** is all Python files (``*.py``) below its root that lie below no
other root. A directory is a **root** if

- it holds one of the ``service-root-markers``, a ``.git``, or the
  configuration file that applies to it (so one service has one configuration);
  a ``setup.py`` marks nothing where there is no package beside it to set up;
- below one root, several directories hold an *application* of the same name:
  then the parent of each is a root of its own (the parent's parent where the
  parent is called ``src``), because names such as ``app.core`` mean something
  else in each. An application is a top-level package with a ``main.py``, or a
  directory called ``app`` (with a ``main.py``, or outside of tests and packages);
- nothing above a named path is a root: then the path itself is one or, if it
  lies in a package, the directory that holds the topmost package. Of that
  directory, only the package is read.

The top of a file system and a home directory (unless an ``app`` lies in it) are
roots only of themselves: what they hold marks nothing for the paths below.

Naming a file limits what is reported, never what belongs to its service. What
``.gitignore`` (of the repository, not of the user) or ``exclude`` leave out is
left out even where it is named, so that a finding never depends on what else
was named. Patterns of ``exclude`` are relative to the configuration file.

Symbolic links: a named path counts as what it resolves to. A directory behind
a link belongs to the service that links it unless it lies in it anyway. Files
behind links are known but not reported; a finding in them is reported where
the file really lies. Links that lead nowhere are passed over.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from gravity_lint.configuration.files import FILES, Configuration
from gravity_lint.configuration.globs import Globs
from gravity_lint.errors import UsageError

_GIT = ".git"
_GITIGNORE = ".gitignore"
_APPLICATION = "app"
_SOURCES = "src"
_TESTS = frozenset({"test", "tests"})


class ServiceFiles(msgspec.Struct, frozen=True):
    """One service: its root, its configuration and its files.

    All paths are absolute and sorted. *files* are all that belong to it;
    *reported* are those of them whose findings were asked for.
    """

    root: Path
    configuration: Configuration
    files: tuple[Path, ...]
    reported: tuple[Path, ...]

    @property
    def name(self) -> str:
        """The service's name: that of its root directory."""
        return self.root.name or str(self.root)


class Discovery(msgspec.Struct, frozen=True):
    """What was found: the *services*, sorted by root, and in words what could not be read."""

    services: tuple[ServiceFiles, ...]
    problems: tuple[str, ...] = ()


def discover(
    paths: Sequence[Path],
    configuration_for: Callable[[Path], Configuration],
    *,
    unsaved: Collection[Path] = (),
) -> Discovery:
    """Return the services that *paths* are about.

    *configuration_for* gives the configuration of an absolute directory. Files
    in *unsaved* need not exist (their text comes from an editor).

    Raises `UsageError` for a path that does not exist, cannot be read or is no
    Python file, and for a directory in which there is nothing to lint.
    """
    return _Search(configuration_for, {_real(path) for path in unsaved}).run(paths)


class _Tree(msgspec.Struct):
    """What lies below one root: its *files*, files behind links (*linked*), and further *roots*."""

    files: list[str] = []
    linked: list[str] = []
    roots: list[str] = []


class _Search:
    """One run of `discover`."""

    def __init__(
        self, configuration_for: Callable[[Path], Configuration], unsaved: set[str]
    ) -> None:
        self._configuration_for = configuration_for
        self._unsaved = unsaved
        self._problems: list[str] = []
        self._is_root: dict[str, bool] = {}
        self._exclusions = _Exclusions()

    def run(self, paths: Sequence[Path]) -> Discovery:
        """See `discover`."""
        directories, files = [], []
        starts: dict[str, set[str]] = defaultdict(set)  # by root: where to begin reading
        for path in paths:
            place = _real(path)
            if self._is_file(path, place):
                files.append(place)
                root, start = self._root_above(os.path.dirname(place))
            else:
                directories.append(place)
                root, start = self._root_above(place)
            starts[root].add(start)
        wanted = _Wanted(directories, files)
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
        self._refuse_empty(directories, services)
        return Discovery(tuple(services), tuple(sorted(set(self._problems))))

    # -- what is named ------------------------------------------------------------------------

    def _is_file(self, path: Path, place: str) -> bool:
        """Tell a named file from a named directory; *place* is what *path* resolves to."""
        if os.path.isdir(place):
            try:
                os.scandir(place).close()
            except OSError as error:
                raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
            return False
        if place not in self._unsaved and not os.path.isfile(place):
            reason = "neither a file nor a directory" if os.path.exists(place) else "does not exist"
            raise UsageError(f"{path}: {reason}")
        if not place.endswith((".py", ".pyi")):
            raise UsageError(f"{path}: not a Python file (*.py)")
        return True

    def _refuse_empty(self, directories: Iterable[str], services: Sequence[ServiceFiles]) -> None:
        """Raise `UsageError` for a named directory in which no file is to be reported."""
        reported = [os.fspath(file) for service in services for file in service.reported]
        for directory in directories:
            if not any(file.startswith(_prefix(directory)) for file in reported):
                raise UsageError(
                    f"{directory}: no Python files to lint"
                    " (what .gitignore or the setting 'exclude' leave out does not count)"
                )

    # -- roots --------------------------------------------------------------------------------

    def _root_above(self, directory: str) -> tuple[str, str]:
        """Return the root that *directory* lies below, and the directory to begin reading at."""
        place = directory
        while True:
            if self._holds_marker(place) and (place == directory or not _holds_anything(place)):
                return place, place
            parent = os.path.dirname(place)
            if parent == place:
                return _without_marker(directory)
            place = parent

    def _holds_marker(self, directory: str) -> bool:
        """Tell whether *directory* is a root by what it holds."""
        known = self._is_root.get(directory)
        if known is None:
            configuration = self._configuration_for(Path(directory))
            markers = (_GIT, *configuration.settings.service_root_markers)
            known = self._is_root[directory] = any(
                _marks(directory, marker) for marker in markers
            ) or configuration.directory == Path(directory)
        return known

    # -- reading directories ------------------------------------------------------------------

    def _tree(self, root: str, starts: Iterable[str]) -> _Tree:
        """Read what lies below *root*, from each of *starts* on down."""
        configuration = self._configuration_for(Path(root))
        tree = _Tree()
        links: list[str] = []
        for start in sorted(starts):
            excluded = self._exclusions.above(start, root, configuration)
            if excluded is not None:
                self._read(start, excluded, configuration, tree, links)
        visited = [os.path.realpath(root)]
        while links:
            links.sort(reverse=True)
            link = links.pop()
            real = os.path.realpath(link)
            excluded = self._exclusions.above(link, root, configuration)
            if excluded is None or any(_overlap(real, place) for place in visited):
                continue
            visited.append(real)
            behind = _Tree()
            if not self._holds_marker(real):
                self._read(link, excluded, configuration, behind, links)
            tree.linked += behind.files + behind.linked
        tree.linked = [file for file in tree.linked if not _below(os.path.realpath(file), root)]
        for file in self._unsaved.difference(tree.files):
            directory = os.path.dirname(file)
            if file.endswith(".py") and self._root_above(directory)[0] == root:
                excluded = self._exclusions.above(directory, root, configuration)
                if excluded is not None and not excluded.entering(directory).file(file):
                    tree.files.append(file)
        return tree

    def _read(
        self,
        start: str,
        excluded: "_Excluded",
        configuration: Configuration,
        tree: _Tree,
        links: list[str],
    ) -> None:
        """Add to *tree* what lies in *start* and below, and to *links* the links to directories."""
        markers = {_GIT, *FILES, *configuration.settings.service_root_markers}
        nested_markers = any(os.sep in marker for marker in markers)
        pending = [(start, excluded)]
        while pending:
            directory, excluded = pending.pop()
            try:
                with os.scandir(directory) as listing:
                    entries = list(listing)
            except OSError as error:
                self._problems.append(f"{directory}: cannot be read: {error.strerror}")
                continue
            names = {entry.name for entry in entries}
            if directory != start and (nested_markers or not markers.isdisjoint(names)):
                if self._holds_marker(directory):
                    tree.roots.append(directory)
                    continue
            if _GITIGNORE in names:
                excluded = excluded.entering(directory)
            for entry in entries:
                path = entry.path
                if entry.is_dir(follow_symlinks=False):
                    if not (excluded.concern(entry.name) and excluded.directory(path)):
                        pending.append((path, excluded))
                elif entry.name.endswith(".py"):
                    if excluded.concern(entry.name) and excluded.file(path):
                        continue
                    if entry.is_file(follow_symlinks=False):
                        tree.files.append(path)
                    elif os.path.isfile(path):
                        tree.linked.append(path)
                    elif os.path.isdir(path):
                        links.append(path)
                elif entry.is_symlink() and os.path.isdir(path) and not excluded.directory(path):
                    links.append(path)

    # -- services -----------------------------------------------------------------------------

    def _services(self, root: str, tree: _Tree, wanted: "_Wanted") -> Iterator[ServiceFiles]:
        """Yield the services below *root* of which something is *wanted*."""
        configuration = self._configuration_for(Path(root))
        roots = {root, *_shared_roots(root, tree.files)}
        files: dict[str, list[str]] = defaultdict(list)
        for file in (*tree.files, *tree.linked):
            files[_nearest(roots, file)].append(file)
        behind_links = frozenset(tree.linked)
        for own, members in sorted(files.items()):
            known = [
                (Path(file), wanted.file(file) and file not in behind_links)
                for file in sorted(members)
            ]
            reported = tuple(path for path, is_wanted in known if is_wanted)
            if reported:
                yield ServiceFiles(
                    Path(own), configuration, tuple(path for path, _ in known), reported
                )


class _Wanted:
    """Which files are to be reported: those that are named, or lie below a named directory."""

    def __init__(self, directories: Iterable[str], files: Iterable[str]) -> None:
        self._prefixes = tuple(map(_prefix, directories))
        self._files = frozenset(files)

    def file(self, path: str) -> bool:
        return path.startswith(self._prefixes) or path in self._files

    def directory(self, path: str) -> bool:
        return _prefix(path).startswith(self._prefixes)


class _Exclusions:
    """Makes `_Excluded`, and reads every ``.gitignore`` once."""

    def __init__(self) -> None:
        self._globs: dict[tuple[str, ...], Globs] = {}
        self._gitignores: dict[str, Globs | None] = {}

    def above(self, place: str, root: str, configuration: Configuration) -> "_Excluded | None":
        """Return what is left out in the directory *place*; None if that is left out itself.

        The ``.gitignore`` files that count are those of the repository in which
        *root* lies; without one, those from *root* on down.
        """
        settings = configuration.settings
        patterns = (*settings.exclude, *settings.extend_exclude)
        if patterns not in self._globs:
            self._globs[patterns] = Globs(patterns)
        anchor = os.fspath(configuration.directory or root)
        excluded = _Excluded(
            self if settings.respect_gitignore else None, anchor, self._globs[patterns]
        )
        repository = _repository(root) or root
        for step in _steps(min(repository, anchor, key=len), place):
            above = os.path.dirname(step)
            if above == repository or _below(above, repository):
                excluded = excluded.entering(above)
            if excluded.directory(step):
                return None
        return excluded

    def gitignore(self, directory: str) -> Globs | None:
        """Return the patterns of the ``.gitignore`` in *directory*."""
        if directory not in self._gitignores:
            self._gitignores[directory] = _read_patterns(os.path.join(directory, _GITIGNORE))
        return self._gitignores[directory]


class _Excluded:
    """What is left out in one directory: by ``exclude`` and by the ``.gitignore`` files above."""

    def __init__(
        self,
        exclusions: _Exclusions | None,
        anchor: str,
        exclude: Globs,
        ignores: tuple[tuple[str, Globs], ...] = (),
    ) -> None:
        self._exclusions = exclusions  # None: .gitignore does not count
        self._anchor = anchor
        self._exclude = exclude
        self._ignores = ignores
        self._all = (exclude, *(globs for _, globs in ignores))

    def entering(self, directory: str) -> "_Excluded":
        """Return what is left out in *directory*, with the ``.gitignore`` that it may hold."""
        globs = self._exclusions.gitignore(directory) if self._exclusions else None
        if globs is None:
            return self
        ignores = ((directory, globs), *self._ignores)
        return _Excluded(self._exclusions, self._anchor, self._exclude, ignores)

    def concern(self, name: str) -> bool:
        """Tell whether something called *name* might be left out, its directory not being so."""
        return any(globs.concerns(name) for globs in self._all)

    def directory(self, path: str) -> bool:
        """Tell whether the directory *path* is left out."""
        return self.file(_prefix(path))

    def file(self, path: str) -> bool:
        """Tell whether the file *path* is left out."""
        if _below(path, self._anchor) and self._exclude.decide(_relative(path, self._anchor)):
            return True
        for anchor, globs in self._ignores:  # the nearest that speaks of it decides
            decision = globs.decide(_relative(path, anchor))
            if decision is not None:
                return decision
        return False


def _read_patterns(file: str) -> Globs | None:
    try:
        with open(file, encoding="utf-8", errors="replace") as stream:
            return Globs(stream.read().splitlines())
    except OSError:
        return None


def _repository(directory: str) -> str | None:
    """Return the top of the git repository in which *directory* lies."""
    while not os.path.lexists(os.path.join(directory, _GIT)):
        parent = os.path.dirname(directory)
        if parent == directory:
            return None
        directory = parent
    return directory


def _holds_anything(directory: str) -> bool:
    """Tell whether what lies in *directory* need not belong together.

    So it is with the top of a file system, and with a home that holds no
    application: a repository of settings there is about no service below.
    """
    if os.path.dirname(directory) == directory:
        return True
    home = os.path.realpath(os.path.expanduser("~"))
    return directory == home and not os.path.isdir(os.path.join(directory, _APPLICATION))


def _steps(top: str, place: str) -> list[str]:
    """Return the directories on the way from *top* (without it) down to *place* (with it)."""
    steps = []
    while _below(place, top):
        steps.append(place)
        place = os.path.dirname(place)
    return steps[::-1]


def _marks(directory: str, marker: str) -> bool:
    """Tell whether *directory* holds *marker*, and not as a module or script among others."""
    if not os.path.lexists(os.path.join(directory, marker)):
        return False
    return not marker.endswith(".py") or _holds_packages(directory)


def _holds_packages(directory: str) -> bool:
    """Tell whether *directory* is no package and holds one, or a directory of sources."""
    if os.path.lexists(os.path.join(directory, "__init__.py")):
        return False
    try:
        with os.scandir(directory) as listing:
            inner = [entry for entry in listing if entry.is_dir()]
    except OSError:
        return False
    return any(
        entry.name in (_APPLICATION, _SOURCES)
        or os.path.lexists(os.path.join(entry.path, "__init__.py"))
        for entry in inner
    )


def _shared_roots(root: str, files: Iterable[str]) -> set[str]:
    """Return the roots that follow from several applications of one name below *root*."""
    modules: dict[str, set[str]] = defaultdict(set)
    for file in files:
        directory, name = os.path.split(file)
        modules[directory].add(name)
    directories = set(modules)
    for directory in modules:
        parent = os.path.dirname(directory)
        while directory != root and parent not in directories:
            directories.add(parent)
            directory, parent = parent, os.path.dirname(parent)
    packages = {d for d, names in modules.items() if "__init__.py" in names}
    inside: set[str] = set()
    applications: dict[str, list[str]] = defaultdict(list)
    for directory in sorted(directories - {root}):
        parent, name = os.path.split(directory)
        runs = "main.py" in modules.get(directory, ())
        in_tests = not _TESTS.isdisjoint(_relative(parent, root).split("/"))
        if parent in inside:
            inside.add(directory)
        elif (name == _APPLICATION and (runs or not (in_tests or parent in packages))) or (
            directory in packages and parent not in packages and runs
        ):
            inside.add(directory)
            applications[name].append(parent)
    roots = {
        os.path.dirname(parent) if os.path.basename(parent) == _SOURCES else parent
        for parents in applications.values()
        if len(parents) > 1
        for parent in parents
        if parent != root
    }
    return roots - {root}


def _without_marker(directory: str) -> tuple[str, str]:
    """Return root and start for a *directory* above which nothing marks a root."""
    topmost = None
    place = directory
    while os.path.basename(place) == _APPLICATION or os.path.isfile(
        os.path.join(place, "__init__.py")
    ):
        topmost = place
        place = os.path.dirname(place)
    return (place, topmost) if topmost else (directory, directory)


def _nearest(roots: Collection[str], file: str) -> str:
    """Return the root among *roots* that *file* lies below most closely."""
    place = os.path.dirname(file)
    while place not in roots:
        place = os.path.dirname(place)
    return place


def _outermost(directories: Collection[str]) -> list[str]:
    """Return *directories* without those that lie below another one."""
    return [d for d in directories if not any(_below(d, other) for other in directories)]


def _real(path: Path) -> str:
    return os.path.realpath(path)


def _prefix(directory: str) -> str:
    """Return what the path of everything below *directory* starts with."""
    return directory if directory.endswith(os.sep) else directory + os.sep


def _below(path: str, directory: str) -> bool:
    return path != directory and path.startswith(_prefix(directory))


def _overlap(one: str, other: str) -> bool:
    return _prefix(one).startswith(_prefix(other)) or _prefix(other).startswith(_prefix(one))


def _relative(path: str, anchor: str) -> str:
    """Return *path* relative to the directory *anchor* above it, with ``/`` between its parts."""
    relative = path[len(_prefix(anchor)) :]
    return relative if os.sep == "/" else relative.replace(os.sep, "/")
