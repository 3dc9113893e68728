"""The calls by which routers get what they hold, and what they are called on.

Shared by those who read includes and those who read registrations.
"""

from __future__ import annotations

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.environments import Environment, environments_at, identity
from gravity_lint.model.api.routers import (
    ADDERS,
    APP,
    DECORATORS,
    INCLUDERS,
    ROUTER,
    Router,
    routers_in,
)
from gravity_lint.model.code.bindings import checks_types
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.types import type_of
from gravity_lint.model.code.words import saying
from gravity_lint.sources.spans import Span

WIRING = (*[f"@{x}" for x in DECORATORS], *[f"{x}()" for x in DECORATORS], *ADDERS, *INCLUDERS)
"""What a module says that registers or includes something by a method."""


class Gap(msgspec.Struct, frozen=True):
    """A part of the routing that cannot be known, and what it is."""

    module: Module
    span: Span
    what: str


@query
def wiring(service: Service) -> tuple[Scope, ...]:
    """Return the scopes of the modules that may register or include something."""
    return tuple(
        scope for module in saying(service, WIRING) if in_app(module) for scope in module.scopes
    )


@query
def wiring_calls(service: Service) -> tuple[tuple[int, CallSite, f.Attribute], ...]:
    """Return the calls of methods by which something may be registered or included.

    They are numbered in source order.
    """
    sites = (site for scope in wiring(service) for site in scope.calls)
    rows = [(s, s.call.function) for s in sites if isinstance(s.call.function, f.Attribute)]
    return tuple((number, site, method) for number, (site, method) in enumerate(rows, 1))


def is_conditional(step: Step) -> bool:
    """Tell whether *step* may not happen: it stands under an ``if``, ``try`` or ``match``."""
    return not checks_types(step) and any(
        isinstance(block.owner, f.If | f.Match | f.While)
        or (isinstance(block.owner, f.Try) and block.part == "handler")
        for block in step.block.ancestors()
    )


def is_routing(site: CallSite, receiver: f.Expression) -> bool:
    """Tell whether *receiver* certainly is a router or an application."""
    made = type_of(site.scope, receiver)
    return made is not None and not made.is_class and made.is_a(APP, ROUTER)


def receivers(site: CallSite, receiver: f.Expression) -> list[tuple[Router, Environment]]:
    """Return the routers that *receiver* stands for, each with what the names mean that time."""
    if not may_vary(site, receiver) and not routers_in(site.scope, receiver, {}):
        return []  # whoever gets there, and how
    found: dict[tuple[int, object], tuple[Router, Environment]] = {}
    for environment in environments_at(site):
        for router in routers_in(site.scope, receiver, environment):
            found.setdefault((id(router), identity(environment)), (router, environment))
    return list(found.values())


def may_vary(site: CallSite, expression: f.Expression) -> bool:
    """Tell whether what *expression* stands for may hang on who calls the function around it."""
    while isinstance(expression, f.Attribute):
        expression = expression.value
    if not isinstance(expression, f.Name) or any(site.step.loops):
        return True
    if any(isinstance(outer, f.Comprehension) for outer in site.around):
        return True
    scope = site.scope
    return isinstance(scope, Function) and any(p.name == expression.name for p in scope.arguments)


def written(expression: f.Expression | None) -> str:
    """Return how the code writes *expression*; ``**`` stands for what is unpacked."""
    return f"`{f.render(expression)}`" if expression is not None else "`**...`"
