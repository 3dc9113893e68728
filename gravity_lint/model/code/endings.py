"""How functions and statements end, and what has to hold to get to one."""

from __future__ import annotations

from collections.abc import Iterator, Set

from gravity_lint import facts as f
from gravity_lint.model.code.names import External, path_of
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.signatures import is_overridden
from gravity_lint.model.code.steps import Step, arms_of
from gravity_lint.model.code.types import callee_of

NEVER = ("typing.NoReturn", "typing.Never", "typing_extensions.Never")
"""What is written for the result of a function that has none."""
_RAISING = ("pytest.exit", "pytest.fail", "pytest.skip", "pytest.xfail")
"""What libraries have that only raises."""


def only_raises(function: Function) -> bool:
    """Tell whether *function* never gives back anything: it raises, if only by what it calls."""
    # functions that call each other for ever: neither is known to raise
    return function.module.service.memory.ask(
        ("only raises", function), False, _only_raises, function
    )


def _only_raises(function: Function) -> bool:
    if function.is_generator:
        return False
    ends = any(step.block.parent is None and always_raises(step) for step in function.steps)
    return ends and all(always_raises(step) for step, _ in function.returned)


def always_raises(step: Step) -> bool:
    """Tell whether *step* raises whenever it is come to, if only by what it calls."""
    match step.statement:
        case f.Raise():
            return True
        case f.Evaluate(value=value) | f.Return(value=value):
            called = value.value if isinstance(value, f.Await) else value
            if not isinstance(called, f.Call):
                return False
            callee = callee_of(step.scope, called)
            if isinstance(callee, External):
                return callee.path in _RAISING
            if not isinstance(callee, Function) or callee.decorators or is_overridden(callee):
                return False
            if callee.is_async is not isinstance(value, f.Await):
                return False
            promised = path_of(callee.parent or callee.module, callee.returns)
            return promised in NEVER or only_raises(callee)
    return False


def ends_raising(statements: tuple[f.Statement, ...], raising: Set[int] = frozenset()) -> bool:
    """Tell whether every way through *statements* ends in a ``raise``.

    Or in a statement of which the identity is among *raising*: those that always do, as
    `always_raises` tells.
    """
    match statements[-1] if statements else None:
        case f.Raise():
            return True
        case f.If(otherwise=otherwise) as branch if otherwise:
            return all(ends_raising(arm, raising) for arm in arms_of(branch))
        case f.With(body=body):
            return ends_raising(body, raising)
        case f.Try(body=body, handlers=handlers, otherwise=otherwise):
            return ends_raising(otherwise or body, raising) and all(
                ends_raising(handler.body, raising) for handler in handlers
            )
        case f.Evaluate() | f.Return() as statement:
            return id(statement) in raising
    return False


def is_cut_off(step: Step) -> bool:
    """Tell whether *step* is never come to: what stands before it in its block always leaves."""
    scope = step.scope
    memory = scope.module.service.memory
    raising = memory.ask(("raising in", scope), frozenset(), _raising_in, scope)
    inner: f.Statement = step.statement
    for block in step.block.ancestors():
        if any(_leaves(statement, raising) for statement in block.before(inner)):
            return True
        if block.owner is None:
            break
        inner = block.owner
    return False


def _raising_in(scope: Scope) -> frozenset[int]:
    """Return which statements of *scope* always raise, by their identity."""
    return frozenset(id(x.statement) for x in scope.steps if always_raises(x))


def _leaves(statement: f.Statement, raising: Set[int]) -> bool:
    """Tell whether nothing behind *statement* is come to; *raising* are those that always do."""
    match statement:
        case f.Return() | f.Raise() | f.Jump(kind="break" | "continue"):
            return True
        case f.If(body=body, otherwise=otherwise):
            return all(any(_leaves(x, raising) for x in arm) for arm in (body, otherwise))
        case f.Try(body=body, handlers=handlers, otherwise=otherwise):
            arms = ((*body, *otherwise), *(handler.body for handler in handlers))
            return all(any(_leaves(x, raising) for x in arm) for arm in arms)
    return id(statement) in raising


def is_switched_off(function: Function) -> bool:
    """Tell whether *function* returns at its start, and what else it has is never come to."""
    match function.steps:
        case (Step(statement=f.Return(value=None | f.Constant())), _, *_):
            return True
    return False


def conditions(step: Step) -> Iterator[tuple[f.Expression, bool]]:
    """Yield what is asked on the way to *step*, and how that has to be answered to get there.

    That is by the ``if`` around it, and by those before it that leave the block.
    """
    inner: f.Statement = step.statement
    for block in step.block.ancestors():
        for statement in block.before(inner):
            yield from _left_behind(statement)
        if block.owner is None:
            break
        if isinstance(block.owner, f.If):
            yield block.owner.test, block.part == "body"
        inner = block.owner


def _left_behind(statement: f.Statement) -> Iterator[tuple[f.Expression, bool]]:
    while isinstance(statement, f.If) and _leaves(statement.body[-1], frozenset()):
        yield statement.test, False
        if len(statement.otherwise) != 1:
            break
        statement = statement.otherwise[0]
