"""Entities that a function makes, adds to a session, commits and gives back."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.occurrences import occurrences
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module
from gravity_lint.model.code.steps import Block, Step
from gravity_lint.model.code.subjects import AtFunction
from gravity_lint.model.services.commits import Commit, commits_of
from gravity_lint.model.services.functions import business_functions
from gravity_lint.model.services.sessions import SessionCall, SessionKind, session_calls_of
from gravity_lint.model.services.transactions import runs_in_transaction, transaction_around
from gravity_lint.sources.spans import Span

_DETACHING = ("expunge", "expunge_all", "delete", "close", "rollback")


class CommittedEntity(AtFunction, Record, frozen=True):
    """An entity that *function* makes, adds and commits, and that *step* returns.

    *committed* is the last commit that certainly comes before, or that ends a
    block which is left by returning. *many* tells that the name holds a list.
    """

    function: Function
    name: str
    added: SessionCall
    committed: Commit
    step: Step
    many: bool

    @property
    def span(self) -> Span:
        """The ``return`` statement."""
        return self.step.span

    @property
    def extent(self) -> Span:
        """The ``return`` statement."""
        return self.step.span

    @property
    def within(self) -> bool:
        """Tell whether it is returned inside the block that has to end before it is refreshed."""
        return self.committed.holds(self.step) or self._stands_in(self.transaction)

    @cached_property
    def transaction(self) -> f.With | None:
        """The block in which it is committed, and in which nothing runs after that."""
        return transaction_around(self.committed.step)

    @property
    def ended(self) -> Step:
        """The statement behind which the session runs something again: commit, or whole block."""
        steps = (x for x in self.function.steps if x.statement is self.transaction)
        return next(steps, self.committed.step)

    def _stands_in(self, block: f.With | None) -> bool:
        return block is not None and any(x.owner is block for x in self.step.block.ancestors())

    @cached_property
    def refreshed(self) -> bool | None:
        """Tell whether the entity is read anew; None if something else may do so."""
        for call in session_calls_of(self.function, "refresh"):
            if call.site.step.index > self.added.site.step.index:
                given = call.call.argument(0, "instance")
                if isinstance(given, f.Name) and given.name == self.name:
                    return True
                if call.scope is self.function and not isinstance(given, f.Name | f.Attribute):
                    return None
                # In a loop over what was added.
                if any(isinstance(loop, f.For) for loop in call.site.step.loops):
                    return None
        if runs_in_transaction(self.function) or self._is_detached:
            return None
        for step in self.function.steps:
            if self.committed.last.index < step.index <= self.step.index:
                for expression in step.expressions:
                    if self._handed_on(expression):
                        return None
        return False

    @property
    def _is_detached(self) -> bool:
        """Tell whether the session may have let go of it, and could not refresh it then."""
        start, end = self.added.site.step.index, self.committed.last.index
        calls = session_calls_of(self.function, *_DETACHING)
        return any(
            start < call.site.step.index <= end and not any(call.site.step.handlers)
            for call in calls
        )

    def _handed_on(self, expression: f.Expression) -> bool:
        """Tell whether an awaited call is given the entity, so that it may refresh it."""
        for _, around in occurrences(expression, self.name):
            for outer, inner in itertools.pairwise(around):
                if isinstance(outer, f.Await) and isinstance(inner, f.Call):
                    direct = around[-1] is inner or isinstance(around[-1], f.Collection)
                    if direct and not self._is_session_call(inner):
                        return True
        return False

    def _is_session_call(self, call: f.Call) -> bool:
        return any(x.call is call for x in session_calls_of(self.function))


@by_module
def committed_entities(module: Module) -> Iterator[CommittedEntity]:
    """Return the entities that services and repositories make, commit and return."""
    for function in business_functions.of(module):
        commits = [x for x in commits_of(function) if x.kind is SessionKind.ASYNC and not x.closing]
        if commits:
            for added in session_calls_of(function, "add", "add_all"):
                for name, many in _added(function, added):
                    yield from _returned(function, name, added, commits, many=many)


def _added(function: Function, added: SessionCall) -> Iterator[tuple[str, bool]]:
    """Yield the variables whose content *added* adds, and whether each holds a list."""
    if added.method == "add":
        match added.call.argument(0, "instance"):
            case f.Name(name=name) if _makes(function, name, _is_made):
                yield name, False
                for gathering, gathered in _gathered(function).items():
                    if all(_goes_along(item, name, added) for item in gathered):
                        yield gathering, True
        return
    match added.call.argument(0, "instances"):
        case f.Name(name=name) if _makes(function, name, _are_made):
            yield name, True
        case f.Name(name=name) if name in (lists := _gathered(function)):
            if all(_is_new(function, item.value) for item in lists[name]):
                yield name, True
        case f.Collection(items=items):
            for item in items:
                if isinstance(item, f.Name) and _makes(function, item.name, _is_made):
                    yield item.name, False


def _makes(function: Function, name: str, made: Callable[[f.Expression], bool]) -> bool:
    """Tell whether *function* itself makes what its variable *name* holds."""
    bindings = function.bindings.get(name, ())
    return bool(bindings) and all(
        isinstance(binding, Assigned)
        and not binding.unpacked
        and not binding.operator
        and binding.value is not None
        and made(binding.value)
        for binding in bindings
    )


def _is_made(value: f.Expression) -> bool:
    return isinstance(value, f.Call)


def _are_made(value: f.Expression) -> bool:
    match value:
        case f.Comprehension(kind="list", element=element):
            return _is_made(element)
        case f.Collection(kind="list", items=items):
            return bool(items) and all(_is_made(item) for item in items)
    return False


def _is_new(function: Function, value: f.Expression) -> bool:
    """Tell whether *value* is made on the spot, or is a variable whose content is."""
    return _is_made(value) or (isinstance(value, f.Name) and _makes(function, value.name, _is_made))


class _Item(NamedTuple):
    """What is appended to a list, and the statement that does it."""

    value: f.Expression
    step: Step


def _goes_along(item: _Item, name: str, added: SessionCall) -> bool:
    """Tell whether *item* is the variable *name*, appended wherever it is *added*."""
    return (
        isinstance(item.value, f.Name)
        and item.value.name == name
        and item.step.block is added.site.step.block
    )


def _gathered(function: Function) -> dict[str, list[_Item]]:
    """Return what *function* appends to lists that it begins empty, and changes in no other way."""
    found: dict[str, list[_Item]] = {}
    changed: set[str] = set()
    for site in function.calls:
        match site.call.function:
            case f.Attribute(value=f.Name(name=owner), name="append"):
                item = site.call.argument(0, "object")
                if item is not None:
                    found.setdefault(owner, []).append(_Item(item, site.step))
            case f.Attribute(value=f.Name(name=owner)):
                changed.add(owner)
    return {
        name: items
        for name, items in found.items()
        if name not in changed and _makes(function, name, _is_empty)
    }


def _is_empty(value: f.Expression) -> bool:
    match value:
        case f.Collection(kind="list", items=()):
            return True
        case f.Call(function=f.Name(name="list"), arguments=(), keywords=()):
            return True
    return False


def _returned(
    function: Function, name: str, added: SessionCall, commits: list[Commit], *, many: bool
) -> Iterator[CommittedEntity]:
    for step, statement in function.returned:
        if not _gives(statement.value, name) or _is_bound_between(function, name, added, step):
            continue
        before = [commit for commit in commits if _commits_first(commit, added, step, many=many)]
        if before:
            yield CommittedEntity(function, name, added, before[-1], step, many)


def _is_bound_between(function: Function, name: str, added: SessionCall, step: Step) -> bool:
    """Tell whether *name* may hold something else at *step* than what was *added*."""
    start = added.site.step.span
    return any(
        isinstance(binding, Assigned) and start < binding.span < step.span
        for binding in function.bindings[name]
    )


def _gives(value: f.Expression | None, name: str) -> bool:
    """Tell whether *value* is the variable *name*, or a literal that holds it."""
    match value:
        case f.Name():
            return value.name == name
        case f.Collection(items=items):
            return any(isinstance(item, f.Name) and item.name == name for item in items)
    return False


def _commits_first(commit: Commit, added: SessionCall, step: Step, *, many: bool) -> bool:
    """Tell whether *commit* certainly commits what was *added*, before *step* has returned it.

    *many*: what was not added is not in the list that is returned.
    """
    start = _beside(added.site.step, commit.step) if many else added.site.step
    if f.render(commit.session) != f.render(added.receiver):
        return False
    if commit.block is None:
        return (
            start.index < commit.step.index < step.index
            and _surely_before(commit.step, step)
            and _surely_before(start, commit.step)
        )
    if not commit.holds(start) or start.index > step.index or not _surely_before(start, step):
        return False
    return commit.holds(step) or _surely_before(commit.step, step)


def _beside(step: Step, other: Step) -> Step:
    """Return *step*, or the outermost statement around it that is not around *other*."""
    steps = {id(x.statement): x for x in step.scope.steps}
    for block in step.block.ancestors():
        if block.owner is None or other.block.within(block):
            break
        step = steps[id(block.owner)]
    return step


def _surely_before(one: Step, other: Step) -> bool:
    """Tell whether *one* was carried out whenever *other*, further down, is."""
    for block in one.block.ancestors():
        if other.block.within(block):
            return True
        if not _always_passed(block):
            return False
    return False


def _always_passed(block: Block) -> bool:
    """Tell whether whoever comes past the statement has gone through this arm of it to its end."""
    match block.owner:
        case f.With():
            return True
        case f.Try(handlers=handlers):
            if block.part == "final":
                return True
            return block.part in ("body", "otherwise") and all(
                _leaves(handler.body) for handler in handlers
            )
    return False


def _leaves(body: tuple[f.Statement, ...]) -> bool:
    match body[-1] if body else None:
        case f.Return() | f.Raise():
            return True
        case f.If(body=then, otherwise=otherwise):
            return _leaves(then) and _leaves(otherwise)
    return False
