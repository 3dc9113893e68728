"""What a name stands for, followed through imports, aliases and re-exports."""

from __future__ import annotations

import builtins
from collections import deque
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import TypeAlias

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned, Binding, Defined, Imported, Received
from gravity_lint.model.code.frameworks import canonical, external_bases
from gravity_lint.model.code.scopes import Class, Function, Module, Scope


class External(msgspec.Struct, frozen=True):
    """Something that the service imports or that Python brings: ``fastapi.APIRouter``.

    *path* is the one canonical name (see `frameworks`); builtins are
    ``builtins.<name>``.
    """

    path: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    @property
    def package(self) -> str:
        """The first part of the path: what is installed, a module of Python's, or ``builtins``."""
        return self.path.partition(".")[0]


class Variable(msgspec.Struct, frozen=True):
    """A name of the service's own that is bound to a value, not to a definition."""

    scope: Scope
    name: str

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """What the name is bound to."""
        return self.scope.bindings.get(self.name, ())

    @property
    def assigned(self) -> Assigned | None:
        """The assignment that gives the value, if it is the only one and whole."""
        rows = [b for b in self.bindings if not (isinstance(b, Assigned) and b.value is None)]
        if len(rows) == 1 and isinstance(rows[0], Assigned):
            only = rows[0]
            if not only.unpacked and not only.operator:
                return only
        return None

    @property
    def value(self) -> f.Expression | None:
        """The expression that the name is bound to, if there is just one."""
        return self.assigned.value if self.assigned is not None else None


Symbol: TypeAlias = External | Class | Function | Module | Variable


def resolve(scope: Scope, expression: f.Expression | None) -> Symbol | None:
    """Return what *expression*, a dotted name seen from *scope*, stands for; None if unknown.

    Aliases (``Router = APIRouter``) are followed to what they name. A name
    that is bound to different things in different places is unknown.
    """
    match expression:
        case f.Name(name=name):
            return look_up(scope, name)
        case f.Attribute(value=value, name=name):
            found = member(resolve(scope, value), name)
            if isinstance(found, External):
                # What a directory without ``__init__.py`` holds are modules all the same.
                service = scope.module.service
                if service.has_package(found.path.partition(".")[0]):
                    return service.find(found.path, scope.module) or found
            return found
        case f.Subscript(value=value):
            # ``ApiResponse[User]`` is still ApiResponse.
            symbol = as_type(scope, resolve(scope, value))
            return symbol if isinstance(symbol, Class | External) else None
    return None


def as_type(scope: Scope, symbol: Symbol | None) -> Symbol | None:
    """Return what *symbol*, found for a name in *scope*, means where only a type can stand.

    A function is none, and takes no index: above one of the module that is called ``list``, the
    name is the builtin's.
    """
    if isinstance(symbol, Function) and symbol.parent is scope.module:
        if isinstance(getattr(builtins, symbol.name, None), type):
            return External(f"builtins.{symbol.name}")
    return symbol


def path_of(scope: Scope, expression: f.Expression | None) -> str | None:
    """Return the canonical path of the external thing that *expression* names, else None."""
    symbol = resolve(scope, expression)
    return symbol.path if isinstance(symbol, External) else None


def look_up(scope: Scope, name: str) -> Symbol | None:
    """Return what the bare *name* stands for in *scope*, following Python's scoping."""
    current: Scope | None = scope
    while current is not None:
        # Names of a class body are not seen from the functions inside it.
        visible = current is scope or not isinstance(current, Class)
        if visible and name in current.bindings:
            return bound(current, name)
        if visible and isinstance(current, Module):
            found = _from_stars(current, name)
            if found is not None:
                return found
        current = current.parent
    if hasattr(builtins, name):
        return External(f"builtins.{name}")
    return _from_libraries(scope.module, name)


def bound(scope: Scope, name: str) -> Symbol | None:
    """Return what *name*, bound in *scope* itself, stands for."""
    service = scope.module.service
    return service.memory.ask(("bound", scope, name), None, _bound, scope, name)


def _bound(scope: Scope, name: str) -> Symbol | None:
    bindings = scope.bindings.get(name, ())
    if not bindings:
        return None
    imports = [b for b in bindings if isinstance(b, Imported)]
    if imports and len(imports) < len(bindings):
        # ``try: import x`` with a stand-in in ``except``: what is meant is x.
        if all(b.guarded for b in imports) and all(
            isinstance(b, Imported | Assigned | Defined) for b in bindings
        ):
            bindings = tuple(imports)
    symbols = {_symbol(scope, name, binding) for binding in bindings}
    if len(symbols) == 1:
        return symbols.pop()
    if imports and len(imports) == len(bindings) and any(b.guarded for b in imports):
        # ``try: from x import A`` and ``except: from y import A``: what is meant is x's.
        known = (_symbol(scope, name, binding) for binding in imports)
        return next((symbol for symbol in known if symbol is not None), None)
    if all(isinstance(b, Assigned | Received) for b in bindings):
        return Variable(scope, name)
    definitions = [b.scope for b in bindings if isinstance(b, Defined)]
    if len(definitions) == len(bindings) and all(
        isinstance(d, Function) or d.step.block.parent is None for d in definitions
    ):
        # ``@overload``, ``@property`` and ``@x.setter``, a class that is defined again:
        # the last one counts.
        return definitions[-1]
    return None


def _symbol(scope: Scope, name: str, binding: Binding) -> Symbol | None:
    match binding:
        case Imported(fact=fact):
            return imported(scope.module, fact)
        case Defined(scope=definition):
            return definition
        case Assigned(value=f.Name() | f.Attribute() as alias, unpacked=(), operator=""):
            if isinstance(alias, f.Name) and alias.name == name:
                target = look_up(scope.parent, name) if scope.parent is not None else None
            else:
                target = resolve(scope, alias)
            if isinstance(target, Class | Function | External | Module):
                return target
            return Variable(scope, name)
    return Variable(scope, name)


def imported(module: Module, fact: f.Import) -> Symbol | None:
    """Return what the import *fact* of *module* binds."""
    service = module.service
    base = import_path(module, fact)
    if base is None:
        return None
    if fact.name is None:
        target = base if fact.renamed else base.partition(".")[0]
        return service.find(target, module) or External(canonical(target))
    found = service.find(base, module)
    if found is not None and found is not module:
        inner = member(found, fact.name)
        if inner is not None:
            return inner
    submodule = service.find(f"{base}.{fact.name}" if base else fact.name, module)
    if submodule is not None:
        return submodule
    if found is not None or _reads_root(module, fact):
        return None
    return External(canonical(f"{base}.{fact.name}"))


def import_path(module: Module, fact: f.Import) -> str | None:
    """Return the dotted name of the module that an import reads; None if above the root.

    Empty for the root itself, which is a package where what lies in it says ``from .app import``.
    """
    if not fact.level:
        return fact.module
    package = module.name.split(".")
    strip = _steps_up(module, fact)
    if strip > len(package):
        return None
    return ".".join([*package[: len(package) - strip], *([fact.module] if fact.module else [])])


def _steps_up(module: Module, fact: f.Import) -> int:
    return fact.level - (1 if module.is_package else 0)


def _reads_root(module: Module, fact: f.Import) -> bool:
    """Tell whether the relative import *fact* reads the root: what is not there is nowhere."""
    return fact.level > 0 and _steps_up(module, fact) == module.name.count(".") + 1


def modules_named(module: Module, fact: f.Import) -> tuple[str, ...]:
    """Return the dotted names of the modules that the import *fact* of *module* may load."""
    path = import_path(module, fact)
    if path is None:
        return ()
    return (path, f"{path}.{fact.name}".lstrip(".")) if fact.name else (path,)


def imported_modules(module: Module) -> Iterator[Module]:
    """Yield the other modules of the service that *module* imports, or takes names from."""
    for scope in module.importing():
        for step in scope.steps:
            fact = step.statement
            for name in modules_named(module, fact) if isinstance(fact, f.Import) else ():
                found = module.service.find(name, module)
                if found is not None and found is not module:
                    yield found


def imports_any(module: Module, libraries: Collection[str]) -> bool:
    """Tell whether *module* itself, and no function in it, imports one of *libraries*."""
    return any(
        isinstance(step.statement, f.Import)
        and not step.statement.level
        and step.statement.module.partition(".")[0] in libraries
        for step in module.steps
    )


def written_out(placed: tuple[Scope, f.Expression]) -> tuple[Scope, f.Expression]:
    """Return the expression that a name stands for, where it is written."""
    scope, expression = placed
    if isinstance(expression, f.Name | f.Attribute):
        symbol = resolve(scope, expression)
        if isinstance(symbol, Variable) and symbol.value is not None:
            return symbol.scope, symbol.value
    return placed


def member(symbol: Symbol | None, name: str) -> Symbol | None:
    """Return the attribute *name* of a module, class or external thing."""
    match symbol:
        case Module():
            if name in symbol.bindings:
                return bound(symbol, name)
            inner = f"{symbol.name}.{name}"
            found = symbol.service.find(inner, symbol) if symbol.is_package else None
            return found or _from_stars(symbol, name) or _from_libraries(symbol, name)
        case External(path=path):
            return External(canonical(f"{path}.{name}"))
        case Class():
            return class_member(symbol, name)
    return None


def class_member(cls: Class, name: str) -> Symbol | None:
    """Return what *name* stands for as an attribute of *cls* or of a base inside the service."""
    for ancestor in ancestors(cls):
        if isinstance(ancestor, Class) and name in ancestor.bindings:
            found = bound(ancestor, name)
            return found if found is not None else Variable(ancestor, name)
    return None


def _from_stars(module: Module, name: str) -> Symbol | None:
    """Return what the ``from x import *`` lines of *module* bring under *name*."""
    if not module.stars:
        return None
    # modules that import all of each other
    return module.service.memory.ask(("stars", module, name), None, _starred, module, name)


def _starred(module: Module, name: str) -> Symbol | None:
    for fact in reversed(module.stars):  # the last one wins
        path = import_path(module, fact)
        source = module.service.find(path, module) if path is not None else None
        if source is not None and source is not module and is_exported(source, name):
            found = member(source, name)
            if found is not None:
                return found
    return None


def is_exported(module: Module, name: str) -> bool:
    """Tell whether ``from module import *`` may bring *name*: ``__all__`` says so, or nothing does.

    An ``__all__`` that is not one literal list may hold any name.
    """
    rows = module.bindings.get("__all__", ())
    if not rows:
        return not name.startswith("_")
    if len(rows) == 1 and isinstance(rows[0], Assigned) and isinstance(rows[0].value, f.Collection):
        items = rows[0].value.items
        if all(isinstance(item, f.Constant) for item in items):
            return any(isinstance(item, f.Constant) and item.value == name for item in items)
    return True


def _from_libraries(module: Module, name: str, depth: int = 8) -> Symbol | None:
    """Return what a star import from a library brings under *name*, if just one can.

    Reached directly, or through modules of the service that do the same.
    """
    if name.startswith("_") or not depth:
        return None
    found: set[Symbol] = set()
    for fact in module.stars:
        path = import_path(module, fact)
        source = module.service.find(path, module) if path is not None else None
        if path is None or source is module:
            continue
        if source is None:
            found.add(External(canonical(f"{path}.{name}")))
        elif name in source.bindings:
            return None  # the service's own, whatever it is
        elif is_exported(source, name):
            through = _from_libraries(source, name, depth - 1)
            if through is not None:
                found.add(through)
    return found.pop() if len(found) == 1 else None


# -- classes -------------------------------------------------------------------------------


def bases(cls: Class) -> tuple[Symbol | None, ...]:
    """Return what each base of *cls* stands for; None for one that is unknown."""
    return cls.module.service.memory.ask(("bases", cls), (), _bases, cls)


def _bases(cls: Class) -> tuple[Symbol | None, ...]:
    assert cls.parent is not None
    return tuple([resolve(cls.parent, base) for base in cls.definition.bases])


Ancestor: TypeAlias = Class | External | None
"""A class, or None for one that is not known."""


def ancestors(cls: Class | External) -> tuple[Ancestor, ...]:
    """Return *cls* and all that it inherits from, near before far; None: something unknown."""
    if isinstance(cls, External):
        return _ancestors_of_external(cls)
    return cls.module.service.memory.ask(("ancestors", cls), (), _ancestors_of_class, cls)


@lru_cache(maxsize=4096)
def _ancestors_of_external(cls: External) -> tuple[Ancestor, ...]:
    return tuple(_near_before_far(cls))


def _ancestors_of_class(cls: Class) -> tuple[Ancestor, ...]:
    direct = bases(cls)
    if len(direct) == 1 and isinstance(direct[0], Class):
        above = ancestors(direct[0])
        return (cls, *(above if cls not in above else [x for x in above if x is not cls]))
    return tuple(_near_before_far(cls))


def _near_before_far(cls: Class | External) -> Iterator[Ancestor]:
    seen: set[Class | External] = set()
    queue: deque[Symbol | None] = deque([cls])
    while queue:
        current = queue.popleft()
        if isinstance(current, Class | External):
            if current in seen:
                continue
            seen.add(current)
            yield current
            if isinstance(current, Class):
                queue.extend(bases(current))
            else:
                known = external_bases(current.path)
                queue.extend([None] if known is None else [External(path) for path in known])
        else:
            yield None


def inherits(cls: Class | External | None, *paths: str) -> bool | None:
    """Tell whether *cls* is or inherits one of the external classes *paths*.

    None where it cannot be known, because a base is unresolved or comes from a
    library of which the model knows nothing.
    """
    if cls is None:
        return None
    outside = external_ancestors(cls)
    if not outside.isdisjoint(paths):
        return True
    return None if None in outside else False


def external_ancestors(cls: Class | External) -> frozenset[str | None]:
    """Return the paths of all that *cls* is or inherits of libraries; None: something unknown."""
    if isinstance(cls, External):
        return _outside_of_external(cls)
    return cls.module.service.memory.ask(("outside", cls), frozenset(), _outside, cls)


@lru_cache(maxsize=4096)
def _outside_of_external(cls: External) -> frozenset[str | None]:
    return _outside(cls)


def _outside(cls: Class | External) -> frozenset[str | None]:
    return frozenset(
        ancestor.path if isinstance(ancestor, External) else None
        for ancestor in ancestors(cls)
        if not isinstance(ancestor, Class)
    )
