"""The cache: its keys, what they are made of, and functions whose results are cached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.schemas import is_orm_model, unfold
from gravity_lint.model.caching.redis import client_of, in_client_class, redis_calls
from gravity_lint.model.code.calls import calls_by_callee, calls_to
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, Variable, look_up, resolve
from gravity_lint.model.code.references import handed_over
from gravity_lint.model.code.scopes import (
    Assigned,
    CallSite,
    Class,
    Function,
    Imported,
    Module,
    Received,
    Scope,
)
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.subjects import AtFunction
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.values import text_of, value_of
from gravity_lint.sources.spans import Span

_KEYED = (
    *("get", "set", "setex", "psetex", "setnx", "getset", "getex", "getdel", "delete", "unlink"),
    *("exists", "expire", "pexpire", "ttl", "pttl", "incr", "incrby", "decr", "decrby"),
    *("hset", "hget", "hgetall", "hdel", "sadd", "srem", "zadd", "lpush", "rpush"),
)
_NOT_WRITING = (
    *("get", "mget", "delete", "unlink", "exists", "expire", "pexpire", "ttl", "pttl", "keys"),
    *("scan", "scan_iter", "close", "aclose", "ping", "info", "publish", "subscribe", "pubsub"),
    *("hget", "hgetall", "smembers", "lrange", "zrange", "execute", "pipeline", "flushdb"),
    *("delete_pattern", "delete_matching", "invalidate_pattern", "delete_prefix", "clear"),
    *("connect", "disconnect", "initialize", "health_check", "hdel", "srem", "getdel"),
)
_PREFIXES = ("key_prefix", "prefix", "namespace")
_FOREIGN_CACHES = ("fastapi_cache", "aiocache", "cashews", "django", "flask_caching", "dogpile")
HOLE = "\x00"
"""What stands for a part of a key that is not known."""


# -- keys ----------------------------------------------------------------------------------


def written_down(scope: Scope, expression: f.Expression) -> tuple[Scope, f.Expression]:
    """Return where a key is written: names that are bound once are followed."""
    seen: set[int] = set()
    while isinstance(expression, f.Name) and id(expression) not in seen:
        seen.add(id(expression))
        symbol = resolve(scope, expression)
        if not isinstance(symbol, Variable) or symbol.value is None:
            break
        scope, expression = symbol.scope, symbol.value
    return scope, expression


def key_text(scope: Scope, expression: f.Expression | None, depth: int = 8) -> str | None:
    """Return a key as far as it is known, with `HOLE` for each unknown part; None if nothing is.

    *depth* is how many sums within sums are followed.
    """
    if expression is None or not depth:
        return None
    scope, expression = written_down(scope, expression)
    match expression:
        case f.Template(parts=parts):
            text = ""
            for part in parts:
                if isinstance(part, str):
                    text += part
                    continue
                known = value_of(scope, part.value)
                if known is None or _is_given(scope, part.value):
                    text += HOLE
                else:
                    text += str(known.value)
            return text
        case f.Binary(operator="+", left=left, right=right):
            first = key_text(scope, left, depth - 1)
            second = key_text(scope, right, depth - 1)
            if first is None and second is None:
                return None
            return (first or HOLE) + (second or HOLE)
    return text_of(scope, expression)


def _is_given(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether a caller brings *expression*: what a class says of it is only its default."""
    while isinstance(expression, f.Attribute):
        expression = expression.value
    symbol = resolve(scope, expression)
    return (
        isinstance(symbol, Variable)
        and any(isinstance(b, Received) for b in symbol.bindings)
        and not (isinstance(symbol.scope, Function) and symbol.scope.receiver == symbol.name)
    )


@dataclass(frozen=True, eq=False)
class CacheKey:
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


@dataclass(frozen=True, eq=False)
class KeyUse:
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


@query
def key_uses(service: Service) -> tuple[KeyUse, ...]:
    """Return where the app gives keys to redis clients, itself or through its functions.

    A function that passes a parameter on as a key is no use of its own: its calls are.
    """
    found: list[KeyUse] = []
    for call in redis_calls(service):
        if call.key is None:
            continue
        passed = _passed_on(call.site.scope, call.key)
        if passed is None:
            found.append(KeyUse(call.site, call.key, call.method))
            continue
        function, parameter = passed
        position = function.arguments.index(parameter)
        for site in calls_to(service, function):
            given = site.call.argument(position, parameter.name)
            if given is not None and in_app(site.module):
                found.append(KeyUse(site, given, call.method))
        called = any(True for _ in calls_to(service, function))
        if not called or function.cls is not None or handed_over(function):
            # Others may call it as well: an object of a class often is not known as one.
            found.append(KeyUse(call.site, call.key, call.method))
    return tuple(found)


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


@query
def cache_keys(service: Service) -> tuple[CacheKey, ...]:
    """Return the keys that are used and the prefixes of cached functions, if they can be read.

    A key is given once, where it is written, however often it is used.
    """
    found: dict[int, CacheKey] = {}
    for use in key_uses(service):
        text = key_text(use.site.scope, use.expression) if use.certain else None
        if text is not None and text.strip(HOLE):
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


# -- cached functions ----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class CachedFunction(AtFunction):
    """A function under the cache decorator."""

    function: Function
    decorator: f.Expression
    maker: Function | External

    @property
    def span(self) -> Span:
        """The decorator."""
        return self.decorator.span

    @property
    def outside(self) -> Scope:
        """The scope in which the decorator is written."""
        return self.function.parent or self.function.module

    @property
    def call(self) -> f.Call | None:
        """The decorator's call; None if it is used without one."""
        return self.decorator if isinstance(self.decorator, f.Call) else None

    @property
    def name(self) -> str:
        """What the decorator is called."""
        return self.maker.name

    @cached_property
    def prefix_parameter(self) -> f.Parameter | None:
        """The parameter of the service's own decorator that takes the prefix of the key."""
        if not isinstance(self.maker, Function):
            return None
        return next((p for p in self.maker.parameters if p.name in _PREFIXES), None)

    @cached_property
    def prefix(self) -> f.Expression | None:
        """What is given as ``key_prefix``."""
        if self.call is None:
            return None
        parameter = self.prefix_parameter
        if parameter is not None and isinstance(self.maker, Function):
            return self.call.argument(self.maker.parameters.index(parameter), parameter.name)
        if isinstance(self.maker, External):
            # The document's own signature: ``cache_result(ttl, key_prefix)``.
            return next(
                (x for x in (self.call.argument(1, name) for name in _PREFIXES) if x is not None),
                None,
            )
        return next((x for x in map(self.call.keyword, _PREFIXES) if x is not None), None)

    @cached_property
    def written(self) -> str | None:
        """The text with which its keys begin, `HOLE` included; None if it is not known."""
        place, given = self.outside, self.prefix
        if given is None and self.call is not None and not self.call.unpacks:
            if self.prefix_parameter is not None and isinstance(self.maker, Function):
                place = self.maker.parent or self.maker.module
                given = self.prefix_parameter.default
        text = text_of(place, given)
        if text is None:
            return None
        return f"{text}:{HOLE}" if self._separates else f"{text}{HOLE}"

    @property
    def _separates(self) -> bool:
        """Tell whether a colon follows the prefix (patterns document: it does)."""
        if not isinstance(self.maker, Function) or self.prefix_parameter is None:
            return True
        name = self.prefix_parameter.name
        for expression in _expressions_of(self.maker):
            match expression:
                case f.Template(parts=(f.Hole(value=f.Name(name=found)), str(text), *_)):
                    if found == name and text.startswith(":"):
                        return True
        return False

    @cached_property
    def awaits(self) -> bool:
        """Tell whether the decorator certainly awaits the function, however that is made."""
        if isinstance(self.maker, External):
            return True
        inner = [x for x in self.maker.walk() if isinstance(x, Function)]
        wrappers = [x for x in inner if x.is_async]
        asks = any(
            isinstance(x, f.Name | f.Attribute)
            and x.name in ("iscoroutinefunction", "isawaitable", "iscoroutine")
            for x in _expressions_of(self.maker)
        )
        return bool(wrappers) and not asks

    @cached_property
    def dumps_json(self) -> bool:
        """Tell whether the decorator certainly stores ``json.dumps`` of the result."""
        if isinstance(self.maker, External):
            return True
        for wrapper in (self.maker, *self.maker.walk()):
            results = {
                target.name
                for step in wrapper.steps
                if isinstance(step.statement, f.Assign)
                and isinstance(step.statement.value, f.Await)
                and _calls_parameter(wrapper, step.statement.value.value)
                for target in step.statement.targets
                if isinstance(target, f.Name)
            }
            for site in wrapper.calls:
                match site.call:
                    case f.Call(function=function, arguments=(f.Name(name=name), *_)) as call:
                        if name in results and resolve(wrapper, function) == _DUMPS:
                            return call.keyword("default") is None and not call.unpacks
        return False

    @cached_property
    def orm_result(self) -> str | None:
        """The ORM model that the function is annotated to return, if it certainly is one."""
        for scope, annotation in unfold(self.outside, self.function.returns):
            for inner in f.walk(annotation):
                symbol = resolve(scope, inner) if isinstance(inner, f.Name | f.Attribute) else None
                if isinstance(symbol, Class) and is_orm_model(symbol):
                    return symbol.name
        return None


_DUMPS = External("json.dumps")


def _calls_parameter(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* calls what a function around it was given."""
    if not isinstance(expression, f.Call):
        return False
    symbol = resolve(scope, expression.function)
    return isinstance(symbol, Variable) and all(isinstance(b, Received) for b in symbol.bindings)


def _expressions_of(function: Function) -> Iterator[f.Expression]:
    """Yield all expressions of *function* and of the functions inside it."""
    for scope in (function, *function.walk()):
        for step in scope.steps:
            for expression in step.expressions:
                yield from f.walk(expression)


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
                found.append(CachedFunction(function, decorator, symbol))
    return tuple(found)


# -- what keys are made of -----------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class KeyIngredient:
    """What goes into a cache key: a call of ``hash``, ``id``, ``repr`` or ``json.dumps``.

    A replacement field ``{x!r}`` is a call of ``repr``.
    """

    path: str
    expression: f.Expression
    content: f.Expression | None
    """What is hashed, shown or dumped."""
    place: Scope

    @property
    def module(self) -> Module:
        """The module that holds it."""
        return self.place.module

    @property
    def span(self) -> Span:
        """The call, or what the field shows."""
        return self.expression.span

    @property
    def extent(self) -> Span:
        """Its lines."""
        return self.span

    @property
    def label(self) -> str:
        """The dotted name of the scope."""
        return self.place.label

    @property
    def shown(self) -> str:
        """How one writes it."""
        text = f.render(self.expression)
        return text if isinstance(self.expression, f.Call) else f"{{{text}!r}}"

    @cached_property
    def sorts(self) -> bool | None:
        """Tell whether ``json.dumps`` sorts its keys; None if that cannot be known."""
        if not isinstance(self.expression, f.Call):
            return None
        given = self.expression.keyword("sort_keys")
        if given is not None:
            known = value_of(self.place, given)
            return bool(known.value) if known is not None else None
        return None if self.expression.unpacks else False

    @cached_property
    def stable(self) -> bool:
        """Tell whether the content is such that each process makes the same of it."""
        if self.content is None:
            return False
        plain = ("builtins.int", "builtins.bool") if self.path == "builtins.hash" else _SCALARS
        if self.path == "builtins.id":
            return False
        return _is_made_of(self.place, self.content, plain)


_SCALARS = tuple(f"builtins.{name}" for name in ("str", "int", "float", "bool", "bytes"))
_KEEPING = ("builtins.", "hashlib.", "base64.", "zlib.", "binascii.", "json.")
"""Where functions come from that make a text of a text."""
_TEXT_METHODS = ("encode", "decode", "hexdigest", "digest", "format", "join", "replace", "strip")
_CALLED = ("cache_key", "redis_key")
"""How functions that make keys are called."""
_INGREDIENTS = ("builtins.hash", "builtins.id", "builtins.repr", "json.dumps")


def _is_made_of(scope: Scope, content: f.Expression, plain: tuple[str, ...]) -> bool:
    """Tell whether *content* is of the types *plain*, or a display of such values."""
    match content:
        case f.Constant():
            return content.kind == "None" or f"builtins.{content.kind}" in plain
        case f.Collection(kind="list" | "tuple", items=items):
            return all(_is_made_of(scope, item, plain) for item in items)
        case f.Mapping(values=values):
            return not content.unpacks and all(_is_made_of(scope, x, plain) for x in values)
        case f.Call(function=f.Attribute(name="model_dump" | "dict", value=owner)):
            made = type_of(scope, owner)
            return made is not None and made.is_a("pydantic.BaseModel")
        case f.Call(function=f.Name(name="sorted")):
            return True
    made = type_of(scope, content)
    if made is None:
        return False
    if made.path in ("builtins.list", "builtins.tuple") and made.arguments:
        return all(x is not None and x.path in plain for x in made.arguments)
    return made.path in plain


@query
def key_ingredients(service: Service) -> tuple[KeyIngredient, ...]:
    """Return the calls whose results certainly become part of a cache key."""
    found: dict[int, KeyIngredient] = {}
    used = [(use.site.scope, use.expression) for use in key_uses(service) if use.certain]
    for scope, key in (*used, *_called_keys(service)):
        for place, part in _behind(scope, key, set()):
            if not in_app(place.module):
                continue
            if isinstance(part, f.Hole):
                made = KeyIngredient("builtins.repr", part.value, part.value, place)
            else:
                symbol = resolve(place, part.function)
                if not isinstance(symbol, External) or symbol.path not in _INGREDIENTS:
                    continue
                made = KeyIngredient(symbol.path, part, part.argument(0, "obj"), place)
            found.setdefault(id(part), made)
    return tuple(found.values())


def _called_keys(service: Service) -> Iterator[tuple[Scope, f.Expression]]:
    """Yield what functions called ``make_cache_key`` return, whoever asks for it.

    A variable called so may be the key of a dictionary, which lives no longer than its process.
    """
    for function in service.functions:
        if function.name.endswith(_CALLED) and in_app(function.module):
            for _, statement in function.returned:
                if statement.value is not None:
                    yield function, statement.value


def _behind(
    scope: Scope, expression: f.Expression, seen: set[int]
) -> Iterator[tuple[Scope, f.Call | f.Hole]]:
    """Yield the calls and fields ``{x!r}`` whose texts certainly become part of *expression*.

    Followed are variables, functions of the service that make keys, and what
    keeps a text: formatting, joining, encoding, digests. An attribute of a thing
    is not the thing, and what an unknown function makes of its arguments is unknown.
    """
    if id(expression) in seen:
        return
    seen.add(id(expression))
    match expression:
        case f.Name(name=name):
            symbol = look_up(scope, name)
            if isinstance(symbol, Variable):
                for binding in symbol.bindings:
                    if isinstance(binding, Assigned) and binding.value is not None:
                        yield from _behind(symbol.scope, binding.value, seen)
        case f.Call():
            yield scope, expression
            callee = callee_of(scope, expression)
            if isinstance(callee, Function) and not callee.is_async:
                for _, statement in callee.returned:
                    if statement.value is not None:
                        yield from _behind(callee, statement.value, seen)
            elif isinstance(callee, External) and not callee.path.startswith(_KEEPING):
                return
            elif isinstance(expression.function, f.Attribute):
                if callee is None and expression.function.name not in _TEXT_METHODS:
                    return
                yield from _behind(scope, expression.function.value, seen)
            for argument in (*expression.arguments, *(k.value for k in expression.keywords)):
                yield from _behind(scope, argument, seen)
        case f.Template(parts=parts):
            for part in parts:
                if isinstance(part, f.Hole):
                    if part.conversion == "r":
                        yield scope, part
                    yield from _behind(scope, part.value, seen)
        case f.Await() | f.Attribute() | f.Lambda():
            return
        case _:
            for inner in f.children(expression):
                yield from _behind(scope, inner, seen)


# -- invalidation --------------------------------------------------------------------------


@query
def invalidations(service: Service) -> tuple[CacheKey, ...]:
    """Return the literal patterns by which entries are looked up to be removed."""
    names = service.settings.vocabulary.cache_invalidators
    found: list[CacheKey] = []
    for callee, sites in calls_by_callee(service).items():
        name = callee.rpartition(".")[2] if isinstance(callee, str) else callee.name
        if name in names:
            for site in sites:
                given = (*site.call.arguments, *(k.value for k in site.call.keywords))
                if given and in_app(site.module):
                    found += _pattern(site, given[0])
    for call in redis_calls(service):
        match call.method:
            case "scan_iter" if _deletes(call.site.scope):
                found += _pattern(call.site, call.call.argument(0, "match"))
            case "keys" if _deletes(call.site.scope):
                found += _pattern(call.site, call.call.argument(0, "pattern"))
            case "delete_pattern" | "delete_matching" | "invalidate_pattern":
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


@query
def written_keys(service: Service) -> frozenset[str] | None:
    """Return all keys that the service writes, with holes; None if one is not known at all."""
    if any(_uses_foreign_cache(module) for module in service.modules):
        return None
    found = {cached.written for cached in cached_functions(service)}
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


def _uses_foreign_cache(module: Module) -> bool:
    return any(
        isinstance(b, Imported) and b.fact.module.partition(".")[0] in _FOREIGN_CACHES
        for bindings in module.bindings.values()
        for b in bindings
    )


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
    current: Scope | None = scope
    while current is not None:
        if isinstance(current, Function) and current.name in names:
            return True
        current = current.parent
    return False


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
