"""Event loops that a program makes for one coroutine, and what only runs in such.

What is bound to a loop, such as a connection, does not outlive it: ``asyncio.run`` in a task of a
worker makes a loop for each job.
"""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.handing import handed_over
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.names import path_of
from gravity_lint.model.code.references import uses_of
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.types import callee_of

_RUNNERS = ("asyncio.run", "asyncio.Runner.run", "uvloop.run")
_STARTERS = ("asgiref.sync.async_to_sync", "anyio.run", "trio.run")
_METHODS = ("run_until_complete",)
_DEEPEST = 3
"""How many functions may pass on the coroutine that the last one runs."""


def runs_in_own_loops(scope: Scope) -> bool:
    """Tell whether *scope* is a coroutine function that only runs in loops made for single calls.

    Functions make those loops, which may be called again, and other such coroutine functions
    await it. Tests call everything, and tell nothing of who else does.
    """
    # a function that calls itself: who else calls it decides
    return scope.module.service.memory.ask(("own loops", scope), True, _runs_in_own_loops, scope)


def _runs_in_own_loops(scope: Scope) -> bool:
    if not isinstance(scope, Function) or not scope.is_async:
        return False
    sites = [
        site
        for site in calls_to(scope.module.service, scope)
        if layer_of(site.module) is not Layer.TESTS and site.scope is not scope
    ]
    called = {id(site.call.function) for site in sites}
    handed = [
        _is_started(step, mention)
        for step, mention in uses_of(scope)
        if id(mention) not in called and layer_of(step.module) is not Layer.TESTS
    ]
    if not all(handed) or (not handed and handed_over(scope)):
        return False
    return bool(sites or handed) and all(
        _is_run(site) or (site.awaited and runs_in_own_loops(site.scope)) for site in sites
    )


def _is_started(step: Step, mention: f.Expression) -> bool:
    """Tell whether a function gives *mention*, a coroutine function, to what makes loops for it."""
    return isinstance(step.scope, Function) and any(
        any(given is mention for given in site.call.arguments)
        and path_of(site.scope, site.call.function) in _STARTERS
        for site in step.scope.calls_in(step)
    )


def _is_run(site: CallSite) -> bool:
    """Tell whether a function gives the coroutine of *site* to a loop of its own."""
    if not isinstance(site.scope, Function) or not site.around:
        return False
    outer = site.around[-1]
    return isinstance(outer, f.Call) and _runs(site.scope, outer, site.call, _DEEPEST)


def _runs(scope: Scope, call: f.Call, coroutine: f.Expression, depth: int) -> bool:
    """Tell whether *call* runs *coroutine*, one of its arguments, in a loop made for it."""
    if not any(x is coroutine for x in call.given):
        return False
    if path_of(scope, call.function) in _RUNNERS:
        return True
    if isinstance(call.function, f.Attribute) and call.function.name in _METHODS:
        return True
    callee = callee_of(scope, call)
    if not isinstance(callee, Function) or callee.is_async or not depth:
        return False
    return any(
        argument_for(callee, call, parameter) is coroutine
        and any(
            isinstance(given, f.Name)
            and given.name == parameter.name
            and _runs(callee, inner.call, given, depth - 1)
            for inner in callee.calls
            for given in inner.call.arguments
        )
        for parameter in callee.arguments
    )
