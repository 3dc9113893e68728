"""Which directories are roots of services, by what they hold."""

import os
from collections import defaultdict
from collections.abc import Callable, Collection
from pathlib import Path

from gravity_lint.configuration.files import OWN_FILE, SHARED_FILE, Configuration
from gravity_lint.discovery.imports import Imports, imported_by
from gravity_lint.discovery.places import below, relative
from gravity_lint.patterns import pattern
from gravity_lint.sources.digests import digest
from gravity_lint.sources.surroundings import Surroundings

_GIT = ".git"
_APPLICATION = "app"
_SOURCES = "src"
_TESTS = frozenset({"test", "tests"})
_SETUP = "setup.py"
_SETTING_UP = pattern(rb"\b(?<!def )setup\s*\(|\b(?:distutils|setuptools)\b")


class Roots:
    """Tells roots from other directories, and looks at each once.

    *configuration_for* gives the configuration of an absolute directory; the file system
    is seen through *around*.
    """

    def __init__(
        self, configuration_for: Callable[[Path], Configuration], around: Surroundings
    ) -> None:
        self._configuration_for = configuration_for
        self._around = around
        self._known: dict[str, bool] = {}
        self._imports = Imports(around)

    def above(self, directory: str) -> tuple[str, str]:
        """Return the root that *directory* lies below, and the directory to begin reading at."""
        root = self._marked_above(directory)
        return (root, root) if root is not None else self._without_marker(directory)

    def marked(self, directory: str) -> bool:
        """Tell whether *directory* is a root by what it holds."""
        known = self._known.get(directory)
        if known is None:
            if self._is_project(directory) or self._around.bears(os.path.join(directory, _GIT)):
                known = not self._is_imported(directory)
            else:
                known = self._around.bears(os.path.join(directory, OWN_FILE)) and not (
                    self._in_application(directory) or self._has_project_above(directory)
                )
            self._known[directory] = known
        return known

    def _marked_above(self, directory: str) -> str | None:
        """Return the nearest root by what it holds, at *directory* or above."""
        place = directory
        while True:
            if self.marked(place) and (place == directory or not self._holds_anything(place)):
                return place
            parent = os.path.dirname(place)
            if parent == place:
                return None
            place = parent

    def _is_project(self, directory: str) -> bool:
        """Tell whether *directory* holds a marker, or a ``pyproject.toml`` that configures it."""
        configuration = self._configuration_for(Path(directory))
        markers = configuration.settings.service_root_markers
        if any(self._marks(directory, marker) for marker in markers):
            return True
        if configuration.directory != Path(directory):
            return False
        fault = configuration.fault
        file = configuration.layers[0][0] if fault is None else fault.file
        return file.name == SHARED_FILE

    def _has_project_above(self, directory: str) -> bool:
        above = os.path.dirname(directory)
        while above != directory and not self._holds_anything(above):
            if self._is_project(above):
                return True
            directory, above = above, os.path.dirname(above)
        return False

    def _is_imported(self, directory: str) -> bool:
        """Tell whether the app of the root above imports *directory*, which holds a marker."""
        above = os.path.dirname(directory)
        root = None if above == directory else self._marked_above(above)
        if root is None:
            return False
        markers = self._configuration_for(Path(root)).settings.service_root_markers
        return self._imports.reach(directory, root, (_GIT, *markers))

    def _without_marker(self, directory: str) -> tuple[str, str]:
        """Return root and start for a *directory* above which nothing marks a root."""
        topmost = None
        place = directory
        while os.path.basename(place) == _APPLICATION or self._is_package(place):
            topmost = place
            place = os.path.dirname(place)
        return (place, topmost) if topmost else (directory, directory)

    def _is_package(self, directory: str) -> bool:
        return _has_name(directory) and self._around.bears(os.path.join(directory, "__init__.py"))

    def _holds_anything(self, directory: str) -> bool:
        """Tell whether what lies in *directory* need not belong together.

        So it is with the top of a file system, and with a home that holds no
        application: a repository of settings there is about no service below.
        """
        if os.path.dirname(directory) == directory:
            return True
        home = self._around.real(os.path.expanduser("~"))
        return directory == home and not self._around.is_directory(
            os.path.join(directory, _APPLICATION)
        )

    def _marks(self, directory: str, marker: str) -> bool:
        """Tell whether *directory* holds *marker*, and not as a module or script among others."""
        file = os.path.join(directory, marker)
        if not self._around.bears(file):
            return False
        if not marker.endswith(".py"):
            return True
        return self._holds_packages(directory) and (marker != _SETUP or self._sets_up(file))

    def _sets_up(self, file: str) -> bool:
        """Tell whether a ``setup.py`` may be a distribution's: another says nothing of that."""
        try:
            data = self._around.code(file)
        except OSError:
            return True
        self._around.note_code(file, digest(data))
        return not data.strip() or _SETTING_UP.search(data) is not None

    def _in_application(self, directory: str) -> bool:
        """Tell whether *directory* is a package or an application, or lies in one."""
        while (above := os.path.dirname(directory)) != directory:
            if self._is_package(directory):
                return True
            if os.path.basename(directory) == _APPLICATION:
                return not self._around.is_directory(os.path.join(directory, _APPLICATION))
            if self._around.bears(os.path.join(directory, _GIT)):
                return False
            directory = above
        return False

    def _holds_packages(self, directory: str) -> bool:
        """Tell whether *directory* is no package and holds one, or a directory of sources."""
        if self._is_package(directory):
            return False
        try:
            entries = self._around.entries(directory)
        except OSError:
            return False
        return any(
            entry.name in (_APPLICATION, _SOURCES)
            or self._around.bears(os.path.join(entry.path, "__init__.py"))
            for entry in entries
            if self._around.is_directory(entry.path)
        )


def shared_roots(root: str, files: Collection[str], around: Surroundings) -> set[str]:
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
    packages = {d for d, names in modules.items() if "__init__.py" in names and _has_name(d)}
    inside: set[str] = set()
    applications: dict[str, list[str]] = defaultdict(list)
    for directory in sorted(directories - {root}):
        parent, name = os.path.split(directory)
        runs = "main.py" in modules.get(directory, ())
        in_tests = not _TESTS.isdisjoint(relative(parent, root).split("/"))
        if parent in inside:
            inside.add(directory)
        elif (name == _APPLICATION and (runs or not (in_tests or parent in packages))) or (
            directory in packages and parent not in packages and runs
        ):
            inside.add(directory)
            applications[name].append(parent)
    shared = [
        (parent, name)
        for name, parents in applications.items()
        if len(parents) > 1
        for parent in parents
    ]
    return {
        _root_of(os.path.join(parent, name), root, packages, files, around)
        for parent, name in shared
    } - {root}


def _root_of(
    application: str,
    root: str,
    packages: Collection[str],
    files: Collection[str],
    around: Surroundings,
) -> str:
    """Return the directory, *root* or below, from which *application* is imported.

    Where its parent is a package, what lies there says by its imports whether that is a part
    of the application's name, or only looks like one.
    """
    parent = os.path.dirname(application)
    found = place = parent
    names: frozenset[str] | None = None
    while place != root and place in packages:
        place = os.path.dirname(place)
        if names is None:
            names = imported_by((file for file in files if below(file, parent)), around)
        name = relative(application, place).replace("/", ".")
        if any(other == name or other.startswith(f"{name}.") for other in names):
            found = place
    if found != root and os.path.basename(found) == _SOURCES:
        return os.path.dirname(found)
    return found


def _has_name(directory: str) -> bool:
    """Tell whether an import can say the name of *directory*, so that it may be a package."""
    return os.path.basename(directory).isidentifier()


def nearest(roots: Collection[str], file: str) -> str:
    """Return the root among *roots* that *file* lies below most closely."""
    place = os.path.dirname(file)
    while place not in roots:
        place = os.path.dirname(place)
    return place
