"""The cache: redis clients, what is written to them, keys, and functions whose results are cached.

A redis client is a value of redis-py's classes, or of a class of the service
that holds one (the document's ``redis_client``: a wrapper around
``redis.asyncio.Redis``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.calls import calls_by_callee
from gravity_lint.model.layers import in_app
from gravity_lint.model.names import External, Variable, inherits, resolve
from gravity_lint.model.schemas import is_orm_model, unfold
from gravity_lint.model.scopes import Assigned, CallSite, Class, Function, Module, Scope
from gravity_lint.model.service import Service, query
from gravity_lint.model.types import Type, type_of, type_of_attribute
from gravity_lint.model.values import text_of, value_of
from gravity_lint.spans import Span

CLIENTS = ("redis.asyncio.Redis", "redis.Redis")
_CONSTRUCTORS = (
    *CLIENTS,
    "redis.asyncio.from_url",
    "redis.from_url",
    "redis.asyncio.Redis.from_url",
    "redis.Redis.from_url",
    "redis.asyncio.ConnectionPool.from_url",
    "redis.ConnectionPool.from_url",
    "redis.asyncio.RedisCluster",
    "redis.asyncio.Sentinel",
)
_EXPIRIES = ("ex", "px", "exat", "pxat", "ttl", "expire", "expire_seconds", "keepttl", "timeout")
_EXPIRING_CALLS = ("expire", "pexpire", "expireat", "pexpireat", "setex", "psetex")
_KEYED = ("get", "set", "setex", "delete", "exists", "expire", "incr", "decr", "ttl", "getset")
HOLE = "\x00"
"""What stands for a part of a key that is not known."""


@dataclass(frozen=True, eq=False)
class CacheCall:
    """A call of a method of a redis client."""

    site: CallSite
    method: str

    @property
    def call(self) -> f.Call:
        """The call."""
        return self.site.call

    @property
    def module(self) -> Module:
        """The module that makes it."""
        return self.site.module

    @property
    def span(self) -> Span:
        """The call."""
        return self.call.span

    @property
    def extent(self) -> Span:
        """Its statement."""
        return self.site.extent

    @property
    def label(self) -> str:
        """The dotted name of the scope."""
        return self.site.label

    @property
    def key(self) -> f.Expression | None:
        """The key that it is about."""
        for name in ("name", "key"):
            given = self.call.argument(0, name)
            if given is not None:
                return given
        return None

    @cached_property
    def wrapper(self) -> Function | None:
        """The method of the service's own client class that is called, if it is one."""
        assert isinstance(self.call.function, f.Attribute)
        owner = type_of(self.site.scope, self.call.function.value)
        if owner is None or owner.cls is None:
            return None
        return owner.cls.methods.get(self.method)

    @cached_property
    def expires(self) -> bool | None:
        """Tell whether what is written gets a time to live; None if that cannot be known."""
        if self.method in _EXPIRING_CALLS:
            return True
        if self.call.unpacks:
            return None
        for name in _EXPIRIES:
            given = self.call.keyword(name)
            if given is not None:
                return not (isinstance(given, f.Constant) and given.kind == "None")
        if len(self.call.arguments) > 2:
            return True
        if self.wrapper is not None:
            return self._wrapper_expires(self.wrapper)
        return self._expires_nearby()

    def _wrapper_expires(self, wrapper: Function) -> bool | None:
        """Tell whether the service's client class gives every entry a time to live."""
        for parameter in wrapper.arguments[2:]:
            if parameter.name in _EXPIRIES and parameter.default is not None:
                default = parameter.default
                if not (isinstance(default, f.Constant) and default.kind == "None"):
                    return True
                return None if self._expires_nearby() is False else True
        return None

    def _expires_nearby(self) -> bool:
        key = f.render(self.key) if self.key is not None and _renderable(self.key) else None
        return any(
            isinstance(site.call.function, f.Attribute)
            and site.call.function.name in _EXPIRING_CALLS
            and (key is None or not site.call.arguments or f.render(site.call.arguments[0]) == key)
            for site in self.site.scope.calls
        )


def _renderable(expression: f.Expression) -> bool:
    return not any(isinstance(x, f.Lambda) for x in f.walk(expression))


@query
def cache_calls(service: Service) -> tuple[CacheCall, ...]:
    """Return the calls in the app of methods of redis clients."""
    found: list[CacheCall] = []
    for scope in service.scopes:
        if not in_app(scope.module):
            continue
        for site in scope.calls:
            function = site.call.function
            if isinstance(function, f.Attribute) and is_client(scope, function.value):
                found.append(CacheCall(site, function.name))
    return tuple(found)


def is_client(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* certainly is a redis client."""
    made = type_of(scope, expression)
    if made is None or made.is_class:
        return False
    if made.path in CLIENTS:
        return True
    return made.cls is not None and holds_client(made.cls)


def holds_client(cls: Class) -> bool:
    """Tell whether *cls* is a client class of the service: it keeps a redis-py client on itself."""
    if "redis" not in cls.name.lower() and "cache" not in cls.name.lower():
        return False
    names = [*cls.attributes, *cls.bindings]
    for name in names:
        made = type_of_attribute(Type(cls), name)
        if made is not None and made.path in CLIENTS:
            return True
    return False


@query
def client_constructions(service: Service) -> tuple[CallSite, ...]:
    """Return the calls in the app that make a redis client or its pool of connections."""
    index = calls_by_callee(service)
    return tuple(
        site for path in _CONSTRUCTORS for site in index.get(path, ()) if in_app(site.module)
    )


# -- keys ----------------------------------------------------------------------------------


def key_text(scope: Scope, expression: f.Expression | None) -> str | None:
    """Return a key as far as it is known, with `HOLE` for each unknown part; None if nothing is.

    Names that are bound once are followed.
    """
    match expression:
        case None:
            return None
        case f.Template(parts=parts):
            text = ""
            for part in parts:
                if isinstance(part, str):
                    text += part
                else:
                    known = value_of(scope, part.value)
                    text += HOLE if known is None else str(known.value)
            return text
        case f.Binary(operator="+", left=left, right=right):
            first, second = key_text(scope, left), key_text(scope, right)
            if first is None and second is None:
                return None
            return (first or HOLE) + (second or HOLE)
        case f.Name():
            symbol = resolve(scope, expression)
            if isinstance(symbol, Variable) and symbol.value is not None:
                return key_text(symbol.scope, symbol.value)
    return text_of(scope, expression)


@dataclass(frozen=True, eq=False)
class CacheKey:
    """A key, or the prefix or pattern of keys, that the code writes down."""

    text: str
    expression: f.Expression
    scope_: Scope
    extent: Span
    is_pattern: bool

    @property
    def module(self) -> Module:
        """The module that holds it."""
        return self.scope_.module

    @property
    def span(self) -> Span:
        """The expression."""
        return self.expression.span

    @property
    def label(self) -> str:
        """The dotted name of the scope."""
        return self.scope_.label


@query
def cache_keys(service: Service) -> tuple[CacheKey, ...]:
    """Return the keys of cache calls and the prefixes of cached functions that can be read."""
    found: list[CacheKey] = []
    for call in cache_calls(service):
        if call.method in _KEYED and call.key is not None:
            text = key_text(call.site.scope, call.key)
            if text is not None and text.strip(HOLE):
                found.append(CacheKey(text, call.key, call.site.scope, call.extent, False))
    for cached in cached_functions(service):
        text = text_of(cached.outside, cached.prefix)
        if cached.prefix is not None and text is not None:
            found.append(CacheKey(text, cached.prefix, cached.outside, cached.extent, False))
    return tuple(found)


# -- cached functions ----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class CachedFunction:
    """A function under the cache decorator."""

    function: Function
    decorator: f.Expression
    name: str

    @property
    def module(self) -> Module:
        """The module of the function."""
        return self.function.module

    @property
    def span(self) -> Span:
        """The decorator."""
        return self.decorator.span

    @property
    def extent(self) -> Span:
        """The function from its decorators to the end of its signature."""
        return self.function.extent

    @property
    def label(self) -> str:
        """The dotted name of the function."""
        return self.function.label

    @property
    def outside(self) -> Scope:
        """The scope in which the decorator is written."""
        return self.function.parent or self.function.module

    @property
    def call(self) -> f.Call | None:
        """The decorator's call; None if it is used without one."""
        return self.decorator if isinstance(self.decorator, f.Call) else None

    @cached_property
    def prefix(self) -> f.Expression | None:
        """What is given as ``key_prefix``."""
        if self.call is None:
            return None
        maker = resolve(self.outside, self.call.function)
        position = None
        if isinstance(maker, Function):
            names = [p.name for p in maker.parameters]
            position = names.index("key_prefix") if "key_prefix" in names else None
        return self.call.argument(position, "key_prefix")

    @cached_property
    def orm_result(self) -> str | None:
        """The ORM model that the function is annotated to return, if it certainly is one."""
        for scope, annotation in unfold(self.outside, self.function.returns):
            for inner in f.walk(annotation):
                symbol = resolve(scope, inner) if isinstance(inner, f.Name | f.Attribute) else None
                if isinstance(symbol, Class) and is_orm_model(symbol):
                    if inherits(symbol, "pydantic.BaseModel") is not True:
                        return symbol.name
        return None


@query
def cached_functions(service: Service) -> tuple[CachedFunction, ...]:
    """Return the functions of the app under a cache decorator, by its configured names."""
    names = service.settings.vocabulary.cache_decorators
    found: list[CachedFunction] = []
    for function in service.functions:
        if not in_app(function.module) or function.parent is None:
            continue
        for decorator in function.decorators:
            named = decorator.function if isinstance(decorator, f.Call) else decorator
            symbol = resolve(function.parent, named)
            if isinstance(symbol, Function | External) and symbol.name in names:
                found.append(CachedFunction(function, decorator, symbol.name))
    return tuple(found)


# -- unstable keys -------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class KeyIngredient:
    """A call that goes into a cache key: ``hash``, ``id``, ``repr`` or ``json.dumps``."""

    path: str
    call: f.Call
    site: CallSite

    @property
    def module(self) -> Module:
        """The module that holds it."""
        return self.site.module

    @property
    def span(self) -> Span:
        """The call."""
        return self.call.span

    @property
    def extent(self) -> Span:
        """The statement that uses the key."""
        return self.site.extent

    @property
    def label(self) -> str:
        """The dotted name of the scope."""
        return self.site.label

    @property
    def sorts(self) -> bool | None:
        """Tell whether ``json.dumps`` sorts its keys; None if that cannot be known."""
        if self.call.unpacks:
            return None
        given = self.call.keyword("sort_keys")
        known = value_of(self.site.scope, given)
        if given is not None:
            return bool(known.value) if known is not None else None
        content = type_of(self.site.scope, self.call.argument(0, "obj"))
        if content is not None and content.path in ("builtins.str", "builtins.list"):
            return None
        return False


_INGREDIENTS = ("builtins.hash", "builtins.id", "builtins.repr", "json.dumps")


@query
def key_ingredients(service: Service) -> tuple[KeyIngredient, ...]:
    """Return the calls whose results certainly become part of a cache key."""
    found: dict[int, KeyIngredient] = {}
    for call in cache_calls(service):
        if call.method not in _KEYED or call.key is None:
            continue
        for expression in _behind(call.site.scope, call.key, 6):
            if isinstance(expression, f.Call):
                symbol = resolve(call.site.scope, expression.function)
                if isinstance(symbol, External) and symbol.path in _INGREDIENTS:
                    found[id(expression)] = KeyIngredient(symbol.path, expression, call.site)
    return tuple(found.values())


def _behind(scope: Scope, expression: f.Expression, depth: int) -> Iterator[f.Expression]:
    """Yield *expression*, its parts, and those of the local variables that it is made of."""
    for inner in f.walk(expression):
        yield inner
        if isinstance(inner, f.Name) and depth:
            for binding in scope.bindings.get(inner.name, ()):
                if isinstance(binding, Assigned) and binding.value is not None:
                    yield from _behind(scope, binding.value, depth - 1)


# -- invalidation --------------------------------------------------------------------------


@query
def invalidations(service: Service) -> tuple[CacheKey, ...]:
    """Return the literal patterns by which entries are looked up to be removed."""
    words = service.settings.vocabulary
    found: list[CacheKey] = []
    for scope in service.scopes:
        if not in_app(scope.module):
            continue
        for site in scope.calls:
            symbol = resolve(scope, site.call.function)
            if isinstance(symbol, Function | External) and symbol.name in words.cache_invalidators:
                found += _pattern(scope, site, site.call.argument(0, "key_pattern"))
    for call in cache_calls(service):
        if call.method in ("keys", "scan_iter", "delete_pattern", "invalidate_pattern"):
            given = call.call.argument(0, "match") or call.call.keyword("pattern")
            found += _pattern(call.site.scope, call.site, given)
    return tuple(found)


def _pattern(scope: Scope, site: CallSite, given: f.Expression | None) -> list[CacheKey]:
    text = key_text(scope, given)
    if given is None or text is None:
        return []
    return [CacheKey(text, given, scope, site.extent, True)]


@query
def written_prefixes(service: Service) -> frozenset[str] | None:
    """Return the beginnings of all keys that the service writes; None if one is not known.

    Keys of cached functions begin with their prefix and a colon (patterns
    document, Caching Patterns).
    """
    found: set[str] = set()
    for cached in cached_functions(service):
        text = text_of(cached.outside, cached.prefix)
        if text is None:
            return None
        found.add(f"{text}:")
    for call in cache_calls(service):
        if call.method not in ("set", "setex", "psetex", "setnx", "hset", "sadd", "lpush", "zadd"):
            continue
        if _is_own_client(call.site.scope):
            continue
        text = key_text(call.site.scope, call.key)
        start = text.partition(HOLE)[0] if text is not None else ""
        if not start:
            if _is_cache_decorator(call.site.scope):
                continue
            return None
        found.add(start)
    return frozenset(found)


def _is_own_client(scope: Scope) -> bool:
    """Tell whether *scope* is part of a client class, which only passes keys on."""
    current: Scope | None = scope
    while current is not None:
        if isinstance(current, Class) and holds_client(current):
            return True
        current = current.parent
    return False


def _is_cache_decorator(scope: Scope) -> bool:
    """Tell whether *scope* is part of the cache decorator, whose keys its users name."""
    names = scope.module.service.settings.vocabulary.cache_decorators
    current: Scope | None = scope
    while current is not None:
        if isinstance(current, Function) and current.name in names:
            return True
        current = current.parent
    return False
