"""The guards that a service has: those by which an endpoint of it could find out who is asking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from gravity_lint.model.api.dependencies import Dependency, own_dependencies
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.parameters import demands
from gravity_lint.model.api.paths import parameters
from gravity_lint.model.api.programs import may_run_with, program_of
from gravity_lint.model.api.routers import Router
from gravity_lint.model.api.routing import endpoint_by_function, endpoints
from gravity_lint.model.auth.authentication import authenticates, ways_in
from gravity_lint.model.auth.credentials import credential_reads, speaks_of_claims, takes_request
from gravity_lint.model.auth.guard_kinds import (
    asks_and_refuses,
    is_guard,
    is_guard_by_name,
    is_instance,
    is_made,
    is_of_library,
    is_strict,
)
from gravity_lint.model.auth.openings import is_meant_open
from gravity_lint.model.auth.spellings import is_bound, named_in, spelled, taking
from gravity_lint.model.auth.takers import Taker, parts_of, takers
from gravity_lint.model.code.endings import is_switched_off
from gravity_lint.model.code.importing import loaded_with
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import Symbol, Variable, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.service import Service, query

_Counted: TypeAlias = "tuple[Dependency, int]"
"""A guard, and how often it is taken."""
_RARE = 4
"""A guard that is taken so many times less often than the best is for something else."""


def own_guards(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the dependencies by which *endpoint* could find out who is asking, as one writes them.

    Of those that build upon each other the one below; not one that may let people pass unknown,
    nor one that asks for what requests to the endpoint do not give.
    All are of the program that serves the endpoint, those of its own application before others:
    another of the service may have others. First come those that let in everybody who is known,
    before them what the router takes elsewhere, and of those the most used. Where none is in use,
    it is one that is there to be used, and at last one that is made for each endpoint, of which
    only the name is in view, or that asks for credentials and refuses with 403.
    See `strict_guard` first.
    """
    service, given = endpoint.module.service, _given_by(endpoint)
    parts = parts_of(endpoint)
    here = parts[0] if endpoint.router is None else endpoint.router
    near = _lowest_of(service, here, given)
    own = tuple(x for x in near if not is_strict(x))
    if not own:
        library = _library_guards(service)
        beside = library.get(here, ())
        if not beside and (made := _instances(service).get(here)):
            return made
        usual = _usual(endpoint, library)
        own = beside or tuple(x for x in usual if x in near) or usual or _unused_guard(endpoint)
    if own:
        return tuple(f"Depends({x})" for x in own)
    names, asking = _guards_by_name(service), _guards_that_ask(service)
    named = makers_in_use(endpoint) or _first(names, here, *parts)
    return named or _first(asking, here, *parts)


def _usual(endpoint: Endpoint, library: dict[Taker, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the guards that what serves *endpoint* takes most, of its own or of the *library*."""
    service, given = endpoint.module.service, _given_by(endpoint)
    for part in parts_of(endpoint):
        own, known = _lowest_of(service, part, given), library.get(part, ())
        if found := known if _prefers_library(service, part) else own or known:
            return found
    return ()


def _first(found: Mapping[Taker, tuple[str, ...]], *asked: Taker) -> tuple[str, ...]:
    """Return what the first of those *asked* takes of which anything is *found*."""
    return next((found[taker] for taker in asked if found.get(taker)), ())


def _given_by(endpoint: Endpoint) -> frozenset[str]:
    """Return the parameters that the whole path of *endpoint* has, as far as that is known."""
    if endpoint.paths:
        return frozenset(parameters(endpoint.paths[0].path))
    above = (endpoint.router.prefix or "") if endpoint.router is not None else ""
    return frozenset(parameters(above + (endpoint.own_path or "")))


def _suits(dependency: Dependency, given: frozenset[str]) -> bool:
    """Tell whether requests that give what is *given* in the path can satisfy *dependency*.

    A token in the query is what callers bring to be known.
    """
    provider = dependency.provider
    if not isinstance(provider, Function | Class):
        return True
    asked = demands(provider)
    return not asked.body and all(x in given or speaks_of_claims(x) for x in asked.names)


def blocking_home(endpoint: Endpoint, guard: str) -> Module | None:
    """Return the module that keeps *guard*, as `own_guards` writes it, where that is in the way.

    It needs the module of *endpoint* to be loaded, which cannot import anything of it then.
    """
    here, homes = endpoint.module, _homes_of_guards(endpoint.module.service).get(guard, ())
    blocking = [x for x in homes if here in loaded_with(x) and x not in loaded_with(here)]
    return blocking[0] if blocking and len(blocking) == len(homes) else None


@query
def _homes_of_guards(service: Service) -> dict[str, tuple[Module, ...]]:
    """Return the modules that define what is taken, by how it may be written."""
    found: dict[str, dict[Module, None]] = {}
    for _, dependency in _taken(service):
        named = named_in(dependency)
        held = resolve(dependency.scope, named) if named is not None else dependency.provider
        if isinstance(held, Variable):
            home = held.scope.module
        elif isinstance(held, Function | Class):
            home = held.module
        else:
            continue
        spellings = (f"Depends({spelled(dependency)})", taking(dependency))
        for spelling in (*spellings, taking(dependency, whole=False)):
            found.setdefault(spelling, {})[home] = None
    return {spelling: tuple(homes) for spelling, homes in found.items()}


def strict_guard(endpoint: Endpoint) -> tuple[str, tuple[str, ...]] | None:
    """Return what lets in some people alone, where most others of the router take that, or nothing.

    With the names of the endpoints that take it. What reads is compared with what reads, as
    everybody may read much that few may change.
    """
    near = _callers_by_router(endpoint.module.service).get(endpoint.router, ())
    reads, writes = ([x for x in near if x.only_reads is wanted] for wanted in (True, False))
    rows = reads if _only_reads(endpoint) or all(x.guard is None for x in writes) else writes
    given, guards = _given_by(endpoint), [x.guard for x in rows]
    guarded = [(x.name, x.guard) for x in rows if isinstance(x.guard, Dependency)]
    taken = [(name, x) for name, x in guarded if _suits(x, given) and is_bound(x)]
    if not taken or False in guards or guards.count(None) > len(taken):
        return None
    exact = {taking(x) for _, x in taken}
    first = taken[0][1]
    one = len(exact) == 1 and (len(taken) > 1 or first.alias != "" or not is_made(first))
    found: dict[str, list[str]] = {}
    for name, dependency in taken:
        found.setdefault(taking(dependency, whole=one), []).append(name)
    most = max(found, key=lambda x: len(found[x]))
    if len(found[most]) * 2 <= len(guarded):
        return None
    return most, tuple(dict.fromkeys(found[most]))


class _Entry(Record, frozen=True):
    """Who may call the endpoint *name* on one way to it, and whether that only reads.

    The *guard* is what lets in some alone: False where everybody may who is known, or something may
    guard it that is not in view, None where just everybody may and nothing says that this is meant.
    """

    name: str
    only_reads: bool
    guard: Dependency | bool | None


@query
def _callers_by_router(service: Service) -> dict[Router | None, list[_Entry]]:
    """Return who may call the endpoints of each router that is no application itself."""
    found: dict[Router | None, list[_Entry]] = {}
    for endpoint in endpoints(service):
        if endpoint.router is None or endpoint.router.is_app or is_meant_open(endpoint):
            continue
        rows = found.setdefault(endpoint.router, [])
        for way in ways_in(endpoint):
            guards = [x for x in way if authenticates(x) or is_of_library(x)]
            strict = [x for x in guards if is_made(x) or is_strict(f"{x.name}_{x.written}")]
            may_guard = bool(guards) or any(authenticates(x) is None for x in way)
            who = strict[-1] if strict else False if may_guard else None
            rows.append(_Entry(endpoint.name, _only_reads(endpoint), who))
    return found


def _prefers_library(service: Service, taker: Taker) -> bool:
    """Tell whether the endpoints of *taker* take what a library makes more often than all else.

    What they take now and then is for other callers, such as programs that have a token.
    """
    made = _counted_library_guards(service).get(taker, Counter())
    own = _guards_by_taker(service).get(taker, ())
    return max(made.values(), default=0) > sum(times for _, times in own)


@query
def _library_guards(service: Service) -> dict[Taker, tuple[str, ...]]:
    """Return what a library makes to give the user, by the routers and programs that take it."""
    return {
        taker: tuple(sorted(counted, key=lambda x: (-counted[x], x))[:1])
        for taker, counted in _counted_library_guards(service).items()
    }


@query
def _counted_library_guards(service: Service) -> dict[Taker, Counter[str]]:
    """Return how often they take which, and none that only lets in some people."""
    found: dict[Taker, Counter[str]] = {}
    for endpoint in endpoints(service):
        for way in ways_in(endpoint):
            for dependency in way:
                written = dependency.written
                if is_of_library(dependency) and not is_strict(written):
                    for taker in takers(endpoint, dependency):
                        found.setdefault(taker, Counter())[written] += 1
    return found


def _only_reads(endpoint: Endpoint) -> bool:
    return (endpoint.methods or frozenset({""})) <= {"GET", "HEAD"}


def makers_in_use(endpoint: Endpoint) -> tuple[str, ...]:
    """Return what most often makes guards for endpoints of the service, of which each takes one.

    Not one whose guards ask for what requests to *endpoint* do not give.
    """
    service, given = endpoint.module.service, _given_by(endpoint)
    for part in parts_of(endpoint):
        key = ("makers in use", part, given)
        if made := service.memory.ask(key, (), _most_used_makers, service, part, given):
            return made
    return ()


def _most_used_makers(
    service: Service, taker: Module | int, given: frozenset[str]
) -> tuple[str, ...]:
    made = (x for where, x in _made_guards(service) if taker in where and _suits(x, given))
    found = Counter(taking(x, whole=False) for x in made)
    return tuple(x for x, _ in sorted(found.items(), key=lambda x: (-x[1], x[0]))[:1])


@query
def _made_guards(service: Service) -> tuple[tuple[frozenset[Taker], Dependency], ...]:
    """Return the guards of documented endpoints that something makes for each, and who can."""
    return tuple(
        (frozenset(takers(endpoint, dependency)), dependency)
        for endpoint, dependency in _taken(service)
        if is_made(dependency) and authenticates(dependency)
    )


def _taken(service: Service) -> Iterator[tuple[Endpoint, Dependency]]:
    """Yield what the documented endpoints take; others may be those of the documentation."""
    for endpoint in endpoints(service):
        for way in ways_in(endpoint) if endpoint.in_schema is not False else ():
            for dependency in way:
                if is_bound(dependency):
                    yield endpoint, dependency


def _lowest_of(service: Service, taker: Taker, given: frozenset[str]) -> tuple[str, ...]:
    """Return the `_lowest` guards that the endpoints of *taker*, a router or a program, take."""
    guards = _guards_by_taker(service).get(taker)
    if not guards:
        return ()
    key = ("lowest guards", taker, given)
    return service.memory.ask(key, (), lambda: _lowest(_suiting(guards, given)))


def _suiting(guards: Iterable[_Counted], given: frozenset[str]) -> Iterator[_Counted]:
    """Yield *guards*, in the place of one that does not suit those on which it builds."""
    for dependency, times in guards:
        pending, seen = [dependency], set[Symbol | None]()
        while pending:
            one = pending.pop()
            if one.provider in seen:
                continue
            seen.add(one.provider)
            if _suits(one, given):
                yield one, times
            else:
                pending += [x for x in _below(one.provider) if is_guard(x)]


@query
def _guards_by_taker(service: Service) -> dict[Taker, tuple[_Counted, ...]]:
    """Return the guards in use by the routers and the programs whose endpoints take them.

    Each once, as it is written.
    """
    found: dict[Taker, dict[tuple[Symbol | None, str], list[Dependency]]] = {}
    for endpoint, dependency in _taken(service):
        if is_guard(dependency):
            key = (dependency.provider, spelled(dependency))
            for taker in takers(endpoint, dependency):
                found.setdefault(taker, {}).setdefault(key, []).append(dependency)
    return {
        taker: tuple((same[0], len(same)) for same in rows.values())
        for taker, rows in found.items()
    }


@query
def _guards_by_name(service: Service) -> dict[Taker, tuple[str, ...]]:
    """Return what endpoints take that is a guard by its name, and not in view otherwise.

    The most used, by the routers and the programs that take it.
    """
    return _most_used(service, is_guard_by_name)


@query
def _instances(service: Service) -> dict[Taker, tuple[str, ...]]:
    """Return the objects that endpoints take, of classes of the service, which are guards.

    The most used, by the routers and the programs that take it.
    """
    return _most_used(service, is_instance)


@query
def _guards_that_ask(service: Service) -> dict[Taker, tuple[str, ...]]:
    """Return what endpoints take that asks for credentials, and refuses people who are not known.

    Not by the status that says so. The most used, by the routers and the programs that take it.
    """
    return _most_used(service, asks_and_refuses)


def _most_used(
    service: Service, chosen: Callable[[Dependency], bool]
) -> dict[Taker, tuple[str, ...]]:
    """Return which of the *chosen* dependencies each router, and each program, takes most often."""
    found: dict[Taker, Counter[str]] = {}
    for endpoint, dependency in _taken(service):
        if chosen(dependency):
            taken = taking(dependency, whole=bool(dependency.alias))
            for taker in takers(endpoint, dependency):
                found.setdefault(taker, Counter())[taken] += 1
    return {
        taker: tuple(sorted(counted, key=lambda x: (is_strict(x), -counted[x], x))[:1])
        for taker, counted in found.items()
    }


def _lowest(guards: Iterable[_Counted]) -> tuple[str, ...]:
    """Return how one writes those of *guards* that build upon no other, the best to take first."""
    found: dict[Symbol | None, Counter[str]] = {}
    for dependency, times in guards:
        found.setdefault(dependency.provider, Counter())[spelled(dependency)] += times
    queue = list(found)
    while queue:
        for below in _below(queue.pop()):
            if below.provider not in found and is_guard(below):
                if "user" in below.name.split("_"):
                    found[below.provider] = Counter([spelled(below)])
                    queue.append(below.provider)
    lowest = [
        names
        for provider, names in found.items()
        if found.keys().isdisjoint(x.provider for x in _below(provider))
    ]
    lowest.sort(key=lambda names: (is_strict(min(names)), -names.total(), min(names)))
    usual = [x for x in lowest if x.total() * _RARE >= lowest[0].total()]
    return tuple(dict.fromkeys(names.most_common(1)[0][0] for names in usual))


def _below(provider: Symbol | None) -> tuple[Dependency, ...]:
    return own_dependencies(provider) if isinstance(provider, Function) else ()


def _unused_guard(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the guard that is there for *endpoint* to be depended on, if there is one."""
    program, service = program_of(endpoint.module), endpoint.module.service
    elsewhere = {x.provider for taken in _guards_by_taker(service).values() for x, _ in taken}
    return tuple(
        guard.name
        for guard in _unused_guards(service)
        if may_run_with(guard.module, program) and guard not in elsewhere
    )[:1]


@query
def _unused_guards(service: Service) -> tuple[Function, ...]:
    """Return the functions that are there to be depended on, and ask a scheme, or for the request.

    What else has parameters would get them from the query, a token among them. In the order in
    which the vocabulary has their names.
    """
    names = service.settings.vocabulary.auth_dependencies
    found = [
        function
        for function in service.functions
        if function.name in names
        and function.parent is function.module
        and in_app(function.module)
        and not service.hides(function.module)
        and not any(isinstance(x, Function) for x in function.definitions)
        and not is_switched_off(function)
        and function not in endpoint_by_function(service)
        and _is_dependency(function)
    ]
    return tuple(sorted(found, key=lambda x: names.index(x.name)))


def _is_dependency(function: Function) -> bool:
    """Tell whether *function* asks FastAPI for who is asking.

    A bare ``token: str`` would be the query's, and what asks for nothing needs somebody before it.
    """
    return bool(own_dependencies(function) or takes_request(function) or credential_reads(function))
