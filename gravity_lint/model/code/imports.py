"""What modules of a service take from each other, and whether it is there.

Python's own search is followed: relative imports from the importing module's directory, absolute
ones from the one directory of the service in which their first name can be found.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned, Binding, Imported, checks_types
from gravity_lint.model.code.layers import Layer, in_app, layer_of
from gravity_lint.model.code.mentions import mentions
from gravity_lint.model.code.names import External, is_exported, resolve
from gravity_lint.model.code.questions import by_module, question
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import AtStep
from gravity_lint.model.code.words import known_as, saying, saying_both
from gravity_lint.sources.spans import Span

_FAILURES = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_EVERYWHERE = frozenset(
    {"__annotations__", "__builtins__", "__cached__", "__dict__", "__doc__", "__file__"}
    | {"__loader__", "__name__", "__package__", "__path__", "__spec__"}
)
"""What every module binds, or may bind, without saying so."""
_DYNAMIC = frozenset(
    {"__dict__", "__getattr__", "__path__", "exec", "globals", "locals", "modules", "setattr"}
    | {"vars"}
)
"""Words of modules that bind names which are not written in them."""
_HOOKS = ("sys.modules", "sys.meta_path", "sys.path_hooks")
"""By what a program changes what importing means."""
_PATHS = ("sys.path", "site.addsitedir")
"""By what a file changes where is searched for what it imports."""


class OwnImport(AtStep, Record, frozen=True):
    """A *name* that is taken from *source*, a module of the service in view."""

    step: Step
    fact: f.Import
    source: Module
    name: str

    @property
    def span(self) -> Span:
        """The name as it is imported."""
        return self.fact.span

    @property
    def source_name(self) -> str:
        """The dotted name of the source: as it is imported by, unless that is relative."""
        return self.source.name if self.fact.level else self.fact.module

    @property
    def is_bound(self) -> bool | None:
        """Tell whether the import finds the name; None if that is not known."""
        if _means_another(self.source):
            return None
        if self.source is not self.module or not self._is_all_that_binds():
            bound = binds(self.source, self.name)
            if bound is not False:
                return bound
        if _search(self.module.service).has_module(self.source, self.name):
            return True
        return None if self._may_come_otherwise() else False

    @property
    def is_lacked_often(self) -> bool:
        """Tell whether several imports miss the name, so that it is what went away."""
        service = self.module.service
        lacking = service.memory.ask(("lacking", self.name), {}, _lacking, service, self.name)
        return lacking.get(self.source, 0) > 1

    @property
    def closest(self) -> str | None:
        """The name that the source itself gives to something which is most like the missing one.

        What it only imports from elsewhere is something else, and what is more like another name
        that is missed beside it was meant there. Of two that are as like it, either may be meant.
        """
        from difflib import get_close_matches  # few modules lack a name

        service, names = self.module.service, []
        for name, rows in self.source.bindings.items():
            imported = [row.fact for row in rows if isinstance(row, Imported)]
            known = [_search(service).module_of(self.source, fact) for fact in imported]
            if name != self.name and None not in known:
                names.append(name)
        likest = get_close_matches(self.name, names, 3, 0.75)
        near = [(x, _likeness(self.name, x)) for x in likest if _may_be_meant(self.name, x)]
        if not near or (len(near) > 1 and near[0][1] == near[1][1]):
            return None
        found, likeness = near[0]
        better = any(_likeness(other, found) > likeness for other in self._missed_beside())
        return None if better else found

    def _missed_beside(self) -> Iterator[str]:
        """Yield the other names that the importing module misses in the source."""
        for own in own_imports.of(self.module):
            if own.source is self.source and own.name != self.name and own.is_bound is False:
                yield own.name

    @property
    def is_for_checkers(self) -> bool:
        """Tell whether the source has the name, but for type checkers only."""
        return any(_is_for_checkers(row) for row in self.source.bindings.get(self.name, ()))

    def _is_all_that_binds(self) -> bool:
        """Tell whether only such imports as this one, of a package from itself, bind the name."""
        rows = self.source.bindings.get(self.name, ())
        search = _search(self.module.service)
        return self.source.is_package and all(
            isinstance(row, Imported)
            and row.fact.name == self.name
            and search.module_of(self.module, row.fact) is self.module
            for row in rows
        )

    def _may_come_otherwise(self) -> bool:
        """Tell whether something that is not written in the source may give the name."""
        service = self.module.service
        if is_dynamic(self.source):
            return True
        if self.source.is_package and service.unseen.may_hold(_inside(self.source, self.name)):
            return True
        hooks = _hooks(service)
        if any(in_app(x) for x in hooks) or (hooks and not in_app(self.module)):
            return True
        return any(
            isinstance(mention.expression, f.Attribute)
            and isinstance(mention.step.statement, f.Assign)
            and mention.expression in mention.step.statement.targets
            for mention in mentions(service, self.name)
        )


@by_module
def own_imports(module: Module) -> Iterable[OwnImport]:
    """Return the imports of the service's own names that must succeed, in source order.

    Not those for type checkers, nor those whose failure is awaited; and none of a module that a
    package of its name hides, which nobody can import.
    """
    search = _search(module.service)
    if search.hides(module):
        return ()
    return (
        OwnImport(step, fact, source, fact.name)
        for scope in module.importing()
        for step in scope.steps
        for fact in [step.statement]
        if isinstance(fact, f.Import) and fact.name is not None and fact.name != "*"
        for source in [search.module_of(step.module, fact)]
        if source is not None and not (checks_types(step) or _may_fail(step))
    )


def _may_be_meant(name: str, other: str) -> bool:
    """Tell whether *other* is *name* but for a letter or two, or only leaves out or adds some."""
    short, long = sorted((name, other), key=len)
    rest = iter(long)
    return all(letter in rest for letter in short) or _likeness(name, other) >= 0.85


def _likeness(one: str, other: str) -> float:
    from difflib import SequenceMatcher

    return SequenceMatcher(None, one, other).ratio()


def _lacking(service: Service, name: str) -> Counter[Module]:
    """Count the imports that miss *name*, by the module in which they miss it."""
    imports = (x for module in saying(service, (name,)) for x in own_imports.of(module))
    return Counter(x.source for x in imports if x.name == name and x.is_bound is False)


def binds(module: Module, name: str) -> bool | None:
    """Tell whether *module* binds *name* when it is run; None if that is not known."""
    memory = module.service.memory
    return memory.ask(("binds", module, name), None, _binds, module, name)


def _binds(module: Module, name: str) -> bool | None:
    if module.facts.is_unknown:
        return None
    rows = module.bindings.get(name, ())
    if rows:
        return not all(_is_for_checkers(row) for row in rows)
    if name in _EVERYWHERE:
        return True
    if is_dynamic(module) or name in _global_names(module):
        return None
    return _starred(module, name)


def _is_for_checkers(binding: Binding) -> bool:
    """Tell whether *binding* does nothing when the program runs: it only tells of a type."""
    match binding:
        case Imported(checking=checking):
            return checking
        case Assigned(value=None):
            return True
    return False


def _starred(module: Module, name: str) -> bool | None:
    """Tell whether a star import of *module* brings *name*; None if one is not known."""
    answer = False
    for fact in module.stars:
        source = _search(module.service).module_of(module, fact)
        brought = binds(source, name) if source is not None else None
        if source is None or brought is None:
            return None
        answer = answer or (brought and is_exported(source, name))
    return answer


@question
def _means_another(module: Module) -> bool:
    """Tell whether *module*, no package, takes names from a module called as it is.

    Who writes that means another file, and what that one binds is not known.
    """
    search = _search(module.service)
    return not module.is_package and any(
        isinstance(step.statement, f.Import)
        and step.statement.name is not None
        and search.module_of(module, step.statement) is module
        for step in module.steps
    )


def is_dynamic(module: Module) -> bool:
    """Tell whether *module* may bind names that are not written in it."""
    words = _DYNAMIC
    return not words.isdisjoint(module.bindings) or module.mentions_any(words)


def _global_names(module: Module) -> frozenset[str]:
    """Return the names that functions of *module* bind in it by ``global``."""
    return frozenset(
        name
        for scope in module.scopes
        if isinstance(scope, Function)
        for step in scope.steps
        if isinstance(step.statement, f.Global)
        for name in step.statement.names
    )


@query
def _hooks(service: Service) -> frozenset[Module]:
    """Return the modules that change what importing means."""
    return _naming(service, _HOOKS)


@query
def _searching_elsewhere(service: Service) -> frozenset[Module]:
    """Return the modules that change where is searched for what they import."""
    return _naming(service, _PATHS)


def _naming(service: Service, paths: tuple[str, ...]) -> frozenset[Module]:
    """Return the modules that mention one of *paths*, names in modules that they name as well."""
    return frozenset(
        module
        for path in paths
        for holder, _, name in [path.rpartition(".")]
        for module in saying_both(service, (name,), known_as(service, holder))
        for mention in module.mentions(name)
        if resolve(mention.step.scope, mention.expression) == External(path)
    )


def _may_fail(step: Step) -> bool:
    """Tell whether the code around *step* reckons with its failure, or never gets there."""
    for attempt in step.trying:
        for handler in attempt.handlers:
            names = {x.name for x in _names(handler.type)}
            if handler.type is None or not names or not names.isdisjoint(_FAILURES):
                return True
    for block in step.block.ancestors():
        match block.owner:
            case f.With(items=items):
                words = {x.name for item in items for x in _names(item.context)}
                if not words.isdisjoint(("suppress", "raises")):
                    return True
            case f.If(test=f.Constant(value=value)) if not value and block.part == "body":
                return True
    return False


def _names(expression: f.Expression | None) -> Iterator[f.Name | f.Attribute]:
    if expression is not None:
        for part in f.walk(expression):
            if isinstance(part, f.Name | f.Attribute):
                yield part


def _reaches(module: Module, home: str) -> bool:
    """Tell whether *module*, which lies elsewhere, finds what lies in *home*.

    The sources of a package are installed, tests are run with all that they need, and a file may
    say where they lie from there.
    """
    if home.rpartition("/")[2] == "src" or layer_of(module) is Layer.TESTS:
        return True
    return module in _searching_elsewhere(module.service) and module.mentions_any(("__file__",))


@query
def _search(service: Service) -> _Search:
    return _Search(service)


class _Search:
    """Python's search for modules, among those of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._modules = {module.relative: module for module in service.modules}
        self._directories = _directories(self._modules)
        self._homes: dict[str, list[str]] = {}
        for path in {x.removesuffix(".py") for x in self._modules} | self._directories:
            home, _, name = path.rpartition("/")
            self._homes.setdefault(name, []).append(home)

    def hides(self, module: Module) -> bool:
        """Tell whether a package of its name lies beside *module*: Python finds that first."""
        return f"{module.relative.removesuffix('.py')}/__init__.py" in self._modules

    def module_of(self, module: Module, fact: f.Import) -> Module | None:
        """Return the module from which *fact* of *module* takes names, if it is the service's."""
        parts = fact.module.split(".") if fact.module else []
        start = self._start(module, fact, parts)
        if start is None:
            return None
        path = start
        for part in parts:
            if f"{path}.py" in self._modules and f"{path}/__init__.py" not in self._modules:
                return None  # a module, not the directory beside it
            path = f"{path}/{part}" if path else part
        return self._modules.get(f"{path}/__init__.py") or self._modules.get(f"{path}.py")

    def has_module(self, package: Module, name: str) -> bool:
        """Tell whether *package* is one, and has a module or a directory of modules *name*."""
        path = _inside(package, name)
        return package.is_package and (path in self._directories or f"{path}.py" in self._modules)

    def _start(self, module: Module, fact: f.Import, parts: list[str]) -> str | None:
        """Return the directory in which the search for *parts* begins; None if not certain."""
        here = module.relative.rpartition("/")[0]
        if fact.level:
            above = here.split("/") if here else []
            end = len(above) - fact.level + 1
            return "/".join(above[:end]) if end > 0 else None
        service, top = self._service, parts[0]
        if top in sys.stdlib_module_names or service.distribution.requires(top):
            return None
        holding = self._homes.get(top, ())
        if len(holding) > 1 and module in _searching_elsewhere(service):
            return None
        # Programs are started from the import roots, scripts also find what lies beside them.
        homes = {
            home
            for home in holding
            if home == here or f"{home}/__init__.py".lstrip("/") not in self._modules
        }
        home = homes.pop() if len(homes) == 1 else None
        if home is None or (home or ".") not in service.import_roots:
            return None
        if not (home == here or here.startswith(home and f"{home}/") or _reaches(module, home)):
            return None  # it may be run from where that is not found, or another is
        # What is imported through a directory is named in full: that is no root of imports.
        through = f"{home.replace('/', '.')}."
        return None if home and any(saying(service, (through,))) else home


def _inside(package: Module, name: str) -> str:
    """Return the path, without suffix, at which a module *name* of *package* would lie."""
    home = package.relative.rpartition("/")[0]
    return f"{home}/{name}" if home else name


def _directories(files: dict[str, Module]) -> set[str]:
    """Return the directories that hold modules, themselves or further down."""
    found: set[str] = set()
    for path in files:
        while path := path.rpartition("/")[0]:
            found.add(path)
    return found
