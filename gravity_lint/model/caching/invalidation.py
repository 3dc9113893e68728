"""Which keys the service writes, and the patterns by which it removes them."""

from __future__ import annotations

from fnmatch import fnmatchcase

from gravity_lint import facts as f
from gravity_lint.model.caching.functions import cached_functions
from gravity_lint.model.caching.keys import CacheKey, key_uses
from gravity_lint.model.caching.redis import (
    EXPIRING_CALLS,
    RedisCall,
    client_of,
    in_client_class,
    redis_calls_of,
)
from gravity_lint.model.caching.states import holds_state
from gravity_lint.model.caching.texts import HOLE, key_text
from gravity_lint.model.code.bindings import Assigned, Iterated
from gravity_lint.model.code.calls import calls_of_what_is_called, calls_to
from gravity_lint.model.code.layers import hides_modules, in_app
from gravity_lint.model.code.names import External, imports_any, resolve
from gravity_lint.model.code.references import spelled
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.words import saying

_FOREIGN_CACHES = ("fastapi_cache", "aiocache", "cashews", "django", "flask_caching", "dogpile")


@query
def invalidations(service: Service) -> tuple[CacheKey, ...]:
    """Return the literal patterns by which entries are looked up to be removed."""
    names = service.settings.vocabulary.cache_invalidators
    found: list[CacheKey] = []
    for _, site in calls_of_what_is_called(service, *names):
        given = site.call.given
        if given and in_app(site.module):
            found += _pattern(site, given[0])
    deleting = ("delete_pattern", "delete_matching", "invalidate_pattern")
    for call in redis_calls_of(service, "scan_iter", "keys", *deleting):
        match call.method:
            case "scan_iter" if _deletes(call.site.scope):
                found += _pattern(call.site, call.call.argument(0, "match"))
            case "keys" if _deletes(call.site.scope):
                found += _pattern(call.site, call.call.argument(0, "pattern"))
            case method if method in deleting:
                found += _pattern(call.site, call.call.argument(0, "pattern"))
    return tuple(found)


def _deletes(scope: Scope) -> bool:
    """Tell whether *scope* removes entries, so that a search in it is for those."""
    return any(
        isinstance(site.call.function, f.Attribute)
        and site.call.function.name in ("delete", "unlink")
        for site in scope.calls
    )


def _pattern(site: CallSite, given: f.Expression | None) -> list[CacheKey]:
    text = key_text(site.scope, given)
    if given is None or not text or not _literal_start(text):
        return []
    return [CacheKey(text, given, site.scope, site.extent)]


def is_removed(entry: RedisCall) -> bool | None:
    """Tell whether the service itself removes *entry*: by its key, or by a pattern.

    None if nothing in view does, and a module is not, or the key was found in the cache:
    what it is, whoever writes it first knows.
    """
    scope = entry.site.scope
    if holds_state(entry) or (_deletes(scope) and _searches(scope)):
        return True
    text = key_text(scope, entry.key)
    service = entry.module.service
    if text is not None and any(may_match(x.text, text) for x in invalidations(service)):
        return True
    return None if hides_modules(service) or _is_found(scope, entry.key) else False


def gets_lifetime(entry: RedisCall) -> bool:
    """Tell whether the service gives the key of *entry* a lifetime by a call beside it."""
    return entry.key is not None and any(
        use.method in EXPIRING_CALLS
        and use.site.scope is entry.site.scope
        and f.render(use.expression) == f.render(entry.key)
        for use in key_uses.of(entry.module)
    )


def _searches(scope: Scope) -> bool:
    """Tell whether *scope* looks for keys."""
    return any(_is_search(scope, site.call) for site in scope.calls)


def _is_search(scope: Scope, expression: f.Expression) -> bool:
    return (
        isinstance(expression, f.Call)
        and isinstance(expression.function, f.Attribute)
        and expression.function.name in ("keys", "scan", "scan_iter")
        and client_of(scope, expression.function.value) is not None
    )


def _is_found(scope: Scope, key: f.Expression | None) -> bool:
    """Tell whether *key* is one that a search for keys has given."""
    pending, seen = [key] if key is not None else [], set[str]()
    while pending:
        for part in f.walk(pending.pop()):
            if _is_search(scope, part):
                return True
            if isinstance(part, f.Name) and part.name not in seen:
                seen.add(part.name)
                for binding in scope.bindings.get(part.name, ()):
                    match binding:
                        case Iterated(iterable=source) | Assigned(value=source) if source:
                            pending.append(source)
    return False


@query
def written_keys(service: Service) -> frozenset[str] | None:
    """Return all keys that the service writes, with holes; None if one is not known at all."""
    near = saying(service, _FOREIGN_CACHES)
    if hides_modules(service) or any(imports_any(x, _FOREIGN_CACHES) for x in near):
        return None
    found = {cached.written for cached in cached_functions(service)}
    found |= _cached_by_hand(service)
    for use in key_uses(service):
        scope = use.site.scope
        if not use.writes or _is_cache_decorator(scope):
            continue
        if not in_client_class(scope):
            found.add(key_text(scope, use.expression))
        elif isinstance(scope, Function) and not any(True for _ in calls_to(service, scope)):
            return None  # who writes with it, and what, is not in view
    for scope in service.scopes:
        if in_app(scope.module) and _may_write(scope) and not _is_cache_decorator(scope):
            return None
    known = frozenset(text for text in found if text is not None and not text.startswith(HOLE))
    return known if len(known) == len(found) else None


def _cached_by_hand(service: Service) -> set[str | None]:
    """Return the keys of what is cached without ``@``; None: something that is not known.

    ``cache_result(key_prefix="user")(get_user)`` is a call by hand; a decorator that is kept
    under a name, or made by ``functools.partial``, may be given to anything.
    """
    names = service.settings.vocabulary.cache_decorators
    decorating = {id(cached.decorator) for cached in cached_functions(service)}
    decorating |= {id(c.call.function) for c in cached_functions(service) if c.call is not None}
    found: set[str | None] = set()
    for name in names:
        for mention in spelled(service, name):
            written, call, step = mention.expression, mention.call, mention.step
            if id(written) in decorating or id(call) in decorating or not in_app(step.module):
                continue
            symbol = resolve(step.scope, written)
            if not isinstance(symbol, Function | External) or symbol.name not in names:
                continue
            given = call.keyword("key_prefix") if call is not None else None
            text = key_text(step.scope, given)
            # The document's own decorator puts a colon behind the prefix.
            separator = ":" if isinstance(symbol, External) else ""
            found.add(f"{text}{separator}{HOLE}" if text is not None else None)
    return found


def _may_write(scope: Scope) -> bool:
    """Tell whether *scope* sets a key on something of which nothing is known."""
    for site in scope.calls:
        match site.call.function:
            case f.Attribute(name="set" | "setex" | "setnx" | "psetex", value=receiver):
                given = len(site.call.arguments) + len(site.call.keywords)
                if given > 1 and client_of(scope, receiver) is None:
                    if type_of(scope, receiver) is None and callee_of(scope, site.call) is None:
                        return True
    return False


def _is_cache_decorator(scope: Scope) -> bool:
    """Tell whether *scope* is part of the cache decorator, whose keys its users name."""
    names = scope.module.service.settings.vocabulary.cache_decorators
    return any(isinstance(x, Function) and x.name in names for x in scope.outward())


def may_match(pattern: str, key: str) -> bool:
    """Tell whether a key that looks like *key* can match the glob *pattern*; both have holes."""
    head = _literal_start(pattern)
    start, hole, _ = key.partition(HOLE)
    if not hole and HOLE not in pattern:
        return fnmatchcase(key, pattern.replace("\\", ""))
    return start.startswith(head) or (bool(hole) and head.startswith(start))


def _literal_start(pattern: str) -> str:
    for index, character in enumerate(pattern):
        if character in "*?[\\" + HOLE:
            return pattern[:index]
    return pattern
