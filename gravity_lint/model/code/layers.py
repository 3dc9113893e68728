"""Which layer of the service a file belongs to (patterns document: the architecture it implies)."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from gravity_lint import facts as f
from gravity_lint.configuration.settings import Layers
from gravity_lint.model.code.names import External, Symbol
from gravity_lint.model.code.references import references_to
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.words import saying
from gravity_lint.patterns import pattern


class Layer(enum.Enum):
    """The layers, by the part that a file plays."""

    API = "api"
    SERVICES = "services"
    REPOSITORIES = "repositories"
    MODELS = "models"
    SCHEMAS = "schemas"
    CORE = "core"
    TESTS = "tests"
    NONE = "none"
    """Generated code, migrations, scripts: judged by no rule about layers."""
    OTHER = "other"
    """The rest of the package: ``main.py``, ``config.py``."""


_INNER = (Layer.SERVICES, Layer.REPOSITORIES, Layer.SCHEMAS, Layer.MODELS)
_ELSEWHERE = ("cli", "dependencies", "deps")
"""What directories are called that hold commands, or what ``Depends`` takes."""
_APPLICATIONS = ("app", "application", "use_case", "use_cases", "usecase", "usecases")
"""What the directory is called that holds the business logic of a bounded context."""
_TOOLKITS = (
    *("PyQt5", "PyQt6", "PySide2", "PySide6", "tkinter", "customtkinter", "wx", "kivy", "flet"),
)
"""Libraries that open windows."""
_WEB = ("fastapi", "starlette")
_VERSION = pattern(r"v\d+")
_NAMED_FOR_TESTS = pattern(r"(?:^|[_-])tests?(?:$|[_-])")

_ARCHIVES = pattern(r"(?:^|.*?/)(_*archived?)/.*")
"""Where files lie that are kept, and no longer used."""
_SCENARIOS = ("behave",)
"""The library whose steps lie in a directory that is called so, below what tells the scenarios."""
_TEST_ROOTS = ("test", "tests")
"""What the root of a service is called that is nothing but tests, with a project of its own."""


def matches(path: str, pattern: str) -> bool:
    """Tell whether the ``/``-separated *path* matches the glob *pattern*.

    ``*`` stays within one segment, ``**`` crosses any number of them.
    """
    return _compiled(pattern).fullmatch(path) is not None


def matches_any(path: str, patterns: Iterable[str]) -> bool:
    """Tell whether *path* matches one of the globs *patterns*."""
    return _alternatives(tuple(patterns)).fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_expression(pattern))


@lru_cache(maxsize=256)
def _alternatives(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_expression, patterns)) if patterns else r"(?!)")


def _expression(pattern: str) -> str:
    text = ""
    index = 0
    while index < len(pattern):
        if pattern.startswith("**/", index):
            text += "(?:.*/)?"
            index += 3
        elif pattern.startswith("**", index):
            text += ".*"
            index += 2
        elif pattern[index] == "*":
            text += "[^/]*"
            index += 1
        elif pattern[index] == "?":
            text += "[^/]"
            index += 1
        else:
            text += re.escape(pattern[index])
            index += 1
    return text


def layer_of(module: Module) -> Layer:
    """Return the layer of *module* by the configured globs over its path below the root.

    Tests and what is no layer come first: ``tests/services/x.py`` is a test. What says that a
    program has written it is in none, wherever it lies; nor is what is kept in an archive, or a
    program with windows, which serves nobody.
    """
    found: Layer | None = module.layer
    if found is None:
        if module.facts.generated:
            found = Layer.NONE
        else:
            found = layer_of_path(module.service, module.relative)
            if found is Layer.TESTS:
                found = _layer_in_spite_of_name(module)
            elif _archive(module) in _archives(module.service) or _is_desktop_program(
                module.service
            ):
                found = Layer.NONE
        module.layer = found
    return found


def _layer_in_spite_of_name(module: Module) -> Layer:
    """Return the layer of a file that its place or its name makes a test.

    An API about tests has modules that are called so, ``test_cases.py``. They lie among others,
    hold no test, and the app imports them.
    """
    if module in _called_like_tests(module.service):
        return layer_of_path(module.service, _plain(module))
    return Layer.TESTS


def _archive(module: Module) -> str | None:
    """Return the directory called for an archive in which *module* lies, with its ``/``."""
    found = _ARCHIVES.fullmatch(module.relative)
    return module.relative[: found.end(1) + 1] if found is not None else None


@query
def _archives(service: Service) -> frozenset[str]:
    """Return the directories of what is no longer used: nothing that lies elsewhere imports it.

    ``archive/`` may as well be what a part of the app is about.
    """
    found = {directory for directory in map(_archive, service.modules) if directory is not None}
    for name in {directory.split("/")[-2] for directory in found}:
        for reader in saying(service, (name,)):
            if any(
                isinstance(step.statement, f.Import)
                and name in (*step.statement.module.split("."), step.statement.name)
                for scope in reader.scopes
                for step in scope.steps
            ):
                own = _archive(reader)
                found = {x for x in found if x == own or x.split("/")[-2] != name}
    return frozenset(found)


@query
def _is_desktop_program(service: Service) -> bool:
    """Tell whether the root holds a program with windows, and nothing of a web framework."""
    return _imports_any(service, _TOOLKITS) and not _imports_any(service, _WEB)


def _imports_any(service: Service, libraries: tuple[str, ...]) -> bool:
    return any(
        isinstance(step.statement, f.Import)
        and not step.statement.level
        and step.statement.module.partition(".")[0] in libraries
        for module in saying(service, libraries)
        if layer_of_path(service, module.relative) not in (Layer.NONE, Layer.TESTS)
        for scope in module.scopes
        for step in scope.steps
    )


@query
def _called_like_tests(service: Service) -> frozenset[Module]:
    """Return the modules of the app that are called like tests."""
    globs = service.settings.layers.tests
    named = [m for m in service.modules if m.relative.rpartition("/")[2].startswith("test_")]
    if not named:
        return frozenset()
    importing = [m for m in service.modules if not matches_any(m.relative, globs)]
    rest = {
        module
        for module in named
        if matches_any(module.relative, globs)
        and layer_of_path(service, _plain(module)) is not Layer.TESTS
        and not _holds_tests(module)
    }
    found: set[Module] = set()
    while importing and rest:
        imported = {name for module in importing for name in _imported(module)}
        importing = [m for m in rest if m.relative.rpartition("/")[2][:-3] in imported]
        found.update(importing)
        rest.difference_update(importing)
    return frozenset(found)


def _plain(module: Module) -> str:
    directory, slash, name = module.relative.rpartition("/")
    return f"{directory}{slash}{name.removeprefix('test_')}"


def _holds_tests(module: Module) -> bool:
    return any(
        isinstance(statement, f.FunctionDefinition | f.ClassDefinition)
        and statement.name.lower().startswith("test")
        for statement in module.body
    )


def _imported(module: Module) -> Iterator[str]:
    """Yield the last names of what *module* imports: of modules, and what it takes from them."""
    for step in module.steps:
        if isinstance(step.statement, f.Import):
            yield step.statement.module.rpartition(".")[2]
            yield step.statement.name or ""


def layer_of_path(service: Service, relative: str) -> Layer:
    """Return the layer of a file at *relative* below the root, whether it exists or not."""
    globs = service.settings.layers
    for layer, patterns in ((Layer.NONE, globs.none), (Layer.TESTS, globs.tests)):
        if matches_any(relative, patterns):
            return layer
    if relative.startswith(_test_directories(service)):
        return Layer.TESTS
    for directory in _contexts(service):
        if relative.startswith(directory):
            return _nearest(relative.removeprefix(directory), globs)
    for directory in _containers(service):
        if relative.startswith(directory):
            relative = relative.removeprefix(directory)
            break
    relative = _sayable(relative)
    for layer, patterns in _named(globs):
        if matches_any(relative, patterns):
            if layer is Layer.SERVICES and _keeps_data(relative, globs):
                layer, patterns = Layer.REPOSITORIES, globs.repositories
            return _above(relative, layer, patterns, globs) if layer in _INNER else layer
    return Layer.OTHER


def _sayable(relative: str) -> str:
    """Return what of a path an import can say: ``services/price-tools/src/load.py`` is a program.

    It lies where others do, and is not among the services of one.
    """
    parts = relative.split("/")
    last = max((i for i, part in enumerate(parts[:-1]) if not part.isidentifier()), default=-1)
    return "/".join(parts[last + 1 :])


def _keeps_data(relative: str, globs: Layers) -> bool:
    """Tell whether repositories are nearer to a file than services: ``services/repos/x.py``."""
    for part in reversed(relative.split("/")[:-1]):
        if matches_any(f"{part}/any.py", globs.services):
            return False
        if matches_any(f"{part}/any.py", globs.repositories):
            return True
    return False


def _named(globs: Layers) -> tuple[tuple[Layer, tuple[str, ...]], ...]:
    """Return the layers that directories are named for, the one that counts first before others."""
    return (
        (Layer.SERVICES, globs.services),
        (Layer.REPOSITORIES, globs.repositories),
        (Layer.SCHEMAS, globs.schemas),
        (Layer.MODELS, globs.models),
        (Layer.API, globs.api),
        (Layer.CORE, globs.core),
    )


def _above(relative: str, layer: Layer, patterns: tuple[str, ...], globs: Layers) -> Layer:
    """Return the layer of a file that is in *layer* by *patterns*, if no directory above says more.

    ``dependencies/services/users.py`` gives FastAPI the service, and is none,
    ``cli/services/logs.py`` serves a command, which may wait;
    ``models/repos/branch.py`` is about repositories, and keeps nothing.
    """
    parts = relative.split("/")
    for end, part in enumerate(parts[:-1], start=1):
        above = "/".join(parts[:end])
        if matches_any(f"{above}/{parts[-1]}", patterns):
            return layer
        if part in _ELSEWHERE:
            return Layer.OTHER
        for outer, its in ((Layer.MODELS, globs.models), (Layer.SCHEMAS, globs.schemas)):
            if matches_any(f"{above}/any.py", its):
                return outer
    return layer


def layer_of_missing(service: Service, symbol: Symbol | None) -> Layer | None:
    """Return the layer of a class whose module belongs to the service and is not in view.

    None for everything else. Such a class is what its layer and its name say.
    """
    if not isinstance(symbol, External) or not symbol.name[:1].isupper():
        return None
    module = symbol.path.rpartition(".")[0]
    if not service.misses(module):
        return None
    return layer_of_path(service, f"{module.replace('.', '/')}.py")


@query
def _test_directories(service: Service) -> tuple[str, ...]:
    """Return the directories that are named for tests and hold a ``conftest.py``, with their ``/``.

    What else lies there serves the tests: ``e2e_tests/resources/workspace.py``. So does everything
    in a service whose root is called for tests and holds one, and where no application has its
    usual place, and what lies beside the steps of behave: ``features/environment.py``.
    """
    homes = tuple(
        directory
        for module in service.modules
        for directory, _, name in [module.relative.rpartition("/")]
        if name == "conftest.py"
    )
    named = [f"{home}/" for home in homes if _NAMED_FOR_TESTS.search(home.rpartition("/")[2])]
    if len(named) < len(homes) and service.name in _TEST_ROOTS and not _has_application(service):
        return ("",)
    steps = [module.relative.rpartition("/steps/") for module in saying(service, _SCENARIOS)]
    return (*named, *sorted({f"{home}/" for home, inside, _ in steps if inside}))


def _has_application(service: Service) -> bool:
    """Tell whether what lies in the root itself looks like an application."""
    return any(
        module.relative in ("main.py", "app.py") or module.relative.startswith(("app/", "src/"))
        for module in service.modules
    )


@query
def _containers(service: Service) -> tuple[str, ...]:
    """Return the directories that hold whole applications, innermost first, each with its ``/``.

    ``services/`` of a repository with many applications is no layer of any of
    them. The applications are made in directories below it, and none is made beside it.
    It is no package, or at least two of these directories each hold one; or they are
    services of their own that lie there. Nor is the package of an application that is called
    ``api``: it is made in there, and there are its services or what they share.
    """
    made = {
        reference.module.relative.rpartition("/")[0]
        for reference in references_to(service, "fastapi.FastAPI")
        if reference.call is not None
    }
    packages = {m.relative.rpartition("/")[0] for m in service.modules if m.is_package}
    below: dict[str, set[str]] = {}
    for home in made:
        parts = home.removesuffix("/app").removesuffix("/src").split("/")
        below.setdefault("/".join(parts[:-1]), set()).add(parts[-1])
    found = {f"{directory}/" for directory in service.unseen.fleets}
    for home in made:
        parts = home.split("/")
        for end in range(1, len(parts)):
            directory, around = "/".join(parts[:end]), "/".join(parts[: end - 1])
            if around in made:
                continue
            if directory not in packages or len(below.get(directory, ())) > 1:
                found.add(f"{directory}/")
        if _holds_application(service, home):
            found.add(f"{home}/")
    return tuple(sorted(found, key=lambda directory: (-directory.count("/"), directory)))


@query
def _contexts(service: Service) -> tuple[str, ...]:
    """Return the directories that are named for services and hold all layers, each with its ``/``.

    ``service/`` with ``ordering/http_controller/`` and ``ordering/repo/``: nothing lies in such a
    directory itself, and below it are endpoints in directories that are named for them.
    """
    globs = service.settings.layers
    named: dict[str, None] = {}
    own = set()
    for module in service.modules:
        home, _, name = module.relative.rpartition("/")
        if name != "__init__.py":
            own.add(home)
        parts = home.split("/")
        for end in range(1, len(parts)):
            if matches_any("/".join((*parts[:end], "any.py")), globs.services):
                named["/".join(parts[:end])] = None
                break
    others = {directory.rstrip("/") for directory in _containers(service)}
    named = {directory: None for directory in named if directory not in own | others}
    routing = {
        f"{reference.module.relative.rpartition('/')[0]}/"
        for reference in (references_to(service, "fastapi.APIRouter") if named else ())
        if reference.call is not None
    }
    return tuple(
        f"{directory}/"
        for directory in named
        if any(
            home.startswith(f"{directory}/")
            and "/" in (below := home.removeprefix(f"{directory}/")).rstrip("/")
            and _nearest(below, globs) is Layer.API
            for home in routing
        )
    )


def _nearest(relative: str, globs: Layers) -> Layer:
    """Return the layer for which the innermost directory of *relative* is named that says one."""
    *parts, name = relative.split("/")
    for part in (None, *reversed(parts)):
        if part is not None and "controller" in part:
            return Layer.API
        if part in _APPLICATIONS:
            return Layer.SERVICES
        for layer, patterns in _named(globs):
            if matches_any(name if part is None else f"{part}/any.py", patterns):
                return layer
    return Layer.OTHER


def _holds_application(service: Service, home: str) -> bool:
    """Tell whether the directory *home* is in the API by its name, and other layers lie in it."""
    globs = service.settings.layers
    inner = (*globs.services, *globs.repositories, *globs.core)
    return matches_any(f"{home}/any.py", globs.api) and any(
        matches_any(f"{directory}/any.py", inner)
        for module in service.modules
        if module.relative.startswith(f"{home}/")
        for directory in [_below(module.relative.removeprefix(f"{home}/"))]
        if directory.isidentifier()
    )


def _below(relative: str) -> str:
    """Return the outermost directory of *relative* that is called for more than a version."""
    *directories, name = relative.split("/")
    return next((x for x in directories if not _VERSION.fullmatch(x)), name)


@query
def hides_modules(service: Service) -> bool:
    """Tell whether a module of the app could not be read: nobody knows what it does or takes."""
    return any(module.facts.is_unknown and in_app(module) for module in service.modules)


def in_app(module: Module) -> bool:
    """Tell whether *module* is part of the app: in a layer, and no test."""
    return layer_of(module) not in (Layer.TESTS, Layer.NONE)
