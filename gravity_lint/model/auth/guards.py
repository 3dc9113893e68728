"""The guards of a service: the dependencies by which its endpoints could find out who is asking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import (
    Dependency,
    own_dependencies,
)
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.parameters import demands
from gravity_lint.model.api.paths import parameters
from gravity_lint.model.api.programs import application_of, lies_apart, may_run_with, program_of
from gravity_lint.model.api.routers import Router
from gravity_lint.model.api.routing import routing
from gravity_lint.model.auth.authentication import (
    SCHEME,
    authenticates,
    identifies,
    is_scheme,
    may_give_nobody,
    refuses,
    ways_in,
)
from gravity_lint.model.auth.credentials import (
    credential_reads,
    is_request,
    last_name,
    speaks_of_access,
    speaks_of_claims,
    takes_request,
)
from gravity_lint.model.auth.openings import is_meant_open
from gravity_lint.model.code.bindings import Imported
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import (
    External,
    Symbol,
    Variable,
    inherits,
    resolve,
)
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import bindings_of
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.types import callee_of
from gravity_lint.patterns import pattern

_Taker: TypeAlias = Router | Module | int
"""Who takes a guard: a router, an application by the module that makes it, or a program."""


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
    parts = _parts_of(endpoint)
    here = parts[0] if endpoint.router is None else endpoint.router
    near = _lowest_of(service, here, given)
    own = tuple(x for x in near if not _is_strict(x))
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


def _usual(endpoint: Endpoint, library: dict[_Taker, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the guards that what serves *endpoint* takes most, of its own or of the *library*."""
    service, given = endpoint.module.service, _given_by(endpoint)
    for part in _parts_of(endpoint):
        own, known = _lowest_of(service, part, given), library.get(part, ())
        if found := known if _prefers_library(service, part) else own or known:
            return found
    return ()


def _first(found: Mapping[_Taker, tuple[str, ...]], *takers: _Taker) -> tuple[str, ...]:
    """Return what the first of *takers* takes of which anything is *found*."""
    return next((found[taker] for taker in takers if found.get(taker)), ())


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
    taken = [(name, x) for name, x in guarded if _suits(x, given) and _is_bound(x)]
    if not taken or False in guards or guards.count(None) > len(taken):
        return None
    exact = {_taking(x) for _, x in taken}
    first = taken[0][1]
    one = len(exact) == 1 and (len(taken) > 1 or first.alias != "" or not _is_made(first))
    found: dict[str, list[str]] = {}
    for name, dependency in taken:
        found.setdefault(_taking(dependency, whole=one), []).append(name)
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
    for endpoint in routing(service).endpoints:
        if endpoint.router is None or endpoint.router.is_app or is_meant_open(endpoint):
            continue
        rows = found.setdefault(endpoint.router, [])
        for way in ways_in(endpoint):
            guards = [x for x in way if authenticates(x) or _is_of_library(x)]
            strict = [x for x in guards if _is_made(x) or _is_strict(f"{x.name}_{x.written}")]
            may_guard = bool(guards) or any(authenticates(x) is None for x in way)
            who = strict[-1] if strict else False if may_guard else None
            rows.append(_Entry(endpoint.name, _only_reads(endpoint), who))
    return found


def _prefers_library(service: Service, taker: _Taker) -> bool:
    """Tell whether the endpoints of *taker* take what a library makes more often than all else.

    What they take now and then is for other callers, such as programs that have a token.
    """
    made = _counted_library_guards(service).get(taker, Counter())
    own = _guards_by_taker(service).get(taker, ())
    return max(made.values(), default=0) > sum(times for _, times in own)


@query
def _library_guards(service: Service) -> dict[_Taker, tuple[str, ...]]:
    """Return what a library makes to give the user, by the routers and programs that take it."""
    return {
        taker: tuple(sorted(counted, key=lambda x: (-counted[x], x))[:1])
        for taker, counted in _counted_library_guards(service).items()
    }


@query
def _counted_library_guards(service: Service) -> dict[_Taker, Counter[str]]:
    """Return how often they take which, and none that only lets in some people."""
    found: dict[_Taker, Counter[str]] = {}
    for endpoint in routing(service).endpoints:
        for way in ways_in(endpoint):
            for dependency in way:
                written = dependency.written
                if _is_of_library(dependency) and not _is_strict(written):
                    for taker in _takers(endpoint, dependency):
                        found.setdefault(taker, Counter())[written] += 1
    return found


def _takers(endpoint: Endpoint, taken: Dependency) -> Iterator[_Taker]:
    """Yield who can take what *endpoint* takes: its router, and its program as a whole.

    What is defined in a function that does not give it away is only there for what stands beside,
    and so is what a name of a function stands for.
    """
    provider, named = taken.provider, _named_in(taken)
    if named is not None and isinstance(held := resolve(taken.scope, named), Variable):
        if isinstance(held.scope, Function):
            if endpoint.router is not None and endpoint.router.scope is held.scope:
                yield endpoint.router
            return
    if endpoint.router is not None:
        yield endpoint.router
    hidden = isinstance(provider, Function) and isinstance(provider.parent, Function)
    if not hidden or taken.made_by is not None or _factory(taken) is not None:
        own, program = _parts_of(endpoint)
        yield own
        if isinstance(own, Module) and isinstance(provider, Function | Class):
            if lies_apart(provider.module, own):
                return
        if not _asks_application(provider):
            yield program


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
            for expression in step.expressions
            for mention in f.walk(expression)
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


def _parts_of(endpoint: Endpoint) -> tuple[Module | int, int]:
    """Return the application that serves *endpoint*, by its module, and the program it is of.

    A number stands for those of the program of which it is not known which application that is.
    """
    program = program_of(endpoint.module)
    return application_of(endpoint) or ~program, program


def _is_of_library(dependency: Dependency) -> bool:
    """Tell whether a library makes *dependency*, by its name one that gives a user who is known.

    So does ``current_user()`` of FastAPI-Users, but not with ``optional=True``.
    """
    given = dependency.given
    if not isinstance(given, f.Call) or isinstance(dependency.made_by, Function | Class):
        return False
    optional = given.keyword("optional")
    if given.unpacks or not (optional is None or f.render(optional) == "False"):
        return False
    return _USERS.fullmatch(dependency.name) is not None and authenticates(dependency) is not False


def _only_reads(endpoint: Endpoint) -> bool:
    return (endpoint.methods or frozenset({""})) <= {"GET", "HEAD"}


def makers_in_use(endpoint: Endpoint) -> tuple[str, ...]:
    """Return what most often makes guards for endpoints of the service, of which each takes one.

    Not one whose guards ask for what requests to *endpoint* do not give.
    """
    service, given = endpoint.module.service, _given_by(endpoint)
    for part in _parts_of(endpoint):
        key = ("makers in use", part, given)
        if made := service.memory.ask(key, (), _most_used_makers, service, part, given):
            return made
    return ()


def _most_used_makers(
    service: Service, taker: Module | int, given: frozenset[str]
) -> tuple[str, ...]:
    made = (x for where, x in _made_guards(service) if taker in where and _suits(x, given))
    found = Counter(_taking(x, whole=False) for x in made)
    return tuple(x for x, _ in sorted(found.items(), key=lambda x: (-x[1], x[0]))[:1])


@query
def _made_guards(service: Service) -> tuple[tuple[frozenset[_Taker], Dependency], ...]:
    """Return the guards of documented endpoints that something makes for each, and who can."""
    return tuple(
        (frozenset(_takers(endpoint, dependency)), dependency)
        for endpoint, dependency in _taken(service)
        if _is_made(dependency) and authenticates(dependency)
    )


def _taken(service: Service) -> Iterator[tuple[Endpoint, Dependency]]:
    """Yield what the documented endpoints take; others may be those of the documentation."""
    for endpoint in routing(service).endpoints:
        for way in ways_in(endpoint) if endpoint.in_schema is not False else ():
            for dependency in way:
                if _is_bound(dependency):
                    yield endpoint, dependency


def _is_bound(dependency: Dependency) -> bool:
    """Tell whether anything binds the name by which *dependency* is taken, as far as is known."""
    named = _named_in(dependency)
    if named is None or dependency.scope.module.stars:
        return True
    return bool(bindings_of(dependency.scope, named.name))


def _named_in(dependency: Dependency) -> f.Name | None:
    """Return the name with which what gives *dependency* begins, as it is written."""
    named = dependency.given
    while isinstance(named, f.Call | f.Attribute):
        named = named.function if isinstance(named, f.Call) else named.value
    return named if isinstance(named, f.Name) else None


def _is_made(dependency: Dependency) -> bool:
    """Tell whether a function or class of the service makes *dependency*, for who is to pass.

    ``Security(check, scopes=[...])`` says the same, and ``check`` alone may let everybody in.
    """
    if dependency.scopes:
        return True
    if isinstance(dependency.given, f.Call):
        made = isinstance(dependency.made_by, Function | Class) and not is_scheme(dependency)
        return made and bool(dependency.given.arguments or dependency.given.keywords)
    return _factory(dependency) is not None


def _factory(dependency: Dependency) -> Function | None:
    """Return the function with parameters that defines *dependency* and gives it away."""
    provider = dependency.provider
    outer = provider.parent if isinstance(provider, Function) else None
    if not isinstance(provider, Function) or not isinstance(outer, Function):
        return None
    given = (part for _, x in outer.returned if x.value is not None for part in f.walk(x.value))
    named = any(isinstance(part, f.Name) and part.name == provider.name for part in given)
    return outer if outer.arguments and named else None


def _taking(dependency: Dependency, *, whole: bool = True) -> str:
    """Return how one takes *dependency*, with the arguments of its maker if *whole*."""
    given, factory = dependency.given, _factory(dependency)
    if dependency.scopes:
        return f"Security({_spelled(dependency)}, scopes=[...])"
    if dependency.alias and whole:
        return f"Depends({dependency.alias})"
    if isinstance(given, f.Call):
        plain = not (given.arguments or given.keywords)
        maker = f.render(given.function)
        if plain and dependency.alias:
            return f"Depends({dependency.written})"
        shown = dependency.written if whole or plain else f"{maker}(...)"
        named = _own_name(dependency.scope, given.function) or maker
        return f"Depends({named}{shown.removeprefix(maker)})"
    if factory is not None:
        return f"{factory.name}(...)"
    return f"Depends({_spelled(dependency)})"


def _lowest_of(service: Service, taker: _Taker, given: frozenset[str]) -> tuple[str, ...]:
    """Return the `_lowest` guards that the endpoints of *taker*, a router or a program, take."""
    guards = _guards_by_taker(service).get(taker)
    if not guards:
        return ()
    key = ("lowest guards", taker, given)
    return service.memory.ask(key, (), lambda: _lowest(_suiting(guards, given)))


_Counted: TypeAlias = "tuple[Dependency, int]"
"""A guard, and how often it is taken."""


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
                pending += [x for x in _below(one.provider) if _is_guard(x)]


@query
def _guards_by_taker(service: Service) -> dict[_Taker, tuple[_Counted, ...]]:
    """Return the guards in use by the routers and the programs whose endpoints take them.

    Each once, as it is written.
    """
    found: dict[_Taker, dict[tuple[Symbol | None, str], list[Dependency]]] = {}
    for endpoint, dependency in _taken(service):
        if _is_guard(dependency):
            key = (dependency.provider, _spelled(dependency))
            for taker in _takers(endpoint, dependency):
                found.setdefault(taker, {}).setdefault(key, []).append(dependency)
    return {
        taker: tuple((same[0], len(same)) for same in rows.values())
        for taker, rows in found.items()
    }


@query
def _guards_by_name(service: Service) -> dict[_Taker, tuple[str, ...]]:
    """Return what endpoints take that is a guard by its name, and not in view otherwise.

    The most used, by the routers and the programs that take it.
    """
    return _most_used(service, _is_guard_by_name)


@query
def _instances(service: Service) -> dict[_Taker, tuple[str, ...]]:
    """Return the objects that endpoints take, of classes of the service, which are guards.

    The most used, by the routers and the programs that take it.
    """
    return _most_used(service, _is_instance)


def _is_instance(dependency: Dependency) -> bool:
    given = dependency.given
    return (
        isinstance(given, f.Call)
        and isinstance(dependency.made_by, Class)
        and not (given.arguments or given.keywords)
        and not _is_strict(dependency.name)
        and (not is_scheme(dependency) or _asks_and_refuses(dependency))
        and authenticates(dependency) is True
    )


@query
def _guards_that_ask(service: Service) -> dict[_Taker, tuple[str, ...]]:
    """Return what endpoints take that asks for credentials, and refuses people who are not known.

    Not by the status that says so. The most used, by the routers and the programs that take it.
    """
    return _most_used(service, _asks_and_refuses)


def _asks_and_refuses(dependency: Dependency) -> bool:
    provider = dependency.provider
    if not isinstance(provider, Function) or authenticates(dependency) is False:
        return False
    return _asks(provider) and refuses(provider, 403)


def _asks(provider: Function) -> bool:
    """Tell whether *provider* asks for credentials, by itself or by a scheme, or is one."""
    if provider.cls is not None and inherits(provider.cls, SCHEME) is True:
        return True
    return bool(credential_reads(provider)) or any(map(is_scheme, own_dependencies(provider)))


def _most_used(
    service: Service, chosen: Callable[[Dependency], bool]
) -> dict[_Taker, tuple[str, ...]]:
    """Return which of the *chosen* dependencies each router, and each program, takes most often."""
    found: dict[_Taker, Counter[str]] = {}
    for endpoint, dependency in _taken(service):
        if chosen(dependency):
            taking = _taking(dependency, whole=bool(dependency.alias))
            for taker in _takers(endpoint, dependency):
                found.setdefault(taker, Counter())[taking] += 1
    return {
        taker: tuple(sorted(counted, key=lambda x: (_is_strict(x), -counted[x], x))[:1])
        for taker, counted in found.items()
    }


def _is_guard_by_name(dependency: Dependency) -> bool:
    """Tell whether nothing but the name of *dependency* is known, that of a guard.

    By which not everybody passes. What it does with the credentials is not in view.
    """
    provider, name = dependency.provider, dependency.name
    if isinstance(provider, Class) or is_scheme(dependency):
        return False
    if isinstance(provider, Function):
        if authenticates(dependency) is not None or may_give_nobody(provider):
            return False
        if not _asks(provider) or _believes(provider):
            return False
    if not speaks_of_access(name) or not _LENIENT.isdisjoint(_WORDS.findall(name.lower())):
        return False
    return authenticates(dependency) is not False


def _lowest(guards: Iterable[_Counted]) -> tuple[str, ...]:
    """Return how one writes those of *guards* that build upon no other, the best to take first."""
    found: dict[Symbol | None, Counter[str]] = {}
    for dependency, times in guards:
        found.setdefault(dependency.provider, Counter())[_spelled(dependency)] += times
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
_STRICT = frozenset(
    {"admin", "manager", "owner", "permission", "permissions", "role", "roles", "staff"}
    | {"privilege", "privileges", "scope", "scopes", "super", "superadmin", "superuser"}
)
"""Words of names of what only lets some people in."""
_USERS = pattern(r"(?:get_|require_)?(?:current|authenticated)_(?:active_)?user")
_WORDS = pattern(r"[a-z]+")
_LENIENT = frozenset({"anonymous", "any", "guest", "maybe", "none", "optional"})
"""Words of names of what lets people pass who are not known."""


def _is_strict(name: str) -> bool:
    """Tell whether a dependency, by its *name*, only lets some people in."""
    return not _STRICT.isdisjoint(_WORDS.findall(name.lower()))


def _below(provider: Symbol | None) -> tuple[Dependency, ...]:
    return own_dependencies(provider) if isinstance(provider, Function) else ()


def _spelled(dependency: Dependency) -> str:
    """Return the name of *dependency*, and not what ``import ... as`` calls it in one module."""
    given = dependency.given
    own = _own_name(dependency.scope, given)
    if own is not None:
        return own
    return f.render(given) if isinstance(given, f.Name | f.Attribute) else dependency.name


def _own_name(scope: Scope, given: f.Expression | None) -> str | None:
    """Return the name under which *given* is defined, where one module imports it by another."""
    if isinstance(given, f.Name):
        for binding in scope.module.bindings.get(given.name, ()):
            if isinstance(binding, Imported) and binding.fact.renamed and binding.fact.name:
                return binding.fact.name
    return None


def _is_guard(dependency: Dependency) -> bool:
    """Tell whether *dependency*, as it stands, gives whoever is asking, and only if known."""
    provider = dependency.provider
    if dependency.made_by is not None or dependency.scopes or _factory(dependency) is not None:
        return False
    if "refresh" in _WORDS.findall(dependency.name.lower()):
        return False  # what it reads is brought to the endpoint that gives new tokens
    if isinstance(provider, External):
        return provider.name == dependency.name and identifies(dependency)
    if not isinstance(provider, Function) or may_give_nobody(provider) or _only_cuts(provider):
        return False
    return identifies(dependency) or refuses(provider, 401)


_TOKENS = pattern(r"(?:\w+_)?(?:token|jwt|bearer)(?:_from_\w+)?")
_CUTTING = frozenset(
    {
        *("casefold", "get", "index", "len", "lower", "lstrip", "partition", "removeprefix"),
        *("replace", "rpartition", "rsplit", "rstrip", "split", "startswith", "str", "strip"),
        *("upper", "HTTPException"),
    }
)


def _only_cuts(function: Function) -> bool:
    """Tell whether *function* only cuts the token out of a header: any token, made up or not."""
    return _TOKENS.fullmatch(function.name.strip("_")) is not None and _believes(function)


def _believes(function: Function) -> bool:
    """Tell whether *function* itself takes everybody's word: it asks nobody, compares nothing."""
    if any(last_name(site.call) not in _CUTTING for site in function.calls):
        return False
    return not any(
        isinstance(inner, f.Compare) and not all(map(_is_scheme_or_size, inner.others))
        for step in function.steps
        for expression in step.expressions
        for inner in f.walk(expression)
    )


def _is_scheme_or_size(expression: f.Expression) -> bool:
    match expression:
        case f.Constant(value=str(text)):
            return text.strip().lower() in ("", "bearer", "token", "jwt")
        case f.Constant():
            return True
    return False


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
        and _is_dependency(function)
    ]
    return tuple(sorted(found, key=lambda x: names.index(x.name)))


def _is_dependency(function: Function) -> bool:
    """Tell whether *function* asks FastAPI for who is asking.

    A bare ``token: str`` would be the query's, and what asks for nothing needs somebody before it.
    """
    return bool(own_dependencies(function) or takes_request(function) or credential_reads(function))
