"""Who takes a dependency, so that what is beside them can take it as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import Dependency, own_dependencies
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.programs import application_of, lies_apart, program_of
from gravity_lint.model.api.routers import Router
from gravity_lint.model.auth.credentials import is_request
from gravity_lint.model.auth.guard_kinds import factory
from gravity_lint.model.auth.spellings import named_in
from gravity_lint.model.code.names import Symbol, Variable, resolve
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.types import callee_of

Taker: TypeAlias = Router | Module | int
"""Who takes a guard: a router, an application by the module that makes it, or a program."""


def takers(endpoint: Endpoint, taken: Dependency) -> Iterator[Taker]:
    """Yield who can take what *endpoint* takes: its router, and its program as a whole.

    What is defined in a function that does not give it away is only there for what stands beside,
    and so is what a name of a function stands for.
    """
    provider, named = taken.provider, named_in(taken)
    if named is not None and isinstance(held := resolve(taken.scope, named), Variable):
        if isinstance(held.scope, Function):
            if endpoint.router is not None and endpoint.router.scope is held.scope:
                yield endpoint.router
            return
    if endpoint.router is not None:
        yield endpoint.router
    hidden = isinstance(provider, Function) and isinstance(provider.parent, Function)
    if not hidden or taken.made_by is not None or factory(taken) is not None:
        own, program = parts_of(endpoint)
        yield own
        if isinstance(own, Module) and isinstance(provider, Function | Class):
            if lies_apart(provider.module, own):
                return
        if not _asks_application(provider):
            yield program


def parts_of(endpoint: Endpoint) -> tuple[Module | int, int]:
    """Return the application that serves *endpoint*, by its module, and the program it is of.

    A number stands for those of the program of which it is not known which application that is.
    """
    program = program_of(endpoint.module)
    return application_of(endpoint) or ~program, program


def _asks_application(provider: Symbol | None) -> bool:
    """Tell whether *provider* or what it hands the request to asks the application: its state.

    Only the application that prepares what it is asked for can have *provider* for a dependency.
    """
    pending, seen = [provider], set[Symbol | None]()
    while pending:
        function = pending.pop()
        if function in seen or not isinstance(function, Function):
            continue
        seen.add(function)
        if any(
            is_request(function, mention.value)
            for step in function.steps
            for mention in step.parts
            if isinstance(mention, f.Attribute) and mention.name == "app"
        ):
            return True
        pending += [x.provider for x in own_dependencies(function)]
        pending += [
            callee_of(function, site.call)
            for site in function.calls
            if any(is_request(function, given) for given in site.call.given)
        ]
    return False
