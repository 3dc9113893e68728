"""Where the work of a session is made lasting: ``commit()``, and the end of a transaction's block.

``async with session.begin():`` commits when the block ends, and so does
``async with maker.begin() as session:``, which closes the session as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.names import External
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.logs.reports import logs
from gravity_lint.model.services.sessions import (
    SessionKind,
    session_calls_of,
    session_kind,
    session_parameters,
    statements_of,
)

_CHANGING = ("add", "add_all", "delete", "delete_all", "merge", "merge_all", "flush")
_CHANGES = ("insert", "update", "delete")


class Commit(Record, frozen=True):
    """A commit of *session*; *site* is the call of ``commit``, or of ``begin`` that has a block.

    The end of the *block* commits; *closing* tells that the session ends with it.
    """

    site: CallSite
    session: f.Expression
    kind: SessionKind
    block: f.With | None = None
    closing: bool = False

    @property
    def step(self) -> Step:
        """The statement that commits, or that has the block."""
        return self.site.step

    @property
    def shown(self) -> str:
        """What commits, as one says it."""
        call = f.render(self.site.call.function)
        if self.block is None:
            return f"`{call}()`"
        head = "async with" if self.block.is_async else "with"
        return f"the end of `{head} {call}()`"

    @cached_property
    def inside(self) -> tuple[Step, ...]:
        """The statements of the block."""
        return tuple(x for x in self.site.scope.steps if self.holds(x))

    def holds(self, step: Step) -> bool:
        """Tell whether *step* stands in the block."""
        return self.block is not None and any(
            around.owner is self.block for around in step.block.ancestors()
        )

    @property
    def last(self) -> Step:
        """The last statement that may come before the work is committed."""
        return self.inside[-1] if self.inside else self.step

    @property
    def changes(self) -> bool:
        """Tell whether it certainly makes a change lasting; ``commit()`` is called for that.

        Where the block has such a call itself, its end has nothing left to commit.
        """
        if self.block is None:
            return True
        scope = self.site.scope
        if any(self.holds(call.site.step) for call in session_calls_of(scope, "commit")):
            return False
        return any(map(self.holds, _changes_in(scope))) or any(
            self.holds(site.step) and self._is_changed_by(site) for site in scope.calls
        )

    def _is_changed_by(self, site: CallSite) -> bool:
        """Tell whether *site* calls another method of the object that changes something by it.

        That is on the same session, and without a word: what logs has said what it changes.
        """
        callee = callee_of(site.scope, site.call)
        match site.scope, callee, site.call.function:
            case Function(receiver=own), Function(cls=Class()), f.Attribute(
                value=f.Name(name=name)
            ):
                if name != own or logs(callee) or not any(_changes_in(callee)):
                    return False
                shown = f.render(self.session)
                given = shown in map(f.render, site.call.given)
                asked = {f.render(x.receiver) for x in session_calls_of(callee)}
                taken = {x.name for x, _ in session_parameters(callee)}
                return asked == {shown} or (given and len(taken) == 1 and asked == taken)
        return False


def _changes_in(scope: Scope) -> Iterator[Step]:
    """Yield the steps of *scope* itself that change something."""
    for call in session_calls_of(scope, *_CHANGING):
        yield call.site.step
    for site in statements_of(scope):
        if _verb(site) in _CHANGES:
            yield site.step


def _verb(site: CallSite) -> str:
    callee = callee_of(site.scope, site.call)
    return callee.name if isinstance(callee, External) else ""


def commits_of(scope: Scope) -> tuple[Commit, ...]:
    """Return the commits of *scope* itself, in source order."""
    return tuple(sorted(_commits(scope), key=lambda x: x.last.index))


def _commits(scope: Scope) -> Iterator[Commit]:
    for call in session_calls_of(scope, "commit"):
        yield Commit(call.site, call.receiver, call.kind)
    for site in scope.calls:
        match site.call.function, site.step.statement:
            case f.Attribute(value=owner, name="begin"), f.With(items=items) as block:
                item = next((x for x in items if x.context is site.call), None)
                if item is None:
                    continue
                kind = session_kind(scope, owner)
                if kind is not None:
                    ended = any(_binds(x, owner) for x in items)
                    yield Commit(site, owner, kind, block, closing=ended)
                elif item.target is not None:
                    kind = session_kind(scope, item.target)
                    if kind is not None:
                        yield Commit(site, item.target, kind, block, closing=True)


def _binds(item: f.WithItem, owner: f.Expression) -> bool:
    match item.target, owner:
        case f.Name(name=bound), f.Name(name=name):
            return bound == name
    return False
