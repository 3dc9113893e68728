"""Entities that a function makes, adds to a session, commits and gives back."""

from __future__ import annotations

import itertools
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.awaiting import occurrences
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Block, Step
from gravity_lint.model.code.subjects import AtFunction
from gravity_lint.model.services.business import business_functions
from gravity_lint.model.services.sessions import SessionCall, session_calls_of
from gravity_lint.sources.spans import Span


class CommittedEntity(AtFunction, Record, frozen=True):
    """An entity that *function* makes, adds and commits, and that *step* returns.

    *committed* is the last commit that certainly comes before.
    """

    function: Function
    name: str
    added: SessionCall
    committed: SessionCall
    step: Step

    @property
    def span(self) -> Span:
        """The ``return`` statement."""
        return self.step.span

    @property
    def extent(self) -> Span:
        """The ``return`` statement."""
        return self.step.span

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
        for step in self.function.steps:
            if self.committed.site.step.index < step.index <= self.step.index:
                for expression in step.expressions:
                    if self._handed_on(expression):
                        return None
        return False

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


@query
def committed_entities(service: Service) -> tuple[CommittedEntity, ...]:
    """Return the entities that services and repositories make, commit and return."""
    found: list[CommittedEntity] = []
    for function in business_functions(service):
        commits = [x for x in session_calls_of(function, "commit") if x.is_async]
        if not commits:
            continue
        for added in session_calls_of(function, "add"):
            given = added.call.argument(0, "instance")
            if isinstance(given, f.Name) and _makes(function, given.name):
                found += _returned(function, given.name, added, commits)
    return tuple(found)


def _makes(function: Function, name: str) -> bool:
    """Tell whether *function* itself makes what its variable *name* holds."""
    bindings = function.bindings.get(name, ())
    return bool(bindings) and all(
        isinstance(binding, Assigned)
        and not binding.unpacked
        and not binding.operator
        and isinstance(binding.value, f.Call)
        for binding in bindings
    )


def _returned(
    function: Function, name: str, added: SessionCall, commits: list[SessionCall]
) -> list[CommittedEntity]:
    found = []
    for step, statement in function.returned:
        if not isinstance(statement.value, f.Name) or statement.value.name != name:
            continue
        before = [
            commit
            for commit in commits
            if added.site.step.index < commit.site.step.index < step.index
            and _surely_before(commit.site.step, step)
        ]
        if before and _surely_before(added.site.step, before[-1].site.step):
            found.append(CommittedEntity(function, name, added, before[-1], step))
    return found


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
