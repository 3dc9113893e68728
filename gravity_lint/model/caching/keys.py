"""The keys of the cache: how far they are known, and where they are given to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gravity_lint import facts as f
from gravity_lint.model.caching.functions import cached_functions
from gravity_lint.model.caching.redis import RedisCall, in_client_class, redis_calls, redis_calls_of
from gravity_lint.model.caching.texts import HOLE, key_text, written_down
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import Variable, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import handed_over
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of
from gravity_lint.sources.spans import Span

_KEYED = (
    *("get", "set", "setex", "psetex", "setnx", "getset", "getex", "getdel", "delete", "unlink"),
    *("exists", "expire", "pexpire", "ttl", "pttl", "incr", "incrby", "decr", "decrby"),
    *("hset", "hget", "hgetall", "hdel", "sadd", "srem", "zadd"),
)
_NOT_WRITING = (
    *("get", "mget", "delete", "unlink", "exists", "expire", "pexpire", "ttl", "pttl", "keys"),
    *("scan", "scan_iter", "close", "aclose", "ping", "info", "publish", "subscribe", "pubsub"),
    *("hget", "hgetall", "smembers", "lrange", "zrange", "execute", "pipeline", "flushdb"),
    *("delete_pattern", "delete_matching", "invalidate_pattern", "delete_prefix", "clear"),
    *("connect", "disconnect", "initialize", "health_check", "hdel", "srem", "getdel"),
)


_QUEUEING = (
    *("lpush", "lpushx", "lpop", "lrange", "llen", "lindex", "lrem", "ltrim", "lmove", "linsert"),
    *("rpush", "rpushx", "rpop", "rpoplpush", "blpop", "brpop", "brpoplpush", "blmove"),
    *("xadd", "xread", "xrange", "xlen", "xack", "xtrim", "xgroup_create"),
)
"""What lists and streams are asked: they are queues."""


class CacheKey(Record, frozen=True):
    """A key, or the prefix or pattern of keys, that the code writes down."""

    text: str
    expression: f.Expression
    place: Scope
    extent: Span

    @property
    def module(self) -> Module:
        """The module that holds it."""
        return self.place.module

    @property
    def span(self) -> Span:
        """The expression."""
        return self.expression.span

    @property
    def label(self) -> str:
        """The dotted name of the scope."""
        return self.place.label

    @property
    def shown(self) -> str:
        """The key as one writes it, with ``{...}`` for what is not known."""
        return self.text.replace(HOLE, "{...}")


class KeyUse(Record, frozen=True):
    """A key at the place where it is given to the cache; *method* is what is done with it there."""

    site: CallSite
    expression: f.Expression
    method: str

    @property
    def writes(self) -> bool:
        """Tell whether an entry may be written under the key."""
        return self.method not in _NOT_WRITING


@query
def key_uses(service: Service) -> tuple[KeyUse, ...]:
    """Return where the app gives keys to redis clients, itself or through its functions.

    A function that passes a parameter on as a key is no use of its own: its calls are.
    """
    return tuple(_uses(service, redis_calls(service)))


@query
def certain_key_uses(service: Service) -> tuple[KeyUse, ...]:
    """Return those with methods that certainly take a key."""
    return tuple(_uses(service, redis_calls_of(service, *_KEYED)))


def _uses(service: Service, calls: Iterable[RedisCall]) -> Iterator[KeyUse]:
    for call in calls:
        if call.key is None:
            continue
        passed = _passed_on(call.site.scope, call.key)
        if passed is None:
            yield KeyUse(call.site, call.key, call.method)
            continue
        function, parameter = passed
        position = function.arguments.index(parameter)
        for site in calls_to(service, function):
            given = site.call.argument(position, parameter.name)
            if given is not None and in_app(site.module):
                yield KeyUse(site, given, call.method)
        called = any(True for _ in calls_to(service, function))
        if not called or function.cls is not None or handed_over(function):
            # Others may call it as well: an object of a class often is not known as one.
            yield KeyUse(call.site, call.key, call.method)


def _passed_on(scope: Scope, key: f.Expression) -> tuple[Function, f.Parameter] | None:
    """Return the function of the service, outside its client classes, that is given *key*."""
    symbol = resolve(scope, key) if isinstance(key, f.Name) else None
    if not isinstance(symbol, Variable) or not isinstance(symbol.scope, Function):
        return None
    parameter = symbol.scope.parameter(symbol.name)
    if parameter is None or len(symbol.bindings) > 1 or in_client_class(symbol.scope):
        return None
    if parameter not in symbol.scope.arguments:
        return None
    return symbol.scope, parameter


_DELETING = ("delete", "unlink", "getdel", "pop", "remove", "delete_key", "invalidate")
_COUNTING = ("incr", "incrby", "incrbyfloat", "decr", "decrby")


@query
def _deleted(service: Service) -> frozenset[object]:
    """Return the keys that the app itself deletes or counts up, each as `_identity` tells it."""
    found: set[object] = set()
    for call in redis_calls_of(service, *_DELETING, *_COUNTING):
        for argument in call.call.arguments[: 1 if call.method in _COUNTING else None]:
            found.add(_identity(call.site.scope, argument))
    return frozenset(found - {None})


def is_deleted(entry: RedisCall) -> bool:
    """Tell whether the service deletes the very key of *entry*, or counts under it.

    Then it holds a state, and no result of which there is a better source.
    """
    return _identity(entry.site.scope, entry.key) in _deleted(entry.module.service)


def _identity(scope: Scope, key: f.Expression | None) -> object:
    """Return what is the same for two spellings of one key; None if that is not known.

    That is its text with holes, the function of the service that makes it, or the
    attribute that keeps it. All keys that a client class is given are one: which
    of them it deletes, its callers say. In one class, what is written alike is.
    """
    text = key_text(scope, key)
    if text is not None and text.strip(HOLE):
        return text
    if key is not None:
        scope, key = written_down(scope, key)
    cls = scope.cls if isinstance(scope, Function) else None
    match key:
        case f.Call() if isinstance(callee := callee_of(scope, key), Function):
            return callee
        case f.Attribute(value=f.Name(name=owner), name=name) if (
            isinstance(scope, Function) and cls is not None and owner == scope.receiver
        ):
            return cls, name
        case f.Name(name=name) if (
            isinstance(scope, Function) and scope.parameter(name) and in_client_class(scope)
        ):
            return cls, None
    return (cls, f.render(key)) if cls is not None and key is not None else None


@query
def cache_keys(service: Service) -> tuple[CacheKey, ...]:
    """Return the keys that are used and the prefixes of cached functions, if they can be read.

    A key is given once, where it is written, however often it is used. The name of a queue is none.
    """
    found: dict[int, CacheKey] = {}
    queues = {
        key_text(use.site.scope, use.expression)
        for use in _uses(service, redis_calls_of(service, *_QUEUEING))
    }
    for use in certain_key_uses(service):
        text = key_text(use.site.scope, use.expression)
        if text is not None and text.strip(HOLE) and text not in queues:
            place, written = written_down(use.site.scope, use.expression)
            if in_app(place.module):
                extent = use.site.extent if written is use.expression else written.span
                found.setdefault(id(written), CacheKey(text, written, place, extent))
    for cached in cached_functions(service):
        text = key_text(cached.outside, cached.prefix)
        if cached.prefix is not None and text is not None and text.strip(HOLE):
            key = CacheKey(text, cached.prefix, cached.outside, cached.extent)
            found.setdefault(id(cached.prefix), key)
    return tuple(found.values())
