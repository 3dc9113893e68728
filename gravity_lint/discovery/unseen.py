"""What may be importable below a service's root although no file in view holds it.

Compiled modules, what is left out, what lies in another service's root, and what is made later:
of a name that only such a module can bind nothing is known. Names in the directories of the service
and patterns of ``.gitignore`` files tell which names these are; no such file is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gravity_lint.configuration.globs import Globs
from gravity_lint.discovery.places import relative
from gravity_lint.patterns import pattern
from gravity_lint.sources.surroundings import Surroundings

_GITIGNORE = ".gitignore"
_CACHE = "__pycache__"
_TESTS = ("test", "tests")
_SUFFIXES = (".py", ".pyc", ".pyd", ".pyi", ".pyx", ".so")
"""Of what can be imported, or tells of something that can."""
_SERVICE = pattern(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")
"""What services are called that have roots of their own."""
_TEMPLATE = pattern(r"\.py(?:[._-]|\W.*\.)(?:jinja2?|j2|template|tmpl|tpl)$")
"""How the name of what becomes a module ends: ``main.py.jinja``, ``auth.py{% endif %}.jinja``."""


class Ignoring(msgspec.Struct, frozen=True):
    """The *lines* of one ``.gitignore``.

    It lies in *directory*, below the service's root, or above it: then *way* leads from there to
    the root. Both have ``/`` between their parts and are empty at the root itself.
    """

    lines: tuple[str, ...]
    directory: str = ""
    way: str = ""

    def takes(self, path: str) -> bool:
        """Tell whether git would overlook *path*, which is below the service's root."""
        if self.directory:
            if not path.startswith(f"{self.directory}/"):
                return False
            path = path[len(self.directory) + 1 :]
        return bool(Globs(self.lines).decide(f"{self.way}/{path}" if self.way else path))


class Unseen(msgspec.Struct, frozen=True):
    """What there is besides the files in view.

    *names* are paths below the root, without suffix, of all that lies beside files in view and is
    none; *ignoring* says what may be there at another time or on another machine. There are *tests*
    where a directory called so stands beside the root, or beside one above it. *templates* are the
    paths below the root of those beside files in view from which more modules are made. *fleets*
    are directories in which others lie beside files in view that no import can say, as services of
    their own are called: ``auth-service``.
    """

    names: frozenset[str] = frozenset()
    ignoring: tuple[Ignoring, ...] = ()
    tests: bool = False
    templates: frozenset[str] = frozenset()
    fleets: frozenset[str] = frozenset()

    def may_hold(self, path: str) -> bool:
        """Tell whether a module may lie at *path*: below the root, with ``/``, without suffix."""
        return path in self.names or any(
            ignoring.takes(each)
            for ignoring in self.ignoring
            for each in (f"{path}.py", f"{path}/")
        )


def unseen(root: Path, files: Iterable[Path], surroundings: Surroundings) -> Unseen:
    """Return what lies beside *files*, those of the service at *root*, and what git overlooks."""
    top = os.fspath(root)
    known = {relative(os.fspath(file), top) for file in files}
    modules = {path.removesuffix(".py") for path in known}
    directories = {above for path in known for above in _above(path)}
    names: set[str] = set()
    templates: set[str] = set()
    fleets: set[str] = set()
    ignoring: list[Ignoring] = []
    for above in surroundings.upwards(root)[1:]:
        way = relative(top, os.fspath(above))
        ignoring += (Ignoring(x, way=way) for x in _lines(os.fspath(above), surroundings))
    for directory in sorted({"", *directories}):
        place = os.path.join(top, *directory.split("/")) if directory else top
        listed = surroundings.names(place)
        if directory and _is_fleet(listed):
            fleets.add(directory)
        for name in listed:
            stem, _, suffixes = name.partition(".")
            path = f"{directory}/{stem}" if directory else stem
            if _TEMPLATE.search(name):
                templates.add(f"{directory}/{name}" if directory else name)
            if stem == _CACHE or not stem.isidentifier() or path in modules or path in directories:
                continue
            if not suffixes or f".{suffixes}".endswith(_SUFFIXES):
                names.add(path)
        if _GITIGNORE in listed:
            ignoring += (Ignoring(x, directory) for x in _lines(place, surroundings))
    has_tests = _has_tests_beside(root, surroundings)
    return Unseen(
        frozenset(names), tuple(ignoring), has_tests, frozenset(templates), frozenset(fleets)
    )


def _is_fleet(names: Iterable[str]) -> bool:
    """Tell whether a directory that holds *names* holds services, and no module of its own."""
    modules = {name for name in names if name.endswith(".py")}
    return modules <= {"__init__.py"} and sum(map(_is_service, names)) > 1


def _is_service(name: str) -> bool:
    """Tell whether a directory called *name* may be a service, and certainly is no package."""
    return _SERVICE.fullmatch(name) is not None


def _has_tests_beside(root: Path, surroundings: Surroundings) -> bool:
    """Tell whether there are tests of the whole repository, or of all that lies beside the root."""
    above = surroundings.upwards(root)[1:]
    if not above and not surroundings.exists(root / ".git"):
        above = [root.parent]
    # Asked by name: what else comes and goes there is nobody's business here.
    return any(surroundings.is_directory(x / name) for x in above for name in _TESTS)


def _above(path: str) -> Iterator[str]:
    """Yield the directories above *path*, without the root."""
    while path := path.rpartition("/")[0]:
        yield path


def _lines(directory: str, surroundings: Surroundings) -> Iterator[tuple[str, ...]]:
    """Yield the lines of the ``.gitignore`` in *directory*, if there is one."""
    content = surroundings.read(os.path.join(directory, _GITIGNORE))
    if content is not None:
        yield tuple(content.decode("utf-8", "replace").splitlines())
