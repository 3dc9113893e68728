"""The guards of a service: the dependencies by which its endpoints could find out who is asking."""

from __future__ import annotations

from collections import Counter

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import (
    Dependency,
    own_dependencies,
)
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.routers import Router
from gravity_lint.model.api.routing import routing
from gravity_lint.model.auth.authentication import identifies, refuses, ways_in
from gravity_lint.model.auth.credentials import (
    credential_reads,
    takes_request,
)
from gravity_lint.model.code.annotations import opened
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import (
    External,
    Symbol,
)
from gravity_lint.model.code.scopes import Function
from gravity_lint.model.code.service import Service, query


def own_guards(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the dependencies by which *endpoint* could find out who is asking, as one writes them.

    Of those that build upon each other the one below; not one that may let people pass unknown.
    First come those that let in everybody who is known, before them what the router takes
    elsewhere, and of those the most used. Where none is in use, it is one that is there to be used.
    """
    service = endpoint.module.service
    near = _guards_by_router(service).get(endpoint.router, ())
    return tuple(x for x in near if not _is_strict(x)) or _guards_of(service)


@query
def _guards_by_router(service: Service) -> dict[Router | None, tuple[str, ...]]:
    found: dict[Router | None, list[Dependency]] = {}
    for endpoint, dependency in _guards_in_use(service):
        found.setdefault(endpoint.router, []).append(dependency)
    return {router: _lowest(guards) for router, guards in found.items()}


@query
def _guards_of(service: Service) -> tuple[str, ...]:
    in_use = [dependency for _, dependency in _guards_in_use(service)]
    return _lowest(in_use) or _unused_guards(service)


@query
def _guards_in_use(service: Service) -> tuple[tuple[Endpoint, Dependency], ...]:
    """Return the guards of the documented endpoints; others may be those of the documentation."""
    return tuple(
        (endpoint, dependency)
        for endpoint in routing(service).endpoints
        if endpoint.in_schema is not False
        for way in ways_in(endpoint)
        for dependency in way
        if _is_guard(dependency)
    )


def _lowest(guards: list[Dependency]) -> tuple[str, ...]:
    """Return how one writes those of *guards* that build upon no other, the best to take first."""
    found: dict[Symbol | None, Counter[str]] = {}
    for dependency in guards:
        found.setdefault(dependency.provider, Counter())[_spelled(dependency)] += 1
    queue = list(found)
    while queue:
        for below in _below(queue.pop()):
            if below.provider not in found and _is_guard(below):
                if "user" in below.name.split("_"):
                    found[below.provider] = Counter([_spelled(below)])
                    queue.append(below.provider)
    lowest = [
        spelled
        for provider, spelled in found.items()
        if found.keys().isdisjoint(x.provider for x in _below(provider))
    ]
    lowest.sort(key=lambda spelled: (_is_strict(min(spelled)), -spelled.total(), min(spelled)))
    usual = [x for x in lowest if x.total() * _RARE >= lowest[0].total()]
    return tuple(dict.fromkeys(spelled.most_common(1)[0][0] for spelled in usual))


_RARE = 4
"""A guard that is taken so many times less often than the best is for something else."""
_RANKS = frozenset(
    {"admin", "manager", "owner", "permission", "permissions", "role", "roles", "staff"}
    | {"super", "superuser"}
)


def _is_strict(name: str) -> bool:
    """Tell whether a dependency, by its *name*, only lets some people in."""
    return not _RANKS.isdisjoint(name.lower().replace(".", "_").split("_"))


def _below(provider: Symbol | None) -> tuple[Dependency, ...]:
    return own_dependencies(provider) if isinstance(provider, Function) else ()


def _spelled(dependency: Dependency) -> str:
    given = dependency.given
    return f.render(given) if isinstance(given, f.Name | f.Attribute) else dependency.name


def _is_guard(dependency: Dependency) -> bool:
    """Tell whether *dependency*, as it stands, gives whoever is asking, and only if known."""
    provider = dependency.provider
    if dependency.made_by is not None:
        return False
    if isinstance(provider, External):
        return provider.name == dependency.name and identifies(dependency)
    if not isinstance(provider, Function) or _may_give_nobody(provider):
        return False
    return identifies(dependency) or refuses(provider, 401)


def _unused_guards(service: Service) -> tuple[str, ...]:
    """Return the function that is there to be depended on, and asks a scheme, or for the request.

    What else has parameters would get them from the query, a token among them.
    """
    names = service.settings.vocabulary.auth_dependencies
    found = {
        function.name
        for function in service.functions
        if function.name in names
        and function.parent is function.module
        and in_app(function.module)
        and not service.hides(function.module)
        and not any(isinstance(x, Function) for x in function.definitions)
        and _is_dependency(function)
    }
    return tuple(sorted(found, key=names.index)[:1])


def _is_dependency(function: Function) -> bool:
    """Tell whether *function* asks FastAPI for who is asking.

    A bare ``token: str`` would be the query's, and what asks for nothing needs somebody before it.
    """
    return bool(own_dependencies(function) or takes_request(function) or credential_reads(function))


def _may_give_nobody(function: Function) -> bool:
    """Tell whether *function* says that it may give ``None``."""
    given = opened(function.parent or function.module, function.returns)
    if function.is_generator:
        given = next((opened(*x.arguments[0]) for x in given.alternatives if x.arguments), given)
    return given.optional
