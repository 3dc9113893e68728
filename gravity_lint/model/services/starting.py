"""What runs before an application takes its first request, and what its requests run.

Start-up handlers (``on_event("startup")``, ``add_event_handler``, ``on_startup``) and a lifespan
up to its ``yield`` run first. What they have made a task of, or have handed on, may run later.
"""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import dependencies
from gravity_lint.model.api.environments import callers
from gravity_lint.model.api.mounting import own_routers
from gravity_lint.model.api.order import placed_routes
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.code.awaiting import Fate, fate_of
from gravity_lint.model.code.handing import handed_over
from gravity_lint.model.code.names import resolve
from gravity_lint.model.code.references import attributes_called
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.scripts import is_at_hand
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.words import saying
from gravity_lint.model.exceptions.coverage import apps
from gravity_lint.model.exceptions.middlewares import entries

_MOST = 200
"""So many callers are looked at."""


@query
def starters(service: Service) -> frozenset[Function]:
    """Return the start-up handlers and lifespans of the service's applications."""
    return frozenset(x for x in _started(service) if isinstance(x, Function))


def _started(service: Service) -> Iterator[object]:
    for module in saying(service, ("on_event",)):
        for function in module.functions:
            if any(_is_start(decorator, "on_event") for decorator in function.decorators):
                yield function
    for step, attribute in attributes_called(service, "add_event_handler"):
        for site in step.scope.calls_in(step):
            if site.call.function is attribute and _is_start(site.call, "add_event_handler"):
                yield _named(site.scope, site.call.argument(1, "func"))
    for site in apps(service):
        yield _named(site.scope, site.call.keyword("lifespan"))
        listed = site.call.keyword("on_startup")
        for item in listed.items if isinstance(listed, f.Collection) else ():
            yield _named(site.scope, item)


def _is_start(call: f.Expression, name: str) -> bool:
    match call:
        case f.Call(function=f.Attribute(name=called)) if called == name:
            event = call.argument(0, "event_type")
            return isinstance(event, f.Constant) and event.value == "startup"
    return False


def _named(scope: Scope, given: f.Expression | None) -> object:
    return resolve(scope, given) if isinstance(given, f.Name | f.Attribute) else None


def starter_of(function: Function) -> Function | None:
    """Return what runs *function* before the first request, where nothing else in view runs it."""
    if function in starters(function.module.service) and not callers(function):
        return None if function.is_generator else function
    found: list[Function] = []
    queue, seen = [function], {function}
    while queue:
        current = queue.pop()
        sites = [site for site in callers(current) if not is_at_hand(site.module)]
        if not sites or len(seen) > _MOST or handed_over(current) or _is_asked(current):
            return None
        for site in sites:
            caller = site.scope
            if not isinstance(caller, Function) or site.deferred or not _runs_there(current, site):
                return None
            if caller in starters(function.module.service):
                if not _is_before_yield(caller, site):
                    return None
                found.append(caller)
            elif caller not in seen:
                seen.add(caller)
                queue.append(caller)
    return found[0] if found else None


def _runs_there(callee: Function, site: CallSite) -> bool:
    return not callee.is_async or fate_of(site) is Fate.AWAITED


def _is_before_yield(function: Function, site: CallSite) -> bool:
    yielding = (step.index for step, _ in function.contents.yields)
    late = any(block.part in ("final", "handler") for block in site.step.block.ancestors())
    return site.step.index < min(yielding, default=site.step.index + 1) and not late


def is_run_by_requests(function: Function) -> bool:
    """Tell whether a request certainly leads to *function*, in the loop that takes requests."""
    queue, seen = [function], {function}
    while queue and len(seen) <= _MOST:
        current = queue.pop()
        if _is_asked(current) and current.is_async:
            return True
        for site in callers(current):
            if isinstance(site.scope, Function) and site.scope not in seen:
                seen.add(site.scope)
                queue.append(site.scope)
    return False


def _is_asked(function: Function) -> bool:
    return function in _asked(function.module.service)


@query
def _asked(service: Service) -> frozenset[Function]:
    """Return the endpoints that requests reach, what they depend on, and middlewares."""
    missed = _missed(service)
    reached = [x for x in endpoints(service) if x.function not in missed]
    provided = (d.provider for endpoint in reached for d in dependencies(endpoint))
    return frozenset(
        (
            *(endpoint.function for endpoint in reached),
            *(provider for provider in provided if isinstance(provider, Function)),
            *entries(service),
        )
    )


@query
def _missed(service: Service) -> frozenset[Function]:
    """Return the endpoints of routers that nothing includes, and those that others shadow."""
    placed = placed_routes(service)
    alone = (x for own in own_routers(service) if own.mounted is False for x in own.endpoints)
    missed = {*alone, *(route.endpoint for route in placed if route.shadow is not None)}
    there = {route.endpoint.function for route in placed if route.shadow is None}
    return frozenset(x.function for x in missed if x.function not in there)
