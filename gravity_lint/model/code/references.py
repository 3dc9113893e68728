"""Where the service mentions external things, and how it can write them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TypeGuard

import msgspec

from gravity_lint import facts as f
from gravity_lint.edits import AddImport, Edit, RemoveImport
from gravity_lint.model.code.bindings import (
    Assigned,
    Binding,
    Entered,
    Imported,
    Iterated,
    Received,
)
from gravity_lint.model.code.mentions import mentions
from gravity_lint.model.code.names import External, Symbol, Variable, import_path, look_up, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service
from gravity_lint.model.code.steps import Mention, Step
from gravity_lint.model.code.subjects import AtStep
from gravity_lint.model.code.words import renamed, saying
from gravity_lint.sources.spans import Span


class Reference(AtStep, Record, frozen=True):
    """A mention of an external thing; *call* is set where it is called on the spot."""

    path: str
    expression: f.Name | f.Attribute
    call: f.Call | None
    step: Step

    @property
    def place(self) -> Scope:
        """The scope in which it is mentioned."""
        return self.step.scope

    @property
    def span(self) -> Span:
        """The mention itself."""
        return self.expression.span

    @property
    def is_lengthened(self) -> bool:
        """Tell whether more text is put to the ISO format of the time that the call gives."""
        return any(
            isinstance(part, f.Call)
            and isinstance(part.function, f.Attribute)
            and part.function.name == "isoformat"
            and part.function.value is self.call
            for whole in self.step.parts
            if isinstance(whole, f.Binary | f.Template)
            for part in f.walk(whole)
        )


def references_to(service: Service, *paths: str) -> Iterator[Reference]:
    """Yield every mention of the external things with the canonical *paths*, in source order."""
    for path in paths:
        for spelled in _spellings(service, path.rpartition(".")[2]):
            for module in saying(service, (spelled,)):
                yield from _references(module, path, spelled)


def references_in(module: Module, *paths: str) -> Iterator[Reference]:
    """Yield those of the mentions that stand in *module*."""
    for path in paths:
        for spelled in _spellings(module.service, path.rpartition(".")[2]):
            yield from _references(module, path, spelled)


def _spellings(service: Service, word: str) -> list[str]:
    """Return *word* and the names that imports give to what is called so."""
    return sorted({word} | renamed(service).get(word, set()))


def _references(module: Module, path: str, spelled: str) -> Iterator[Reference]:
    for x in module.mentions(spelled):
        symbol = resolve(x.step.scope, x.expression)
        if isinstance(symbol, External) and symbol.path == path:
            yield Reference(path, x.expression, x.call, x.step)


def uses_of(own: Variable | Function | Class) -> Iterator[tuple[Step, f.Name | f.Attribute]]:
    """Yield every mention of the service's *own* name, a variable's assignments included."""
    service = own.scope.module.service if isinstance(own, Variable) else own.module.service
    for spelled in _spellings(service, own.name):
        yield from _own_spelled(service, spelled).get(own, ())


def _own_spelled(
    service: Service, spelled: str
) -> dict[Variable | Function | Class, list[tuple[Step, f.Name | f.Attribute]]]:
    """Return the mentions whose last word is *spelled*, by what of the service they mean."""
    return service.memory.ask(("own", spelled), {}, _own_among, service, spelled)


def _own_among(
    service: Service, spelled: str
) -> dict[Variable | Function | Class, list[tuple[Step, f.Name | f.Attribute]]]:
    found: dict[Variable | Function | Class, list[tuple[Step, f.Name | f.Attribute]]] = {}
    for mention in mentions(service, spelled):
        symbol = resolve(mention.step.scope, mention.expression)
        if isinstance(symbol, Variable | Function | Class):
            found.setdefault(symbol, []).append((mention.step, mention.expression))
    return found


def attributes_called(service: Service, name: str) -> Iterator[tuple[Step, f.Attribute]]:
    """Yield every attribute of the service that is called *name*, whatever it belongs to."""
    for mention in mentions(service, name):
        if isinstance(mention.expression, f.Attribute):
            yield mention.step, mention.expression


def _is_re_exported(service: Service, name: str) -> bool:
    """Tell whether a package imports *name*, for others as well."""
    return any(
        isinstance(binding, Imported) and binding.fact.name == name
        for module in saying(service, (name,))
        if module.is_package
        for bindings in module.bindings.values()
        for binding in bindings
    )


def is_used(own: Function | Class) -> bool:
    """Tell whether the service says the name of its *own* anywhere, or gives it to others."""
    service = own.module.service
    return _is_re_exported(service, own.name) or any(
        True for _ in mentions(service, *_spellings(service, own.name))
    )


def mentions_of(service: Service, word: str) -> Iterator[Step]:
    """Yield the steps that mention a name or an attribute called *word*, whatever it stands for."""
    for mention in mentions(service, word):
        yield mention.step


def spelled(service: Service, word: str) -> Iterator[Mention]:
    """Yield the mentions of what is called *word*, also where an import renames it."""
    for name in _spellings(service, word):
        yield from mentions(service, name)


class Spelling(msgspec.Struct, frozen=True):
    """How a scope can write an external thing: its *text*, and the import that this needs."""

    text: str
    edits: tuple[Edit, ...] = ()


def spell(scope: Scope, module: str, name: str) -> Spelling | None:
    """Return how *scope* can write ``module.name``, importing it if need be.

    None where the name means something else there: in the scope, around it, or
    at the module's top where the import would go.
    """
    target = External(f"{module}.{name}")
    names = _names_bound_to(scope.module)
    for candidate in _imported_around(scope):
        if look_up(scope, candidate) == target:
            return Spelling(candidate)
    for candidate in names.get(target, ()):
        imported = any(isinstance(b, Imported) for b in scope.module.bindings[candidate])
        if imported and look_up(scope, candidate) == target:
            return Spelling(candidate)
    for candidate in names.get(External(module), ()):
        if look_up(scope, candidate) == External(module):
            return Spelling(f"{candidate}.{name}")
    if name in scope.module.bindings or look_up(scope, name) is not None:
        return None
    return Spelling(name, (AddImport(module, name),))


def _imported_around(scope: Scope) -> Iterator[str]:
    """Yield the names that *scope* or a function around it imports, and uses for nothing else."""
    for current in itertools.takewhile(lambda x: isinstance(x, Function), scope.outward()):
        for name, bindings in current.bindings.items():
            if len(bindings) == 1 and isinstance(bindings[0], Imported):
                yield name


def spell_module(scope: Scope, module: str) -> Spelling | None:
    """Return how *scope* can write the top-level *module*; None where the name is taken."""
    for candidate in _names_bound_to(scope.module).get(External(module), ()):
        if look_up(scope, candidate) == External(module):
            return Spelling(candidate)
    if look_up(scope, module) is not None:
        return None
    return Spelling(module, (AddImport(module),))


def _names_bound_to(module: Module) -> dict[External, list[str]]:
    """Return the names at the top of *module* by the external thing that they stand for."""
    return module.service.memory.ask(("names bound to", module), {}, _names_by_symbol, module)


def _names_by_symbol(module: Module) -> dict[External, list[str]]:
    found: dict[External, list[str]] = {}
    for name in module.bindings:
        symbol = look_up(module, name)
        if isinstance(symbol, External):
            found.setdefault(symbol, []).append(name)
    return found


def unneeded_imports(scope: Scope, *gone: f.Expression | None) -> Iterator[RemoveImport]:
    """Yield the removal of the imports from libraries by which *scope* writes *gone*.

    Not where another module takes the name from this one. Those from the
    service stay: modules may do something when they are imported.
    """
    names = {x.name for root in gone if root is not None for x in f.walk(root) if _is_name(x)}
    module = scope.module
    for name in sorted(names):
        for binding in bindings_of(scope, name):
            if isinstance(binding, Imported) and not _is_taken_from(module, name):
                fact = binding.fact
                path = import_path(module, fact)
                if path is not None and module.service.find(path.partition(".")[0]) is None:
                    yield RemoveImport(fact.module, fact.name, fact.bound if fact.renamed else None)


def bindings_of(scope: Scope, name: str) -> tuple[Binding, ...]:
    """Return what binds *name* as *scope* sees it."""
    return next((x.bindings[name] for x in scope.outward() if name in x.bindings), ())


def binding_at(variable: Variable, at: Span | None) -> Binding | None:
    """Return what binds the name as it is read at *at*: the last binding before it."""
    rows: Sequence[Binding] = [
        b for b in variable.bindings if not (isinstance(b, Assigned) and b.value is None)
    ]
    if len(rows) > 1 and at is not None:
        before = [
            b
            for b in rows
            if isinstance(b, Received)
            or (
                isinstance(b, Assigned | Entered | Iterated)
                and (b.span.end_line, b.span.end_column) <= (at.line, at.column)
            )
        ]
        rows = before[-1:]
    return rows[0] if len(rows) == 1 else None


def _is_name(expression: f.Expression) -> TypeGuard[f.Name]:
    return isinstance(expression, f.Name)


def _is_taken_from(module: Module, name: str) -> bool:
    """Tell whether another module takes *name* from this one, where it is but imported."""
    service = module.service
    if _is_read(module, name):
        return True
    through = service.memory.ask(("read through", name), frozenset(), _read_through, service, name)
    return module in through


def _read_through(service: Service, name: str) -> frozenset[Symbol | None]:
    """Return the things whose attribute *name* the service mentions."""
    mentions = attributes_called(service, name)
    return frozenset(resolve(step.scope, mention.value) for step, mention in mentions)


def _is_read(module: Module, name: str) -> bool:
    """Tell whether another module imports *name*, or all names, from *module*."""
    service = module.service
    for other in saying(service, (name, "*")):
        for scope in other.scopes:
            for step in scope.steps:
                fact = step.statement
                if isinstance(fact, f.Import) and fact.name in (name, "*"):
                    path = import_path(other, fact)
                    if path is not None and service.find(path, other) is module:
                        return True
    return False
