"""Who calls what, across the service.

Calls are looked for by the last word of what they call, and only those with a word by which the
thing asked for is known are resolved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.callables import CONSTRUCTORS
from gravity_lint.model.code.frameworks import external_heirs
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import External, inherits, path_of
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.code.words import Thing, known_as, saying, words_of

THREADS = (
    "anyio.to_thread.run_sync",
    "asyncio.to_thread",
    "fastapi.concurrency.run_in_threadpool",
    "starlette.concurrency.run_in_threadpool",
)
"""What runs the function that it is given in a thread and, awaited, gives what that gives."""


def calls_to(service: Service, *callees: Thing) -> Iterator[CallSite]:
    """Yield the calls of *callees*: of each module by module in source order.

    A callee is a function or class of the service, or the canonical path of
    something external (methods of external objects included:
    ``sqlalchemy.ext.asyncio.AsyncSession.commit``).
    """
    for callee in callees:
        found = [_called(service, word).get(callee, ()) for word in words_of(service, callee)]
        rows = [row for row in found if row]
        yield from rows[0] if len(rows) == 1 else _in_order(site for row in rows for site in row)


def is_called(function: Function) -> bool:
    """Tell whether the service itself calls *function* somewhere."""
    return any(True for _ in calls_to(function.module.service, function))


def calls_in(module: Module, *callees: Thing) -> Iterator[CallSite]:
    """Yield the calls of *callees* that stand in *module*, of each in source order."""
    said = module.calls_by_word
    for callee, words in known_by(module.service, callees):
        rows = [said[word] for word in words if word in said]
        if rows:
            found = [site for row in rows for site in row if thing_called(site) == callee]
            yield from found if len(rows) == 1 else _in_order(found)


def known_by(
    service: Service, callees: tuple[Thing, ...]
) -> tuple[tuple[Thing, tuple[str, ...]], ...]:
    """Return *callees*, each with the words by which it may be called."""
    return service.memory.ask(("known by", callees), (), _known_by, service, callees)


def _known_by(
    service: Service, callees: tuple[Thing, ...]
) -> tuple[tuple[Thing, tuple[str, ...]], ...]:
    return tuple([(callee, words_of(service, callee)) for callee in callees])


def thing_called(site: CallSite) -> Thing | None:
    """Return what *site* calls, if that is known."""
    callee = callee_of(site.scope, site.call)
    if isinstance(callee, External):
        return callee.path
    return callee if isinstance(callee, Function | Class) else None


def run_in_thread(site: CallSite) -> CallSite | None:
    """Return the call that *site* has made in a thread, with what that is given.

    ``jwt.decode(token)`` for ``asyncio.to_thread(jwt.decode, token)``.
    """
    call = site.call
    path, given = path_of(site.scope, call.function), call.argument(0, "func")
    if given is None or path not in THREADS:
        return None
    arguments = call.arguments[1:] if call.arguments else ()
    # AnyIO's own has keywords for itself, and none for the function.
    keywords = call.keywords if path != THREADS[0] and call.arguments else ()
    run = f.Call(*given.span.place, given, arguments, keywords)
    return CallSite(run, site.step, (*site.around, call))


def calls_of_what_is_called(service: Service, *words: str) -> Iterator[tuple[Thing, CallSite]]:
    """Yield the calls of everything whose own name is one of *words*, with what it is."""
    for spelled in known_as(service, *words):
        for callee, sites in _called(service, spelled).items():
            name = callee.rpartition(".")[2] if isinstance(callee, str) else callee.name
            if name in words:
                for site in sites:
                    yield callee, site


def methods_called(service: Service, *names: str) -> Iterator[CallSite]:
    """Yield the calls of attributes called one of *names*, whatever they are, in source order."""
    for module in saying(service, names):
        yield from methods_called_in(module, *names)


def methods_called_in(module: Module, *names: str) -> Iterator[CallSite]:
    """Yield those of the calls that stand in *module*."""
    said = module.calls_by_word
    chosen = {name for name in names if name in said}
    if len(chosen) == 1:
        [only] = chosen
        yield from (site for site in said[only] if isinstance(site.call.function, f.Attribute))
    elif chosen:
        for scope in module.scopes:
            for site in scope.calls:
                called = site.call.function
                if isinstance(called, f.Attribute) and called.name in chosen:
                    yield site


def _called(service: Service, word: str) -> dict[Thing, tuple[CallSite, ...]]:
    """Return the calls of which *word* is the last word, by what they call."""
    return service.memory.ask(("called", word), {}, _resolved, service, word)


def _resolved(service: Service, word: str) -> dict[Thing, tuple[CallSite, ...]]:
    found: dict[Thing, list[CallSite]] = {}
    for module in saying(service, (word,)):
        for site in module.calls_by_word.get(word, ()):
            callee = thing_called(site)
            if callee is not None:
                found.setdefault(callee, []).append(site)
    return {callee: tuple(sites) for callee, sites in found.items()}


def _in_order(sites: Iterable[CallSite]) -> list[CallSite]:
    """Return *sites* module by module in source order."""
    chosen = set(sites)
    modules = {site.module.relative: site.module for site in chosen}
    scopes = {site.scope for site in chosen}
    return [
        site
        for _, module in sorted(modules.items())
        for scope in module.scopes
        if scope in scopes
        for site in scope.calls
        if site in chosen
    ]


def makings(service: Service, *paths: str) -> tuple[tuple[CallSite, Class | External], ...]:
    """Return the calls that make an object of one of the external classes *paths*, or of an heir.

    Each with what it makes, module by module in source order.
    """
    return service.memory.ask(("makings", paths), (), _makings, service, paths)


def _makings(
    service: Service, paths: tuple[str, ...]
) -> tuple[tuple[CallSite, Class | External], ...]:
    words = service.memory.ask(("making words", paths), frozenset(), _making_words, service, paths)
    return tuple(
        [making for module in saying(service, words) for making in makings_in(module, *paths)]
    )


def makings_in(module: Module, *paths: str) -> Iterator[tuple[CallSite, Class | External]]:
    """Yield those of the calls that stand in *module*, in source order."""
    service = module.service
    words = service.memory.ask(("making words", paths), frozenset(), _making_words, service, paths)
    rows = [module.calls_by_word[word] for word in words if word in module.calls_by_word]
    found = {}
    for site in (site for row in rows for site in row):
        callee = callee_of(site.scope, site.call)
        if isinstance(callee, Class | External) and inherits(callee, *paths) is True:
            found[site] = callee
    for site in found if len(rows) == 1 else _in_order(found):
        yield site, found[site]


def _making_words(service: Service, paths: tuple[str, ...]) -> frozenset[str]:
    """Return the words by which what makes such an object may be called."""
    callees: tuple[str | Class, ...] = (*external_heirs(paths), *heirs(service, *paths))
    return frozenset(word for callee in callees for word in words_of(service, callee))


def makings_by(
    constructor: Function, run: Callable[[Class], Function | None]
) -> Iterator[CallSite]:
    """Yield the calls of classes that *run* *constructor*, inherited or not, in source order."""
    service = constructor.module.service
    tops = [*([constructor.cls] if constructor.cls is not None else []), *_borrowing(service)]
    made = dict.fromkeys((*tops, *heirs(service, *tops)))
    yield from _in_order(
        site for cls in made if run(cls) is constructor for site in calls_to(service, cls)
    )


@query
def _borrowing(service: Service) -> tuple[Class, ...]:
    """Return the classes whose constructor is a function that stands elsewhere."""
    return tuple(
        cls
        for module in service.modules
        if any(alias.name in CONSTRUCTORS for alias in module.facts.aliases)
        for cls in module.classes
        if any(name in cls.bindings for name in CONSTRUCTORS)
    )
