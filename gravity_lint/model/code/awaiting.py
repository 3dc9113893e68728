"""What becomes of the coroutine that a call gives: awaited, lost, or handed to somebody.

A coroutine that is never awaited never runs. It is lost where its statement
drops it, where it is used as if it were the result, and where the variable
that holds it is only ever used so. What is returned, yielded, stored or given
to a call may be awaited elsewhere: nothing is known of it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.names import External, Variable, look_up, path_of, resolve
from gravity_lint.model.code.occurrences import readings
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.steps import CallSite, Step

_OWN = ("send", "throw", "close", "__await__", "cr_await", "cr_code", "cr_frame", "cr_running")
"""What a coroutine itself has to offer."""
_TAKING_VALUES = (
    "builtins.bool",
    "builtins.dict",
    "builtins.enumerate",
    "builtins.int",
    "builtins.iter",
    "builtins.len",
    "builtins.list",
    "builtins.set",
    "builtins.sorted",
    "builtins.str",
    "builtins.sum",
    "builtins.tuple",
)
"""Builtins that a coroutine is of no use to."""


class Fate(enum.Enum):
    """What becomes of a coroutine."""

    AWAITED = "awaited"
    LOST = "lost"
    HANDED_ON = "handed on"


def fate_of(site: CallSite) -> Fate:
    """Return what becomes of the coroutine that the call at *site* gives."""
    fate = _use(site.scope, site.step, site.call, site.around)
    if isinstance(fate, Fate):
        return fate
    return _fate_of_variable(site.scope, fate)


_AWAITING = (
    "asyncio.create_task",
    "asyncio.ensure_future",
    "asyncio.gather",
    "asyncio.shield",
    "asyncio.wait_for",
)
"""What takes an awaitable and nothing else."""


def is_awaited(site: CallSite) -> bool:
    """Tell whether the code takes what the call at *site* gives for something to be awaited.

    Then it is that, or the code raises: ``await x()``, ``gather(x())``, ``async with x()``,
    ``async for y in x()``.
    """
    if site.deferred:
        return False
    match site.around:
        case (*_, f.Await()):
            return True
        case (*_, f.Call(function=function) as around) if function is not site.call:
            return site.call in around.arguments and path_of(site.scope, function) in _AWAITING
        case ():
            match site.step.statement:
                case f.With(is_async=True, items=items):
                    return any(item.context is site.call for item in items)
                case f.For(is_async=True, iterable=iterable):
                    return iterable is site.call
    return fate_of(site) is Fate.AWAITED


def _use(
    scope: Scope, step: Step, expression: f.Expression, around: tuple[f.Expression, ...]
) -> Fate | str:
    """Return what the statement does with the value of *expression*, or the name that keeps it."""
    if any(isinstance(x, f.Lambda) for x in around):
        return Fate.HANDED_ON
    child: f.Expression | None = expression
    for parent in reversed(around):
        match parent:
            case f.Await():
                return Fate.AWAITED
            case f.Boolean():
                pass
            case f.Conditional(test=test):
                if test is child:
                    return Fate.LOST
            case f.Attribute(name=name):
                return Fate.HANDED_ON if name in _OWN else Fate.LOST
            case f.Subscript(value=value):
                return Fate.LOST if value is child else Fate.HANDED_ON
            case f.Compare() | f.Unary() | f.Binary() | f.Template() | f.Starred():
                return Fate.LOST
            case f.Call(function=function):
                if function is child:
                    return Fate.LOST
                callee = resolve(scope, function)
                takes_values = isinstance(callee, External) and callee.path in _TAKING_VALUES
                return Fate.LOST if takes_values else Fate.HANDED_ON
            case f.Comprehension(generators=generators):
                used = any(
                    child is generator.iterable or child in generator.conditions
                    for generator in generators
                )
                return Fate.LOST if used else Fate.HANDED_ON
            case _:
                return Fate.HANDED_ON
        child = parent
    match step.statement:
        case f.Evaluate() | f.If() | f.While() | f.For() | f.Assert():
            return Fate.LOST
        case f.Assign(targets=targets, operator=operator) if step.statement.value is child:
            if operator or any(isinstance(target, f.Collection) for target in targets):
                return Fate.LOST
            if len(targets) == 1 and isinstance(targets[0], f.Name):
                return targets[0].name
    return Fate.HANDED_ON


def _fate_of_variable(scope: Scope, name: str) -> Fate:
    """Return what becomes of the coroutines that the variable *name* of *scope* holds."""
    if not isinstance(scope, Function) or look_up(scope, name) != Variable(scope, name):
        return Fate.HANDED_ON
    if any(_mentions(inner, name) for inner in scope.walk()):
        return Fate.HANDED_ON
    fates = set(_fates_of_mentions(scope, name))
    for fate in (Fate.AWAITED, Fate.HANDED_ON):
        if fate in fates:
            return fate
    return Fate.LOST


def _mentions(scope: Scope, name: str) -> bool:
    return any(isinstance(x, f.Name) and x.name == name for step in scope.steps for x in step.parts)


def _fates_of_mentions(scope: Scope, name: str) -> Iterator[Fate]:
    for step, mention, around in readings(scope, name):
        fate = _use(scope, step, mention, around)
        yield fate if isinstance(fate, Fate) else Fate.HANDED_ON


def awaitable_here(site: CallSite) -> bool:
    """Tell whether ``await`` may be written in front of the call at *site*.

    Not outside a coroutine function, not where it would turn a comprehension
    or a generator into an asynchronous one, and not where an ``await`` in front
    of the whole chain was meant for it.
    """
    if not isinstance(site.scope, Function) or not site.scope.is_async:
        return False
    if awaits_what_follows(site):
        return False
    for parent, child in zip(site.around, (*site.around[1:], site.call), strict=False):
        if isinstance(parent, f.Lambda | f.Template):
            return False
        if isinstance(parent, f.Comprehension) and child is not parent.generators[0].iterable:
            return False
    return True


def awaits_what_follows(site: CallSite) -> bool:
    """Tell whether an ``await`` stands in front of a chain that only begins with the call.

    ``await session.execute(query).first()`` awaits what ``first`` gives.
    """
    for parent in reversed(site.around):
        if isinstance(parent, f.Await):
            return bool(site.around) and parent is not site.around[-1]
        if not isinstance(parent, f.Attribute | f.Call | f.Subscript):
            break
    return False
