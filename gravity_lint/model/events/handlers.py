"""Functions that are called when something has happened, and the loops that call them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, path_of
from gravity_lint.model.code.occurrences import readings
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.steps import Block, CallSite
from gravity_lint.model.code.subjects import AtCall, AtFunction
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.events.names import event_given
from gravity_lint.model.exceptions.clauses import Clause, clauses_by_trial, suppresses

_ASKING = ("iscoroutinefunction", "isawaitable", "iscoroutine", "to_thread", "run_in_executor")
_REGISTRIES = ("handler", "subscriber", "listener", "callback", "consumer")
_EVENTFUL = (
    *("event", "message", "bus", "publish", "dispatch", "emit", "consume", "notif", "broker"),
    *("subscri", "signal"),
)
_ONCE = ("startup", "shutdown", "cleanup", "teardown", "lifespan", "exception", "error", "exit")
"""Words of registries whose functions run once, and should stop what they belong to."""
_AWAITING = ("iscoroutine", "isawaitable")
"""How functions are called that tell whether something can be awaited."""
_ISOLATING = ("asyncio.wait_for", "asyncio.shield")
"""What lets a handler's exception through to whoever awaits it."""


class EventHandler(AtFunction, Record, frozen=True):
    """A function that a ``@<bus>.subscribe(...)`` decorator registers."""

    function: Function
    bus: Class | None
    """The service's own class of the bus; None if the bus comes from a library."""

    @cached_property
    def may_be_plain(self) -> bool:
        """Tell whether the bus looks at what it calls before it awaits it."""
        if self.bus is None:
            return False
        return any(
            isinstance(x, f.Name | f.Attribute) and x.name in _ASKING
            for scope in self.bus.walk()
            for step in scope.steps
            for x in step.parts
        )


@by_module(where=lambda _: ("@subscribe",))
def event_handlers(module: Module) -> Iterator[EventHandler]:
    """Return the functions that are registered by a ``@<bus>.subscribe(...)`` decorator."""
    for function in module.functions if in_app(module) else ():
        if function.parent is None:
            continue
        for decorator in function.decorators:
            match decorator:
                case f.Call(function=f.Attribute(name="subscribe") as method):
                    if event_given(function.parent, method, decorator) is not None:
                        subscribe = callee_of(function.parent, decorator)
                        bus = subscribe.cls if isinstance(subscribe, Function) else None
                        yield EventHandler(function, bus)


class Dispatch(AtCall, Record, frozen=True):
    """A loop that calls event handlers one after the other; a comprehension is one as well."""

    site: CallSite
    loop: f.For | f.Comprehension

    @property
    def handler(self) -> str:
        """The name by which the loop calls the handler."""
        return f.render(self.site.call.function)

    @cached_property
    def guard(self) -> Clause | None:
        """The clause inside the loop that takes whatever a handler raises."""
        trials = clauses_by_trial(self.module)
        return next(
            (
                clause
                for block in self._blocks
                if block.part == "body" and isinstance(block.owner, f.Try)
                for clause in trials[id(block.owner)]
                if clause.broad
            ),
            None,
        )

    @property
    def suppressed(self) -> bool:
        """Tell whether a ``with`` inside the loop swallows what a handler raises."""
        return any(
            suppresses(self.site.scope, item.context, External("builtins.Exception"))
            for block in self._blocks
            if isinstance(block.owner, f.With)
            for item in block.owner.items
        )

    @property
    def _blocks(self) -> Iterator[Block]:
        """Yield the blocks between the call and the loop, inner before outer."""
        if isinstance(self.loop, f.Comprehension):
            return
        for block in self.site.step.block.ancestors():
            if block.owner is self.loop:
                return
            yield block


@by_module
def dispatches(module: Module) -> Iterator[Dispatch]:
    """Return the loops over event handlers in which each is called with the event.

    A call whose result is kept is part of a chain, and one that becomes a task
    runs on its own. Of the calls in the branches of a loop that share what guards
    them, or that nothing guards, the first stands for all.
    """
    seen = set()
    for dispatch in _calls_of_handlers(module):
        guard = dispatch.guard
        key = (id(dispatch.loop), guard and id(guard.handler), dispatch.suppressed)
        if key not in seen:
            seen.add(key)
            yield dispatch


def guards_handlers(clause: Clause) -> bool:
    """Tell whether *clause* takes what an event handler raises in the loop that calls it."""
    guards = (dispatch.guard for dispatch in dispatches.of(clause.module))
    return any(guard is not None and guard.handler is clause.handler for guard in guards)


def _calls_of_handlers(module: Module) -> Iterator[Dispatch]:
    for scope in module.scopes if in_app(module) else ():
        for site in scope.calls:
            called = site.call.function
            if isinstance(called, f.Attribute) and called.name in ("handle", "on_event"):
                called = called.value
            if not isinstance(called, f.Name) or not (site.call.arguments or site.call.keywords):
                continue
            comprehension = _awaited_in(site)
            if comprehension is not None:
                [turn] = comprehension.generators
                if _binds(turn.target, called.name) and _dispatches_events(site, turn.iterable):
                    yield Dispatch(site, comprehension)
                continue
            for loop in site.step.loops:
                if isinstance(loop, f.For) and _binds(loop.target, called.name):
                    if _dispatches_events(site, loop.iterable) and _runs_here(site, loop):
                        yield Dispatch(site, loop)
                    break


def _awaited_in(site: CallSite) -> f.Comprehension | None:
    """Return the comprehension over one thing that awaits the call for each."""
    match site.around[-2:]:
        case (f.Comprehension(generators=(_,)) as comprehension, f.Await() as awaited):
            if comprehension.kind != "generator" and comprehension.element is awaited:
                return comprehension
    return None


def _binds(target: f.Expression, name: str) -> bool:
    return any(isinstance(x, f.Name) and x.name == name for x in f.walk(target))


def _dispatches_events(site: CallSite, handlers: f.Expression) -> bool:
    registry = f.render(handlers).lower()
    place = f"{site.scope.label} {registry}".lower()
    return (
        any(word in registry for word in _REGISTRIES)
        and (any(word in place for word in _EVENTFUL) or _hears(site.scope))
        and not any(word in place for word in _ONCE)
    )


def _hears(scope: Scope) -> bool:
    """Tell whether something calls the function when it has heard of an event: ``@bot.on(...)``."""
    return isinstance(scope, Function) and any(
        isinstance(decorator, f.Call)
        and isinstance(decorator.function, f.Attribute)
        and decorator.function.name == "on"
        for decorator in scope.decorators
    )


def _runs_here(site: CallSite, loop: f.For) -> bool:
    """Tell whether a handler runs, and raises, where the loop calls it, for nothing but that."""
    if site.bound_name is not None:
        return _is_only_awaited(site.scope, site.bound_name)
    around = site.around
    match site.step.statement:
        case f.Evaluate(value=f.Call(function=f.Attribute(value=f.Name(name=kept), name="append"))):
            # ``results.append(await handler(event))``: the others see nothing of that.
            if not site.awaited or not _is_kept_for_later(site, loop, kept):
                return False
            around = around[1:]
        case f.Evaluate():
            pass
        case _:
            return False
    for outer in around:
        match outer:
            case f.Await():
                continue
            case f.Call(function=function) if path_of(site.scope, function) in _ISOLATING:
                continue
        return False
    return True


def _is_kept_for_later(site: CallSite, loop: f.For, name: str) -> bool:
    """Tell whether nothing else in the loop reads *name*, to which the call adds what it gives."""
    return not site.is_given((name,)) and not any(
        step is not site.step and any(around is loop for around in step.loops)
        for step, _, _ in readings(site.scope, name)
    )


def _is_only_awaited(scope: Scope, name: str) -> bool:
    """Tell whether *name* holds what a handler gave for no longer than to await it, if it can be.

    ``given = handler(event)``, ``if inspect.isawaitable(given): await given``.
    """
    awaited = False
    for _, mention, around in readings(scope, name):
        match around[-1:]:
            case (f.Await(),):
                awaited = True
            case (
                f.Call(function=f.Name(name=asking) | f.Attribute(name=asking), arguments=(asked,)),
            ) if asked is mention and asking in _AWAITING:
                pass
            case _:
                return False
    return awaited
