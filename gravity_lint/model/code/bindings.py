"""What a name can be bound to, and which statement binds it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Set
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.steps import Step
from gravity_lint.sources.spans import Span

if TYPE_CHECKING:
    from gravity_lint.model.code.scopes import Class, Function


class Imported(Record, frozen=True):
    """Bound by an import; *checking* if only under ``if TYPE_CHECKING``."""

    fact: f.Import
    checking: bool
    guarded: bool
    """Inside a ``try``: another binding may stand in if the import fails."""


def loads(binding: object) -> bool:
    """Tell whether *binding* comes with an import of a module below what it binds.

    ``import app.models`` binds ``app``, and is mostly there for what the module does.
    """
    return (
        isinstance(binding, Imported)
        and not binding.guarded
        and binding.fact.name is None
        and not binding.fact.renamed
        and "." in binding.fact.module
    )


class Assigned(Record, frozen=True):
    """Bound by an assignment.

    *value* is None for a bare annotation. *unpacked* is the path of indices of
    an unpacking (``a, (b, c) = value`` binds ``c`` with ``(1, 1)``).
    """

    value: f.Expression | None
    annotation: f.Expression | None
    unpacked: tuple[int, ...]
    span: Span
    operator: str = ""


def assigns_value(binding: object) -> bool:
    """Tell whether *binding* is an assignment, and more than an annotation."""
    return isinstance(binding, Assigned) and binding.value is not None


def stays(name: str, binding: object, before: Collection[Binding]) -> bool:
    """Tell whether *binding* gives *name* what it is already, by what was bound to it *before*.

    ``router = router`` below an import tells a type checker that others may import it from here. An
    annotation counts where nothing before it says what the name is.
    """
    return (
        isinstance(binding, Assigned)
        and isinstance(binding.value, f.Name)
        and binding.value.name == name
        and not (binding.unpacked or binding.operator)
        and bool(before)
        and (binding.annotation is None or all(isinstance(x, Imported | Defined) for x in before))
    )


class Defined(Record, frozen=True):
    """Bound by ``def`` or ``class``."""

    scope: Function | Class


class Received(Record, frozen=True):
    """A parameter."""

    parameter: f.Parameter


class Iterated(Record, frozen=True):
    """Bound by a ``for``: an element of *iterable*."""

    iterable: f.Expression
    unpacked: tuple[int, ...]
    span: Span
    is_async: bool


class Entered(Record, frozen=True):
    """Bound by ``with context as name``."""

    context: f.Expression
    is_async: bool
    span: Span


class Caught(Record, frozen=True):
    """Bound by ``except type as name``."""

    handler: f.Handler


class Opaque(Record, frozen=True):
    """Bound in a way about which nothing is known (``match``, ``global`` elsewhere, ``del``)."""

    span: Span


Binding: TypeAlias = Imported | Assigned | Defined | Received | Iterated | Entered | Caught | Opaque


def bound_by(
    step: Step, definition: Class | Function | None, walruses: Iterable[f.Walrus]
) -> Iterator[tuple[str, Binding]]:
    """Yield the names that *step* binds, each with what to.

    *definition* is the scope that a ``def`` or ``class`` opens, *walruses* are those in the
    expressions of the step.
    """
    statement = step.statement
    match statement:
        case f.Evaluate() | f.Return() | f.If():
            pass  # most statements are such, and bind nothing
        case f.Import(bound=bound):
            if bound != "*":
                yield bound, Imported(statement, checks_types(step), _in_try(step))
        case f.Assign(targets=targets, value=value, annotation=annotation, operator=operator):
            for target, given in (x for t in targets for x in one_by_one(t, value)):
                for name, path in _targets(target):
                    yield name, Assigned(given, annotation, path, statement.span, operator)
        case f.FunctionDefinition() | f.ClassDefinition():
            assert definition is not None
            yield statement.name, Defined(definition)
        case f.For(target=target, iterable=iterable, is_async=is_async):
            for name, path in _targets(target):
                yield name, Iterated(iterable, path, target.span, is_async)
        case f.With(items=items, is_async=is_async):
            for item in items:
                if isinstance(item.target, f.Name):
                    yield item.target.name, Entered(item.context, is_async, item.target.span)
                elif item.target is not None:
                    for name, _ in _targets(item.target):
                        yield name, Opaque(item.target.span)
        case f.Try(handlers=handlers):
            for handler in handlers:
                if handler.name is not None:
                    yield handler.name, Caught(handler)
        case f.Match(cases=cases):
            for case in cases:
                for name in case.captures:
                    yield name, Opaque(case.span)
    for walrus in walruses:
        yield walrus.target.name, Assigned(walrus.value, None, (), walrus.span)


def one_by_one(
    target: f.Expression, value: f.Expression | None
) -> Iterator[tuple[f.Expression, f.Expression | None]]:
    """Yield what is assigned to what: ``a, b = c, d`` is ``a = c`` and ``b = d``."""
    if isinstance(target, f.Collection) and isinstance(value, f.Collection):
        starred = any(isinstance(x, f.Starred) for x in (*target.items, *value.items))
        if len(target.items) == len(value.items) and not starred and value.kind != "set":
            for inner, given in zip(target.items, value.items, strict=True):
                yield from one_by_one(inner, given)
            return
    yield target, value


def taken_apart(assign: f.Assign) -> Iterator[f.Assign]:
    """Yield what *assign* assigns, each target with its own value."""
    found = [pair for target in assign.targets for pair in one_by_one(target, assign.value)]
    if len(found) == 1:
        yield assign
        return
    for target, value in found:
        yield msgspec.structs.replace(assign, targets=(target,), value=value)


def _targets(
    target: f.Expression, path: tuple[int, ...] = ()
) -> Iterator[tuple[str, tuple[int, ...]]]:
    match target:
        case f.Name(name=name):
            yield name, path
        case f.Collection(items=items):
            for index, item in enumerate(items):
                yield from _targets(item, (*path, index))
        case f.Starred(value=value):
            # What a starred target takes is a list of unknown length.
            yield from _targets(value, (*path, -1))


def checks_types(step: Step) -> bool:
    """Tell whether *step* only happens for type checkers: ``if TYPE_CHECKING:``."""
    for block in step.block.ancestors():
        if isinstance(block.owner, f.If):
            test, names = block.owner.test, step.module.checking_names
            if block.part == "body" and says_checking(test, names):
                return True
            if block.part == "otherwise" and isinstance(test, f.Unary) and test.operator == "not":
                if says_checking(test.operand, names):
                    return True
    return False


def says_checking(test: f.Expression, names: Set[str]) -> bool:
    """Tell whether *test* can only hold for type checkers; *names* mean ``TYPE_CHECKING``."""
    match test:
        case f.Name(name=name):
            return name in names
        case f.Attribute(name=name):
            return name == "TYPE_CHECKING"
        case f.Boolean(operator="and", values=values):
            return any(says_checking(value, names) for value in values)
    return False


def _in_try(step: Step) -> bool:
    return any(isinstance(block.owner, f.Try) for block in step.block.ancestors())
