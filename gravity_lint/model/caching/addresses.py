"""Which server a redis client talks to, as far as the code that makes it says so.

Settings and variables of the environment are told apart by their names: two of them are there to
hold two values, whatever their defaults are. What one of them holds may be what another module
writes out.
"""

from __future__ import annotations

from typing import TypeAlias
from urllib.parse import urlsplit

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import own_dependencies
from gravity_lint.model.api.environments import callers
from gravity_lint.model.api.routing import endpoint_by_function
from gravity_lint.model.api.schemas import is_orm_model
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.names import External, Variable, ancestors, path_of, resolve
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import type_of, type_of_parameter

Address: TypeAlias = "tuple[object, ...]"
"""A URL, or host, port and database."""


class Named(msgspec.Struct, frozen=True):
    """What a setting or a variable of the environment holds."""

    name: str


_PLACES = (("host", "localhost"), ("port", 6379), ("db", 0))
"""What redis-py's classes take first, and what they do without."""
_VIA = ("from_url", "create_redis", "create_redis_pool")
_TEXTS = ("get_secret_value", "unicode_string", "human_repr", "strip", "encoded_string")
"""Methods by which a setting that is no text gives one."""
_DEEPEST = 8


def address_of(site: CallSite) -> Address | None:
    """Return the address of the client or pool that is made at *site*; None if it is not known."""
    return _address(site.scope, site.call, _DEEPEST)


def differ(one: Address, other: Address) -> bool:
    """Tell whether two addresses certainly are those of two servers or databases."""
    short, long = sorted((one, other), key=len)
    if (len(short), len(long)) == (1, 2) and short[0] == long[0]:
        return long[1] != 0 and not isinstance(long[1], Named)  # the URL may say it as well
    return len(one) == len(other) and any(
        a != b and (isinstance(a, Named) == isinstance(b, Named) or _adds(a, b) or _adds(b, a))
        for a, b in zip(one, other, strict=True)
    )


def _adds(whole: object, part: object) -> bool:
    """Tell whether *whole* is *part* and something else besides: ``f"{settings.redis_url}/1"``."""
    return isinstance(whole, tuple) and part in whole


def is_told_by_caller(site: CallSite) -> bool:
    """Tell whether the server of *site* stands in a mapping that a caller has given, or a request.

    ``Redis(host=details["host"])``: how many servers there are, and which, is known to whoever
    has configured them. What a request brings is tried, before it is configured, and what rows of
    a database say is the servers that are looked after.
    """
    call = site.call
    value = call.argument(0, "url" if _is_via_url(site.scope, call) else "host")
    if value is None and len(call.keywords) == 1 and call.keywords[0].name is None:
        return _is_brought(site.scope, call.keywords[0].value, _DEEPEST)
    return value is not None and (
        _is_from_mapping(site.scope, value, 2 * _DEEPEST)
        or _is_brought(site.scope, value, _DEEPEST)
    )


def _is_brought(scope: Scope, value: f.Expression, depth: int) -> bool:
    """Tell whether *value* is what a request brings to an endpoint, or is made of that alone.

    So is what stands in a row of the database: somebody has put the server there.
    """
    if not depth or not isinstance(scope, Function):
        return False

    def is_brought(part: f.Expression) -> bool:
        return _is_brought(scope, part, depth - 1)

    match value:
        case f.Attribute(value=owner) | f.Call(function=f.Attribute(value=owner)):
            return _is_row(scope, owner) or is_brought(owner)
        case f.Call(arguments=(first, *_)) | f.Boolean(values=(first, *_)):
            return is_brought(first)
        case f.Template(parts=parts):
            return all(is_brought(x.value) for x in parts if isinstance(x, f.Hole))
        case f.Name(name=name):
            parameter = scope.parameter(name)
            if parameter is None:
                bound = [x.value for x in scope.bindings.get(name, ()) if isinstance(x, Assigned)]
                return bool(bound) and all(x is not None and is_brought(x) for x in bound)
            if endpoint_by_function(scope.module.service).get(scope) is not None:
                return _is_of_request(scope, parameter)
            sites = callers(scope) if name != scope.receiver else ()
            given = [(site, argument_for(scope, site.call, parameter)) for site in sites]
            return bool(given) and all(
                x is not None and _is_brought(site.scope, x, depth - 1) for site, x in given
            )
    return False


def _is_row(scope: Scope, owner: f.Expression) -> bool:
    made = type_of(scope, owner)
    return made is not None and made.cls is not None and is_orm_model(made.cls)


def _is_of_request(endpoint: Function, parameter: f.Parameter) -> bool:
    """Tell whether *parameter* certainly is a text or a model that the request holds."""
    made = type_of_parameter(endpoint, parameter)
    if made is None or any(d.parameter is parameter for d in own_dependencies(endpoint)):
        return False
    if made.cls is None:
        return made.path == "builtins.str"
    return made.is_a("pydantic.BaseModel") and not made.is_a("pydantic_settings.BaseSettings")


def _is_from_mapping(scope: Scope, value: f.Expression, depth: int) -> bool:
    """Tell whether *value* is read by a key from a mapping that is a parameter."""
    if not depth:
        return False
    match value:
        case (
            f.Subscript(value=owner, index=f.Constant())
            | f.Call(function=f.Attribute(value=owner, name="get"), arguments=(f.Constant(), *_))
        ):
            return _is_given(scope, owner, depth - 1) or _is_from_mapping(scope, owner, depth - 1)
        case f.Call(arguments=(first, *_)):
            return _is_from_mapping(scope, first, depth - 1)
        case f.Boolean(values=(first, *_)):
            return _is_from_mapping(scope, first, depth - 1)
        case f.Name(name=name) if isinstance(scope, Function):
            bound = [x.value for x in scope.bindings.get(name, ()) if isinstance(x, Assigned)]
            return any(x is not None and _is_from_mapping(scope, x, depth - 1) for x in bound)
        case f.Attribute(value=f.Name(name=owner), name=name) if (
            isinstance(scope, Function) and scope.cls is not None and owner == scope.receiver
        ):
            return any(
                assign.value is not None and _is_from_mapping(method, assign.value, depth - 1)
                for method, assign in scope.cls.attributes.get(name, ())
            )
    return False


def _is_given(scope: Scope, owner: f.Expression, depth: int) -> bool:
    """Tell whether *owner* is a parameter that may be a mapping, or an attribute that keeps one."""
    if not isinstance(scope, Function) or not depth:
        return False
    match owner:
        case f.Name(name=name):
            parameter = scope.parameter(name)
            if parameter is not None and name != scope.receiver:
                made = type_of_parameter(scope, parameter)
                return made is None or made.cls is None
            bound = [x.value for x in scope.bindings.get(name, ()) if isinstance(x, Assigned)]
            return any(x is not None and _is_given(scope, x, depth - 1) for x in bound)
        case f.Attribute(value=f.Name(name=receiver), name=name) if (
            scope.cls is not None and receiver == scope.receiver
        ):
            return any(
                assign.value is not None and _is_given(method, assign.value, depth - 1)
                for cls in ancestors(scope.cls)
                if isinstance(cls, Class)
                for method, assign in cls.attributes.get(name, ())
            )
    return False


def options_of(site: CallSite) -> tuple[str, ...]:
    """Return what a client that is made at *site* gives and for how long it waits, as written.

    One over a pool says neither: the pool does.
    """
    _, call = _pool_of(site.scope, site.call) or (site.scope, site.call)
    given = (call.keyword(name) for name in ("decode_responses", "socket_timeout"))
    return tuple(f.render(x) if x is not None else "" for x in given)


def _is_via_url(scope: Scope, call: f.Call) -> bool:
    """Tell whether *call* makes a client or a pool of a URL."""
    return (path_of(scope, call.function) or "").rpartition(".")[2] in _VIA


def pool_argument(call: f.Call) -> f.Expression | None:
    """Return the pool over which *call* makes a client; None if it makes its own."""
    called = call.function
    if isinstance(called, f.Attribute) and called.name == "from_pool":
        return call.argument(0)
    return call.keyword("connection_pool")


def _pool_of(scope: Scope, call: f.Call) -> tuple[Scope, f.Call] | None:
    """Return the pool over which *call* makes a client, and where; None if it is not known."""
    match pool_argument(call):
        case f.Call() as made:
            return scope, made
        case f.Attribute(value=f.Name(name=owner), name=name) if (
            isinstance(scope, Function) and scope.cls is not None and owner == scope.receiver
        ):
            rows = scope.cls.attributes.get(name, ())
            kept = [(at, x.value) for at, x in rows if isinstance(x.value, f.Call)]
            return kept[0] if len(kept) == 1 else None
        case f.Name() | f.Attribute() as pool:
            symbol = resolve(scope, pool)
            if isinstance(symbol, Variable) and isinstance(symbol.value, f.Call):
                return symbol.scope, symbol.value
    return None


def _address(scope: Scope, call: f.Call, depth: int) -> Address | None:
    if call.unpacks or not depth:
        return None
    if pool_argument(call) is not None:
        made = _pool_of(scope, call)
        return _address(*made, depth - 1) if made is not None else None
    given: list[object] = []
    if _is_via_url(scope, call):
        url = _told(scope, call.argument(0, "url") or call.keyword("address"), depth)
        given += _taken_apart(url) if isinstance(url, str) else [url]
        if call.keyword("db") is not None:
            given[2:] = [_told(scope, call.keyword("db"), depth)]
    else:
        for position, (place, default) in enumerate(_PLACES):
            value = call.argument(position, place)
            given.append(default if value is None else _told(scope, value, depth))
        if call.keyword("unix_socket_path") is not None:
            given.append(_told(scope, call.keyword("unix_socket_path"), depth))
    return None if None in given else tuple(given)


def _taken_apart(url: str) -> list[object]:
    """Return host, port and database of *url*."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or parts.path, parts.port
    except ValueError:
        return [url]
    database = parts.path.strip("/")
    return [host, port or 6379, int(database) if database.isdecimal() else 0]


def _told(scope: Scope, value: f.Expression | None, depth: int) -> object:
    """Return what is the same for two spellings of one *value*; None if it is not known."""
    if not depth:
        return None
    match value:
        case f.Constant(value=constant):
            return constant
        case f.Template(parts=parts):
            told = [p if isinstance(p, str) else _told(scope, p.value, depth - 1) for p in parts]
            return _joined(told)
        case f.Binary(operator="+", left=left, right=right):
            return _joined([_told(scope, left, depth - 1), _told(scope, right, depth - 1)])
        case f.Call(function=function, arguments=(first, *_)):
            path = path_of(scope, function)
            if path == "builtins.str":
                return _told(scope, first, depth - 1)
            if path in ("os.getenv", "os.environ.get") and isinstance(first, f.Constant):
                return Named(str(first.value).lower())
        case f.Call(function=f.Attribute(value=owner, name=name)) if name in _TEXTS:
            return _told(scope, owner, depth - 1)
        case f.Call(function=f.Name(name=name) | f.Attribute(name=name), arguments=()):
            return Named(name.lower().removeprefix("get_"))
        case f.Subscript(value=owner, index=f.Constant(value=key)):
            if path_of(scope, owner) == "os.environ":
                return Named(str(key).lower())
        case f.Name() | f.Attribute():
            parameter = scope.parameter(value.name) if isinstance(scope, Function) else None
            if isinstance(value, f.Name) and isinstance(scope, Function) and parameter is not None:
                return _given(scope, parameter, depth - 1)
            symbol = resolve(scope, value)
            if isinstance(symbol, Variable) and not isinstance(symbol.scope, Class):
                return _told(symbol.scope, symbol.value, depth - 1)
            if isinstance(symbol, External):
                return Named(symbol.name.lower())  # a name of a module that is not in view
            if isinstance(value, f.Attribute):
                return Named(value.name.lower())
    return None


def _joined(told: list[object]) -> object:
    """Return what a text is that is made of all those; None if one is not known."""
    flat = [x for part in told for x in (part if isinstance(part, tuple) else (part,))]
    return None if None in flat else flat[0] if len(flat) == 1 else tuple(flat)


def _given(function: Function, parameter: f.Parameter, depth: int) -> object:
    """Return what all callers of *function* give for *parameter*; None if they differ."""
    found = set()
    for site in callers(function):
        given = argument_for(function, site.call, parameter)
        if given is not None:
            found.add(_told(site.scope, given, depth))
        else:
            found.add(_told(function, parameter.default, depth))
    return found.pop() if len(found) == 1 else None
