"""The keys of the cache: how far they are known, and where they are given to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.caching.functions import cached_functions
from gravity_lint.model.caching.redis import (
    RedisCall,
    in_client_class,
    knows_redis,
    redis_call_at,
    redis_calls,
)
from gravity_lint.model.caching.texts import HOLE, key_text, written_down
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.calls import calls_to, thing_called
from gravity_lint.model.code.handing import handed_over
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import Variable, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.values import written_value
from gravity_lint.model.code.words import functions_called, known_as, originals, saying
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
    *("lset", "lpos", "lmpop", "blmpop"),
    *("rpush", "rpushx", "rpop", "rpoplpush", "blpop", "brpop", "brpoplpush", "blmove"),
    *("xadd", "xread", "xrange", "xrevrange", "xlen", "xack", "xtrim", "xdel", "xreadgroup"),
    *("xpending", "xpending_range", "xclaim", "xautoclaim", "xinfo_stream", "xinfo_groups"),
    *("xinfo_consumers", "xgroup_create", "xgroup_createconsumer", "xgroup_delconsumer"),
    *("xgroup_destroy", "xgroup_setid"),
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

    @property
    def beginning(self) -> tuple[Module, f.Constant] | None:
        """The constant by whose name it begins, as other keys may, and the module that holds it."""
        expression = self.expression
        while True:
            match expression:
                case (
                    f.Template(parts=(f.Hole(value=first), *_)) | f.Binary(operator="+", left=first)
                ):
                    expression = first
                case f.Name() | f.Attribute():
                    match written_value(self.place, expression):
                        case (scope, f.Constant(value=str(text)) as held):
                            own = self.text.startswith(text) and not _is_path(scope, held)
                            return (scope.module, held) if own else None
                    return None
                case _:
                    return None


class KeyUse(Record, frozen=True):
    """A key at the place where it is given to the cache; *method* is what is done with it there."""

    site: CallSite
    expression: f.Expression
    method: str

    @property
    def certain(self) -> bool:
        """Tell whether the method certainly takes a key: commands and scripts are texts, too."""
        return self.method in _KEYED

    @property
    def writes(self) -> bool:
        """Tell whether an entry may be written under the key."""
        return self.method not in _NOT_WRITING


@by_module
def key_uses(module: Module) -> Iterator[KeyUse]:
    """Return where the app gives keys to redis clients, itself or through its functions.

    A function that passes a parameter on as a key is no use of its own: its calls are.
    """
    service = module.service
    if not in_app(module) or not knows_redis(service):
        return
    for call in redis_calls.of(module):
        if call.key is not None:
            passed = _passed_on(call.site.scope, call.key)
            if passed is None or _has_other_callers(passed[0]):
                yield KeyUse(call.site, call.key, call.method)
    for word, sites in module.calls_by_word.items():
        for function, parameter, method in _passing(service, word):
            position = function.arguments.index(parameter)
            for site in sites:
                given = site.call.argument(position, parameter.name)
                if given is not None and thing_called(site) is function:
                    yield KeyUse(site, given, method)


def _has_other_callers(function: Function) -> bool:
    """Tell whether *function* may be called where nobody sees it.

    An object of a class often is not known as one.
    """
    service = function.module.service
    called = any(True for _ in calls_to(service, function))
    return not called or function.cls is not None or handed_over(function)


def _passing(service: Service, word: str) -> tuple[tuple[Function, f.Parameter, str], ...]:
    """Return the functions called *word* that pass a parameter on as a key, and to which method."""
    return service.memory.ask(("passing", word), (), _passing_called, service, word)


def _passing_called(service: Service, word: str) -> tuple[tuple[Function, f.Parameter, str], ...]:
    return tuple(
        [
            (function, parameter, method)
            for name in originals(service, word)
            for function in functions_called(service, name)
            if in_app(function.module)
            for parameter, method in _passes(function)
        ]
    )


def _passes(function: Function) -> Iterator[tuple[f.Parameter, str]]:
    names = {parameter.name for parameter in function.arguments}
    for scope in (function, *function.walk()) if names else ():
        for site in scope.calls:
            given = [*site.call.arguments[:1], *[k.value for k in site.call.keywords]]
            if any(isinstance(x, f.Name) and x.name in names for x in given):
                call = redis_call_at(site)
                passed = _passed_on(scope, call.key) if call is not None and call.key else None
                if call is not None and passed is not None and passed[0] is function:
                    yield passed[1], call.method


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


@by_module
def cache_keys(module: Module) -> Iterable[CacheKey]:
    """Return the keys that are used and the prefixes of cached functions, if they can be read.

    A key is given once, where it is written, however often it is used. One that is the path of an
    endpoint first of all is given where the cache is. The name of a queue is none.
    """
    found: dict[int, CacheKey] = {}
    for use in (use for user in _users(module) for use in key_uses.of(user) if use.certain):
        place, written = written_down(use.site.scope, use.expression)
        if _is_path(place, written):
            place, written = use.site.scope, use.expression
        if place.module is module and id(written) not in found:
            text = key_text(use.site.scope, use.expression)
            if text is not None and text.strip(HOLE) and text not in _queues(module.service):
                extent = use.site.extent if written is use.expression else written.span
                found[id(written)] = CacheKey(text, written, place, extent)
    for cached in cached_functions.of(module):
        text = key_text(cached.outside, cached.prefix)
        if cached.prefix is not None and text is not None and text.strip(HOLE):
            key = CacheKey(text, cached.prefix, cached.outside, cached.extent)
            found.setdefault(id(cached.prefix), key)
    return found.values()


def _users(module: Module) -> Iterable[Module]:
    """Return the modules that may use a key that *module* of the app writes, by a name."""
    if not in_app(module):
        return ()
    names = [
        name
        for name, bindings in module.bindings.items()
        for binding in bindings
        if isinstance(binding, Assigned) and _may_be_text(module, binding.value)
    ]
    service = module.service
    return dict.fromkeys((module, *saying(service, known_as(service, *names))))


def _may_be_text(scope: Scope, value: f.Expression | None) -> bool:
    """Tell whether *value* may be known as a text; sums are not worked out for that."""
    match value:
        case f.Constant(value=known):
            return isinstance(known, str)
        case f.Template() | f.Binary():
            return True
    return key_text(scope, value) is not None


def _is_path(scope: Scope, written: f.Expression) -> bool:
    """Tell whether *written*, which stands in *scope*, is the path of an endpoint, too."""
    match written:
        case f.Constant(value=str(text)) if text.startswith("/"):
            return id(written) in _paths(scope.module.service)
    return False


@query
def _paths(service: Service) -> frozenset[int]:
    """Return the constants that are paths of endpoints, by a name or as they are."""
    found = set()
    for endpoint in endpoints(service):
        given = endpoint.registration.argument(0, "path")
        if given is not None:
            found.add(id(written_down(endpoint.registrar, given)[1]))
    return frozenset(found)


@query
def _queues(service: Service) -> frozenset[str | None]:
    """Return what the queues of the app are called, as far as that is known."""
    return frozenset(
        key_text(scope, key)
        for module in saying(service, _QUEUEING)
        if in_app(module)
        for call in redis_calls.of(module)
        if call.method in _QUEUEING
        for named in _queues_of(call)
        for scope, key in _written_by_callers(call.site.scope, named)
    )


def _queues_of(call: RedisCall) -> Iterator[f.Expression]:
    """Yield what the queues are called that *call* is about: most commands take one, at first."""
    arguments = call.call.arguments
    match call.method:
        case "xread" | "xreadgroup":
            given = call.call.argument(0 if call.method == "xread" else 2, "streams")
            if isinstance(given, f.Mapping):
                yield from (key for key in given.keys if key is not None)
        case "blpop" | "brpop":
            given = call.call.argument(0, "keys")
            yield from given.items if isinstance(given, f.Collection) else (given,) if given else ()
        case "lmpop" | "blmpop":
            yield from arguments[1 if call.method == "lmpop" else 2 :]
        case "rpoplpush" | "brpoplpush" | "lmove" | "blmove":
            yield from arguments[:2]
        case _ if call.key is not None:
            yield call.key


def _written_by_callers(scope: Scope, key: f.Expression) -> Iterator[tuple[Scope, f.Expression]]:
    """Yield *key*, or what it is for those who give it to the function that passes it on."""
    passed = _passed_on(scope, key)
    if passed is None or _has_other_callers(passed[0]):
        yield scope, key
    if passed is not None:
        function, parameter = passed
        position = function.arguments.index(parameter)
        for site in calls_to(function.module.service, function):
            given = site.call.argument(position, parameter.name)
            if given is not None and in_app(site.module):
                yield site.scope, given
