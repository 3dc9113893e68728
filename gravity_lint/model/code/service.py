"""One service as a whole: its modules, found by the names under which its code imports them."""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import TypeVar

from gravity_lint.configuration.settings import Settings
from gravity_lint.discovery.distribution import Distribution
from gravity_lint.discovery.pytest_configuration import PytestConfiguration
from gravity_lint.discovery.unseen import Unseen
from gravity_lint.facts import Import, ModuleFacts
from gravity_lint.model.code.memory import Memory
from gravity_lint.model.code.scopes import Class, Function, Module, Scope

T = TypeVar("T")
_SOURCES = "src"
_PROGRAMS = ("main.py", "app.py", "server.py", "run.py", "asgi.py", "worker.py", "__main__.py")
"""The files by which programs usually begin."""


def query(function: Callable[[Service], T]) -> Callable[[Service], T]:
    """Make *function* a question to a service that is worked out once and remembered.

    The model is made of these: each domain module answers its questions from
    the facts and from the answers of others.
    """
    key = f"{function.__module__}.{function.__qualname__}"

    @functools.wraps(function)
    def ask(service: Service) -> T:
        return service.memory.ask(key, None, function, service)

    return ask


class Service:
    """The modules of one service root, linked.

    *root* is the absolute path of the root; the keys of *files* are paths
    below it with ``/``; *pytest* says how its tests are run, *distribution* what it requires,
    *unseen* what may be imported besides its files.
    """

    def __init__(
        self,
        root: str,
        files: Mapping[str, ModuleFacts],
        settings: Settings,
        pytest: PytestConfiguration = PytestConfiguration(),  # noqa: B008
        distribution: Distribution = Distribution(),  # noqa: B008
        unseen: Unseen = Unseen(),  # noqa: B008
        former: Service | None = None,
    ) -> None:
        """*former* is the same service as it was: modules that say the same are taken over.

        It is taken apart by that, as `release` does it.
        """
        self.root = root
        self.settings = settings
        self.pytest = pytest
        self.distribution = distribution
        self.unseen = unseen
        self.memory = Memory()
        """What queries and inference have worked out so far."""
        self._by_name: dict[str, Module] = {}
        self._by_file: dict[str, Module] = {}
        self._rivals: dict[str, list[Module]] = {}
        """The modules that answer to a name, where several do."""
        self._tails: dict[str, set[str]] = {}
        modules: list[Module] = []
        names_imported = _imported_names(files.values())
        self._imported = {name.partition(".")[0] for name in names_imported}
        self.import_roots = _import_roots(files, names_imported, distribution)
        leading = _leading(names_imported)
        left = {} if former is None else {module.relative: module for module in former.modules}
        for relative in sorted(files):
            names = _module_names(relative, self.import_roots, leading)
            path = f"{root.rstrip('/')}/{relative}"
            known = left.get(relative)
            if known is not None and known.says(path, names[0], files[relative]):
                module = left.pop(relative)
                module.move(self)
            else:
                module = Module(self, path, relative, names[0], files[relative])
            modules.append(module)
            self._by_file[relative] = module
            for name in names:
                before = self._by_name.setdefault(name, module)
                if before is not module:
                    self._rivals.setdefault(name, [before]).append(module)
                if relative == f"{before.relative.removesuffix('.py')}/__init__.py":
                    self._by_name[name] = (
                        module  # Python takes the package, not the module beside it
                    )
        self.modules: tuple[Module, ...] = tuple(modules)
        for name in self._by_name:
            parts = name.split(".")
            for start in range(1, len(parts)):
                self._tails.setdefault(".".join(parts[start:]), set()).add(name)
        if former is not None:
            former.modules = tuple(left.values())
            former.release()

    def start_over(self) -> None:
        """Forget all answers, after the work on one was broken off."""
        self.memory = Memory()

    def release(self) -> None:
        """Take the service apart, so that its memory is free at once; it can answer no more.

        Scopes and what stands in them refer to each other, and only the garbage collector would
        find them: it takes longer than all judging of a small service.
        """
        for module in self.modules:
            module.release()
        self.__dict__.clear()

    @property
    def name(self) -> str:
        """The service's name: that of its root directory."""
        return self.root.rstrip("/").rpartition("/")[2]

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """Every module, class and function of the service."""
        return tuple(scope for module in self.modules for scope in module.scopes)

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """Every function and method of the service."""
        return tuple(x for x in self.scopes if isinstance(x, Function))

    @cached_property
    def classes(self) -> tuple[Class, ...]:
        """Every class of the service."""
        return tuple(x for x in self.scopes if isinstance(x, Class))

    def find(self, name: str, seen_from: Module | None = None) -> Module | None:
        """Return the module that ``import name`` would load, None if it is not the service's.

        Where no module or several answer to the name, it is the one that lies
        beside *seen_from*, or beside a package around that: several programs may
        share a root. Where none of several is near, it may be any of them. A name
        that no import root explains is looked for below other directories, and
        found if just one module answers to it.
        """
        module = self._by_name.get(name)
        if seen_from is not None and (module is None or name in self._rivals):
            near = self._beside(name, seen_from)
            if near is not None:
                return near
        if module is None and "." in name:
            full = self._tails.get(name, set())
            found = {id(self._by_name[x]): self._by_name[x] for x in full}
            if len(found) == 1:
                module = next(iter(found.values()))
        if module is not None and seen_from is not None:
            own = self._of_program(name, seen_from, module)
            return own or (self._around(name, seen_from) if name in self._rivals else module)
        return module

    def _around(self, name: str, seen_from: Module) -> Module | None:
        """Return the first of several modules *name* whose import root is around *seen_from*.

        The sources of a package are installed, for all to find.
        """
        rivals = (module for module in self._rivals[name] if not self.hides(module))
        for module in (self._by_name[name], *rivals):
            place = module.relative.removesuffix(".py").removesuffix("/__init__")
            root = place.removesuffix(name.replace(".", "/"))
            if root == f"{_SOURCES}/" or seen_from.relative.startswith(root):
                return module
        return None

    def _of_program(self, name: str, seen_from: Module, other: Module) -> Module | None:
        """Return the module *name* of the program around *seen_from*, if *other* is a sibling's.

        Each of several programs in one root imports from a directory of its own, be that a
        package for some of its files.
        """
        below = name.replace(".", "/")
        place = other.relative.removesuffix(".py").removesuffix("/__init__")
        sibling = place.removesuffix(below)
        if not sibling or seen_from.relative.startswith(sibling):
            return None
        directory = seen_from.relative
        while directory:
            directory = directory.rpartition("/")[0]
            around = f"{directory}/" if directory else ""
            # Tests lie beside the directory that the program imports from.
            for own in (around, f"{around}{sibling.rstrip('/').rpartition('/')[2]}/"):
                if own != sibling and any(
                    {sibling + x, own + x} <= self._by_file.keys() for x in _PROGRAMS
                ):
                    for file in (f"{own}{below}/__init__.py", f"{own}{below}.py"):
                        if file in self._by_file:
                            return self._by_file[file]
        return None

    def _beside(self, name: str, seen_from: Module) -> Module | None:
        """Return the module *name* in the nearest directory that is no package around *seen_from*.

        That is where Python looks first for what a program there imports, unless the
        directory itself is imported from, as a package without ``__init__.py``. No module
        means itself.
        """
        if name.partition(".")[0] in sys.stdlib_module_names:
            return None
        below = name.replace(".", "/")
        directory = seen_from.relative.rpartition("/")[0]
        while directory:
            if f"{directory}/__init__.py" not in self._by_file:
                if directory.rpartition("/")[2] in self._imported:
                    return None
                for file in (f"{directory}/{below}/__init__.py", f"{directory}/{below}.py"):
                    if file in self._by_file and self._by_file[file] is not seen_from:
                        return self._by_file[file]
            directory = directory.rpartition("/")[0]
        return None

    def hides(self, module: Module) -> bool:
        """Tell whether no import loads *module*: Python takes the package beside it instead."""
        return f"{module.relative.removesuffix('.py')}/__init__.py" in self._by_file

    def misses(self, name: str) -> bool:
        """Tell whether the module *name* belongs to a package of the service and is not in view.

        What is said to be below a plain module (``app/schemas.py``) is nowhere.
        """
        top, *parts = name.split(".")
        if not parts or self.find(name) is not None or not self.has_package(top):
            return False
        above = (self.find(".".join((top, *parts[:end]))) for end in range(1, len(parts)))
        return all(x is None or x.is_package for x in above)

    def has_package(self, name: str) -> bool:
        """Tell whether *name* is a directory of modules (a namespace package, maybe)."""
        return name in self._packages

    @cached_property
    def _packages(self) -> frozenset[str]:
        """The dotted names of all directories of modules."""
        found: set[str] = set()
        for name in self._by_name:
            while name := name.rpartition(".")[0]:
                found.add(name)
        return frozenset(found)


def _import_roots(
    files: Mapping[str, ModuleFacts], imported: set[str], distribution: Distribution
) -> tuple[str, ...]:
    """Return the directories that Python's path would hold, below the root, longest first.

    The root itself, a ``src`` directory, and each directory that holds a
    top-level package (one with an ``__init__.py`` whose parent has none). A directory
    whose name no import can say is no package, whatever it holds. One that *imported* names lead
    through is a namespace package, if the packages in it are called as required libraries. A
    package by whose name nobody imports is a root for all its ``__init__.py``, if what lies in it
    is imported from there; another is one if a program in it imports from there.
    """
    packages = {
        str(place)
        for place in (PurePosixPath(x).parent for x in files if x.endswith("/__init__.py"))
        if place.name.isidentifier()
    }
    roots = {"."}
    roots.update(_SOURCES for x in files if x.startswith(f"{_SOURCES}/"))
    held: dict[str, set[str]] = {}
    for package in packages:
        parent = str(PurePosixPath(package).parent)
        if parent not in packages:
            held.setdefault(parent, set()).add(PurePosixPath(package).name)
    tops = {name.partition(".")[0] for name in imported}
    for parent, names in held.items():
        through = f"{parent.replace('/', '.')}."
        if not any(name.startswith(through) for name in imported) or not all(
            distribution.requires(name) for name in names & tops
        ):
            roots.add(parent)
    for parent, names in held.items():
        for package in (x if parent == "." else f"{parent}/{x}" for x in names - tops):
            if not _is_named(package, imported) and _is_imported_from(
                package, files, imported, distribution
            ):
                roots.add(package)
    around = {root: _held_in(root, files) for root in roots}
    for file in files:
        package, _, name = file.rpartition("/")
        if name in _PROGRAMS and package in packages and package not in roots:
            known = [around[r] for r in around if r in (".", _SOURCES) or file.startswith(f"{r}/")]
            if _begins_in(
                files[file],
                PurePosixPath(package).name,
                _held_in(package, files),
                known,
                distribution,
            ):
                roots.add(package)
    return tuple(sorted(roots, key=lambda r: (-len(r) if r != "." else 0, r)))


def _is_named(package: str, imported: set[str]) -> bool:
    """Tell whether *imported* names lead through the directory *package*, and one around it."""
    parts = package.split("/")
    tails = tuple(f"{'.'.join(parts[start:])}." for start in range(len(parts) - 1))
    return any(f"{name}.".startswith(tails) for name in imported)


def _is_imported_from(
    package: str, files: Iterable[str], imported: set[str], distribution: Distribution
) -> bool:
    """Tell whether *imported* names begin in the directory *package*, and mean what lies there."""
    below = [x[len(package) + 1 :] for x in files if x.startswith(f"{package}/")]
    held = {x.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for x in below}
    tops = {x.partition(".")[0] for x in held if "." in x} - set(sys.stdlib_module_names)
    inside = {x.partition(".")[0] for x in imported if "." in x and x in held} & tops
    return any(not distribution.requires(top) for top in inside)


def _held_in(directory: str, files: Mapping[str, ModuleFacts]) -> dict[str, dict[str, ModuleFacts]]:
    """Return what lies in *directory*, by the first word of the name that imports it from there."""
    found: dict[str, dict[str, ModuleFacts]] = {}
    start = "" if directory == "." else f"{directory}/"
    for file in files:
        if file.startswith(start):
            name = file[len(start) :].removesuffix(".py").removesuffix("/__init__")
            found.setdefault(name.partition("/")[0], {})[name.replace("/", ".")] = files[file]
    return found


def _begins_in(
    program: ModuleFacts,
    package: str,
    held: Mapping[str, Mapping[str, ModuleFacts]],
    known: Collection[Collection[str]],
    distribution: Distribution,
) -> bool:
    """Tell whether the *program* of *package* imports what is *held* beside it, from there.

    What is *known* by other roots, to Python or as a library comes from elsewhere. A module that
    says the name which is taken from it, and does not itself import what is called as it is, is no
    namesake of a library. A program that says the name of its package begins elsewhere.
    """
    begins = False
    for fact in program.body:
        if isinstance(fact, Import) and fact.name is not None and not fact.level:
            top = fact.module.partition(".")[0]
            if top == package:
                return False
            elsewhere = top in sys.stdlib_module_names or any(top in names for names in known)
            if top in held and not elsewhere and not distribution.requires(top):
                begins = begins or _is_taken_from(held[top], fact.module, fact.name)
    return begins


def _is_taken_from(held: Mapping[str, ModuleFacts], module: str, name: str) -> bool:
    """Tell whether *held* modules are what ``from module import name`` means."""
    source = held.get(module)
    if source is None or f"{module}.{name}" in held:
        return f"{module}.{name}" in held
    words = source.words.split()
    return name in words and ("." in module or f"{module}." not in words)


def _imported_names(files: Iterable[ModuleFacts]) -> set[str]:
    """Return what the absolute imports at the top of the files name: dotted names of modules."""
    return {
        statement.module
        for file in files
        for statement in file.body
        if isinstance(statement, Import) and not statement.level
    }


def _leading(imported: Iterable[str]) -> Counter[str]:
    """Count how many of the *imported* names lead through each package, or end at each module."""
    found: Counter[str] = Counter()
    for name in imported:
        while name:
            found[name] += 1
            name = name.rpartition(".")[0]
    return found


def _module_names(relative: str, roots: Iterable[str], leading: Counter[str]) -> tuple[str, ...]:
    """Return the dotted names of a file, first that by which the service's imports come closest.

    A directory without ``__init__.py`` may be a root for some and a namespace package for others:
    *leading* counts the imports that lead through each name. What Python's own library has at its
    top is found before anything in a directory that only some program puts on its path.
    """
    names: list[str] = []
    for root in roots:
        if root != "." and not relative.startswith(f"{root}/"):
            continue
        below = relative if root == "." else relative[len(root) + 1 :]
        parts = below.removesuffix(".py").split("/")
        if parts[-1] == "__init__":
            parts = parts[:-1]
        added = root not in (".", _SOURCES)
        if parts and not (added and len(parts) == 1 and parts[0] in sys.stdlib_module_names):
            names.append(".".join(parts))
    names.sort(key=lambda name: _remoteness(name, leading))
    return tuple(names) or ("__init__",)


def _remoteness(name: str, leading: Counter[str]) -> tuple[bool, bool, int, int]:
    """Return how far imports stay from *name*.

    None can say it, none comes near, how many parts from the nearest, how few begin as it does.
    """
    parts, near = 0, name
    while near and near not in leading:
        near = near.rpartition(".")[0]
        parts += 1
    sayable = all(part.isidentifier() for part in name.split("."))
    return not sayable, not near, parts, -leading[name.partition(".")[0]]
