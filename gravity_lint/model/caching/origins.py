"""Whether what is written to the cache is worked out by the service, or is all that there is of it.

What an endpoint got from its caller and writes under a single key is a setting that is kept in
Redis: there is nothing behind it from which it could be read again once it has expired.
"""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.environments import callers
from gravity_lint.model.api.routing import endpoint_by_function
from gravity_lint.model.caching.redis import RedisCall
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.names import External, Variable, path_of, resolve
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.code.values import text_of

_DEEPEST = 4
_SHAPING = ("model_dump", "model_dump_json", "dict", "json", "isoformat", "strip", "encode")


def is_kept_setting(entry: RedisCall) -> bool:
    """Tell whether *entry* is one key under which endpoints keep what their callers have sent."""
    scope, value = entry.site.scope, entry.call.argument(1, "value")
    if text_of(scope, entry.key) is None or value is None:
        return False
    return _is_sent(scope, value, _DEEPEST)


def _is_sent(scope: Scope, value: f.Expression, depth: int) -> bool:
    """Tell whether *value* is nothing but what the caller of an endpoint has sent, in any shape."""
    parts = list(_ingredients(scope, value, depth))
    return bool(parts) and all(parts)


def _ingredients(scope: Scope, value: f.Expression, depth: int) -> Iterator[bool]:
    """Yield for each name in *value* whether it is sent."""
    match value:
        case f.Constant():
            return
        case f.Name(name=name):
            yield _is_sent_name(scope, name, value, depth)
        case f.Attribute(value=owner):
            yield from _ingredients(scope, owner, depth)
        case f.Call(function=function, arguments=arguments, keywords=keywords):
            given = (*arguments, *(k.value for k in keywords))
            if isinstance(function, f.Attribute) and function.name in _SHAPING:
                yield from _ingredients(scope, function.value, depth)
            elif not isinstance(callee_of(scope, value), External | Class):
                yield False
            for part in given:
                yield from _ingredients(scope, part, depth)
        case f.Await(value=f.Call(function=f.Attribute(value=owner, name="json" | "body"))):
            yield from _ingredients(scope, owner, depth)
        case f.Await():
            yield False
        case _:
            for part in f.children(value):
                yield from _ingredients(scope, part, depth)


def _is_sent_name(scope: Scope, name: str, value: f.Expression, depth: int) -> bool:
    parameter = scope.parameter(name) if isinstance(scope, Function) else None
    if isinstance(scope, Function) and parameter is not None:
        if scope in endpoint_by_function(scope.module.service):
            default = parameter.default
            return not (
                isinstance(default, f.Call)
                and path_of(scope.module, default.function) == "fastapi.Depends"
            )
        sites = callers(scope) if depth else ()
        given = [(site.scope, argument_for(scope, site.call, parameter)) for site in sites]
        return bool(given) and all(
            x is not None and _is_sent(where, x, depth - 1) for where, x in given
        )
    symbol = resolve(scope, value)
    if isinstance(symbol, Variable) and symbol.scope is scope and symbol.value is not None:
        return bool(depth) and _is_sent(scope, symbol.value, depth - 1)
    return False
