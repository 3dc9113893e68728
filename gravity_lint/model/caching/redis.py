"""Redis clients, who makes them, and what is asked of them.

A redis client is a value of redis-py's classes, of a class of the service that
keeps one on itself (the document's ``redis_client``), or what a shared library
gives under a configured name.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.caching.addresses import is_told_by_caller, pool_argument
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.calls import calls_in, methods_called
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.loops import runs_in_own_loops
from gravity_lint.model.code.names import External, class_member, resolve
from gravity_lint.model.code.questions import by_module, calling
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.scripts import is_main_block, is_script, is_worker, runs_as_program
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.code.types import Type, callee_of, type_of, type_of_attribute
from gravity_lint.model.code.values import value_of
from gravity_lint.model.code.words import saying

CLIENTS = (
    "redis.asyncio.Redis",
    "redis.asyncio.RedisCluster",
    "redis.asyncio.client.Pipeline",
    "redis.Redis",
    "redis.RedisCluster",
    "redis.client.Pipeline",
)
_CONSTRUCTORS = (
    *(path for path in CLIENTS if not path.endswith("Pipeline")),
    *(f"{path}.from_url" for path in CLIENTS if not path.endswith("Pipeline")),
    "redis.asyncio.Redis.from_pool",
    "redis.Redis.from_pool",
    "redis.asyncio.from_url",
    "redis.from_url",
    "aioredis.create_redis",
    "aioredis.create_redis_pool",
)
_POOLS = (
    "redis.asyncio.ConnectionPool",
    "redis.asyncio.ConnectionPool.from_url",
    "redis.asyncio.BlockingConnectionPool",
    "redis.asyncio.BlockingConnectionPool.from_url",
    "redis.ConnectionPool",
    "redis.ConnectionPool.from_url",
    "redis.BlockingConnectionPool",
    "redis.BlockingConnectionPool.from_url",
)
_LIBRARIES = ("redis", "aioredis")
EXPIRING_CALLS = ("expire", "pexpire", "expireat", "pexpireat")
_EXPIRING_WRITES = ("setex", "psetex")
_WRITES = ("set", "setnx", "getset", *_EXPIRING_WRITES)
_LIFETIMES = (
    *("ex", "px", "exat", "pxat", "keepttl", "ttl", "expire", "expires", "expire_in", "expires_in"),
    *("expiration", "expiry", "ttl_seconds", "expire_seconds", "timeout", "expire_time", "pexpire"),
)
"""How a time to live is called: redis-py's words, and those of the services' own clients."""
_PACKAGE = "app"
"""How the document calls the package of a service."""
_HOLDING = ("redis", "client", "_redis", "_client")
"""Under which names a client of a shared library keeps redis-py's."""


class RedisCall(AtCall, Record, frozen=True):
    """A call of a method of a redis client."""

    site: CallSite
    method: str
    owner: Type

    @property
    def writes(self) -> bool:
        """Tell whether it writes a whole entry (a hash is a record of fields, and apart).

        A method of the service's own client does if it writes one with redis-py.
        """
        if self.wrapper is None or self.method in _WRITES:
            return self.method in _WRITES
        return any(call.plain and call.method in _WRITES for call in _calls_in(self.wrapper))

    @property
    def plain(self) -> bool:
        """Tell whether it goes to redis-py itself, with nothing of the service between."""
        return self.owner.is_a(*CLIENTS) and self.wrapper is None

    @property
    def key(self) -> f.Expression | None:
        """The key that it is about: the first argument, however it is called."""
        if self.call.arguments:
            return self.call.argument(0)
        return next((k for k in map(self.call.keyword, ("name", "key")) if k is not None), None)

    @cached_property
    def wrapper(self) -> Function | None:
        """The method of the service's own client class that is called, if it is one."""
        if self.owner.cls is None:
            return None
        member = class_member(self.owner.cls, self.method)
        return member if isinstance(member, Function) else None

    @property
    def lifetime(self) -> str:
        """What the time to live is called that the service's own method takes; empty if none."""
        parameter = _lifetime_of(self.wrapper) if self.wrapper is not None else None
        return parameter.name if parameter is not None else ""

    @property
    def misnamed_lifetime(self) -> str:
        """The time to live that is given under a name that the called method does not take."""
        if self.wrapper is None or _takes_any(self.wrapper):
            return ""
        taken = {parameter.name for parameter in self.wrapper.arguments}
        given = (k.name for k in self.call.keywords if k.name in _LIFETIMES)
        return next((name for name in given if name and name not in taken), "")

    @property
    def _is_own(self) -> bool:
        """Tell whether the client is imported from the service itself, where it is not in view."""
        top = self.owner.path.partition(".")[0]
        return top == _PACKAGE or self.module.service.has_package(top)

    @cached_property
    def expires(self) -> bool | None:
        """Tell whether what is written gets a time to live; None if that cannot be known."""
        if self.wrapper is not None:
            given = _lifetime_given(self.call, self.wrapper)
        elif self.owner.is_a(*CLIENTS):
            given = self.method in _EXPIRING_WRITES or _lifetime_given_to_redis(self.call)
        else:
            # What a shared library's client does by default is not in view; the document's own
            # is told each time.
            unsaid = False if self._is_own else None
            given = _lifetime_given_to_redis(self.call) or unsaid
        if given is not False:
            return given
        nearby = self._expires_nearby()
        return nearby if nearby is not False else self._expires_by_nature()

    def _expires_nearby(self) -> bool | None:
        """Tell whether the same scope sets the life of this key; None: of one that may be it."""
        answer: bool | None = False
        for site in self.site.scope.calls:
            function = site.call.function
            if isinstance(function, f.Attribute) and function.name in EXPIRING_CALLS:
                other = RedisCall(site, function.name, self.owner).key
                if _shown(self.key) == _shown(other):
                    return True
                if not (_is_text(self.key) and _is_text(other)):
                    answer = None
        return answer

    def _expires_by_nature(self) -> bool | None:
        """Tell what becomes of an entry for which no time to live is given."""
        if self.wrapper is not None:
            return _expires_by_default(self.wrapper)
        function = self.site.scope
        if isinstance(function, Function) and function.cls is not None:
            if holds_client(function.cls) and _decides(function):
                return None  # the client's own method: whether it expires, its callers say
        for site in function.calls:
            match site.call.function:
                case f.Attribute(name=name) if name in _EXPIRING_WRITES:
                    if _shown(RedisCall(site, name, self.owner).key) == _shown(self.key):
                        return None  # it expires on another way: the code has a policy
        return False


def _decides(function: Function) -> bool:
    """Tell whether a client's method acts on the time to live that its callers may give."""
    parameter = _lifetime_of(function)
    return parameter is not None and any(
        isinstance(x, f.Name) and x.name == parameter.name
        for step in function.steps
        if isinstance(step.statement, f.If)
        for x in f.walk(step.statement.test)
    )


def _is_text(key: f.Expression | None) -> bool:
    return isinstance(key, f.Template | f.Constant)


def _shown(expression: f.Expression | None) -> str | None:
    return None if expression is None else f.render(expression)


def _lifetime_of(wrapper: Function) -> f.Parameter | None:
    return next((p for p in wrapper.arguments if p.name in _LIFETIMES), None)


def _takes_any(function: Function) -> bool:
    return any(p.kind is f.ParameterKind.VARIADIC_KEYWORD for p in function.parameters)


def _lifetime_given_to_redis(call: f.Call) -> bool | None:
    """Tell whether a call of redis-py's ``set`` says how long the entry lives."""
    if call.unpacks:
        return None
    given = [k.value for k in call.keywords if k.name in _LIFETIMES]
    given += call.arguments[2:4]
    return any(not f.is_none(value) for value in given)


def _lifetime_given(call: f.Call, wrapper: Function) -> bool | None:
    """Tell whether a call of the service's own client says how long the entry lives."""
    if call.unpacks:
        return None
    parameter = _lifetime_of(wrapper)
    if _takes_any(wrapper) and any(k.name in _LIFETIMES for k in call.keywords):
        if parameter is None or call.keyword(parameter.name) is None:
            return None  # what becomes of it is not followed
    if parameter is None:
        return False
    given = argument_for(wrapper, call, parameter)
    return given is not None and not f.is_none(given)


def _expires_by_default(wrapper: Function) -> bool | None:
    """Tell whether a client's own method gives a life to entries whose callers name none."""
    parameter = _lifetime_of(wrapper)
    if parameter is None or parameter.default is None:
        return None  # what the method writes is judged where it writes
    if not f.is_none(parameter.default) or len(wrapper.bindings[parameter.name]) > 1:
        return True
    written = [call for call in _calls_in(wrapper) if call.writes]
    if not written:
        return None
    for site in wrapper.calls:
        match site.call:
            case f.Call(function=f.Attribute(name=name), arguments=given) if name in EXPIRING_CALLS:
                # ``if ttl: await redis.expire(key, ttl)``: without one, it does not.
                named = any(isinstance(x, f.Name) and x.name == parameter.name for x in given)
                return False if named else None
    return all(_lives_anyway(call, parameter) for call in written)


def _lives_anyway(call: RedisCall, parameter: f.Parameter) -> bool:
    """Tell whether *call* names a time to live other than the bare *parameter*."""
    if call.method in _EXPIRING_WRITES:
        return True
    given = [k.value for k in call.call.keywords if k.name in _LIFETIMES]
    given += call.call.arguments[2:4]
    return any(not (isinstance(x, f.Name) and x.name == parameter.name) for x in given)


# -- clients -------------------------------------------------------------------------------


@by_module
def redis_calls(module: Module) -> Iterator[RedisCall]:
    """Return the calls in the app of methods of redis clients."""
    if in_app(module) and knows_redis(module.service):
        for scope in module.scopes:
            yield from _calls_in(scope)


def redis_calls_of(service: Service, *methods: str) -> Iterator[RedisCall]:
    """Yield the calls in the app of those methods of redis clients, in source order."""
    if knows_redis(service):
        for site in methods_called(service, *methods):
            call = redis_call_at(site) if in_app(site.module) else None
            if call is not None:
                yield call


@query
def knows_redis(service: Service) -> bool:
    """Tell whether anything in the service imports what could be a client."""
    shared = service.settings.vocabulary.redis_clients
    return any(
        statement.module.partition(".")[0] in _LIBRARIES or statement.name in shared
        for module in saying(service, (*_LIBRARIES, *shared))
        for scope in module.scopes
        for step in scope.steps
        if isinstance(statement := step.statement, f.Import)
    )


def _calls_in(scope: Scope) -> Iterator[RedisCall]:
    for site in scope.calls:
        call = redis_call_at(site)
        if call is not None:
            yield call


def redis_call_at(site: CallSite) -> RedisCall | None:
    """Return what *site* calls as a method of a redis client."""
    called = site.call.function
    owner = client_of(site.scope, called.value) if isinstance(called, f.Attribute) else None
    if owner is None or not isinstance(called, f.Attribute):
        return None
    return RedisCall(site, called.name, owner)


def client_of(scope: Scope, expression: f.Expression) -> Type | None:
    """Return the type of *expression* if it certainly is a redis client."""
    made = type_of(scope, expression)
    if made is not None:
        if made.is_class:
            return None
        known = made.is_a(*CLIENTS) or (made.cls is not None and holds_client(made.cls))
        return made if known or is_shared_client(scope.module.service, made.symbol) else None
    symbol = resolve(scope, expression)
    if isinstance(symbol, External) and is_shared_client(scope.module.service, symbol):
        return Type(symbol.path)
    if isinstance(expression, f.Attribute) and expression.name in _HOLDING:
        holder = client_of(scope, expression.value)
        if holder is not None and holder.cls is None and not holder.is_a(*CLIENTS):
            return Type(CLIENTS[0])
    return None


def is_shared_client(service: Service, symbol: object) -> bool:
    """Tell whether *symbol* is a redis client that a shared library gives, by its name."""
    return isinstance(symbol, External) and symbol.name in service.settings.vocabulary.redis_clients


def holds_client(cls: Class) -> bool:
    """Tell whether *cls* is a client class of the service: it keeps a redis-py client on itself."""
    return cls.module.service.memory.ask(("holds_client", cls), False, _holds_client, cls)


def _holds_client(cls: Class) -> bool:
    if "redis" not in cls.name.lower() and "cache" not in cls.name.lower():
        return False
    for name in (*cls.attributes, *cls.bindings):
        made = type_of_attribute(Type(cls), name)
        if made is not None and not made.is_class and made.is_a(*CLIENTS):
            return True
    return False


def in_client_class(scope: Scope) -> bool:
    """Tell whether *scope* is part of a client class, which only passes keys on."""
    return any(isinstance(x, Class) and holds_client(x) for x in scope.outward())


@by_module
def entries(module: Module) -> Iterator[RedisCall]:
    """Return the calls in the app that write an entry."""
    return (
        call
        for call in redis_calls.of(module)
        if call.writes and call.key is not None and not is_run_by_hand(call.site)
    )


@by_module(where=calling(*_CONSTRUCTORS, *_POOLS))
def client_constructions(module: Module) -> tuple[CallSite, ...]:
    """Return the calls in the app that make a redis client or its pool of connections.

    An asynchronous one that is made where each run has a loop of its own serves that run alone:
    its connections are bound to the loop. One whose server a caller's mapping tells is that of
    whoever has configured it.
    """

    def calls(*paths: str) -> list[CallSite]:
        sites = calls_in(module, *paths) if in_app(module) else ()
        return [
            site
            for site in sites
            if not is_run_by_hand(site)
            and not is_told_by_caller(site)
            and not (is_asynchronous(site) and runs_in_own_loops(site.scope))
        ]

    made, pools = calls(*_CONSTRUCTORS), calls(*_POOLS)
    # A pool belongs to the client that the same scope makes of it. A client over a pool from
    # elsewhere has neither connections nor an address of its own.
    pooled = {site.scope for site in pools}
    made = [x for x in made if x.scope in pooled or pool_argument(x.call) is None]
    scopes = {site.scope for site in made}
    return (*made, *(site for site in pools if site.scope not in scopes))


@query
def client_makers(service: Service) -> tuple[Module, ...]:
    """Return the modules that make redis clients, each once."""
    found = {site.module for site in client_constructions(service)}
    return tuple(sorted(found, key=lambda module: module.relative))


def is_asynchronous(site: CallSite) -> bool:
    """Tell whether the client or pool that is made at *site* is an asynchronous one."""
    callee = callee_of(site.scope, site.call)
    return isinstance(callee, External) and callee.path.startswith(("redis.asyncio.", "aioredis."))


def kind_of(site: CallSite) -> str:
    """Return which kind of client or pool is made at *site*: none can stand for another.

    aioredis had other methods before its version 2, which is what redis-py has taken over.
    """
    callee = callee_of(site.scope, site.call)
    path = callee.path if isinstance(callee, External) else ""
    if path.startswith("aioredis."):
        return "aioredis"
    word = "asynchronous" if is_asynchronous(site) else "synchronous"
    return f"{word} cluster" if ".RedisCluster" in path else word


def is_pool(site: CallSite) -> bool:
    """Tell whether what is made at *site* is a pool of connections, for clients made elsewhere."""
    callee = callee_of(site.scope, site.call)
    return isinstance(callee, External) and callee.path in _POOLS


def is_run_by_hand(site: CallSite) -> bool:
    """Tell whether *site* is part of a script, or of a program that is no worker of the service."""
    if is_script(site.module) or is_main_block(site.step):
        return True
    return runs_as_program(site.scope) and not is_worker(site.module)


@by_module
def key_searches(module: Module) -> Iterator[RedisCall]:
    """Return the calls in the app that ask redis-py for all keys of a pattern."""
    return (
        call
        for call in redis_calls.of(module)
        if (call.plain or call.owner.cls is None)
        and not is_run_by_hand(call.site)
        and (
            call.method in ("keys", "scan_iter")
            or (call.method == "execute_command" and _is_keys(call))
        )
    )


def _is_keys(call: RedisCall) -> bool:
    command = value_of(call.site.scope, call.call.argument(0))
    return command is not None and str(command.value).upper().split(" ")[0] == "KEYS"
