"""Whether what is written to the cache is worked out by the service, or is all that there is of it.

What an endpoint got from its caller and writes under a single key is a setting that is kept in
Redis: there is nothing behind it from which it could be read again once it has expired. Nor is
there for a number that is read, counted up and written back.
"""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.environments import callers
from gravity_lint.model.api.routing import endpoint_by_function
from gravity_lint.model.caching.redis import RedisCall
from gravity_lint.model.code.bindings import Assigned
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


def is_counted_on(entry: RedisCall) -> bool:
    """Tell whether *entry* writes the number that stood under its key before, and some more."""
    scope, value = entry.site.scope, entry.call.argument(1, "value")
    if value is None or entry.key is None:
        return False
    key = f.render(entry.key)
    return any(
        _is_got(part, key)
        for summands in _sums(scope, value)
        if not any(isinstance(x, f.Collection | f.Template) or _is_text(x) for x in summands)
        for summand in summands
        for part in _made_of(scope, summand)
    )


def _is_got(part: f.Expression, key: str) -> bool:
    """Tell whether *part* reads what stands under *key*."""
    match part:
        case f.Call(function=f.Attribute(name="get"), arguments=(asked, *_)):
            return f.render(asked) == key
    return False


def _is_text(expression: f.Expression) -> bool:
    return isinstance(expression, f.Constant) and isinstance(expression.value, str)


def _sums(scope: Scope, value: f.Expression) -> Iterator[tuple[f.Expression, ...]]:
    """Yield what is added up, or taken one from another, on the way to *value*."""
    for part in _made_of(scope, value):
        match part:
            case f.Binary(operator="+" | "-", left=left, right=right):
                yield left, right
            case f.Name(name=name):
                for binding in scope.bindings.get(name, ()):
                    match binding:
                        case Assigned(value=added, operator="+" | "-") if added is not None:
                            yield part, added


def _made_of(scope: Scope, value: f.Expression) -> Iterator[f.Expression]:
    """Yield *value*, its parts, and those of what *scope* assigns to the names in it."""
    pending, seen = [value], set[str]()
    while pending:
        for part in f.walk(pending.pop()):
            yield part
            if isinstance(part, f.Name) and part.name not in seen:
                seen.add(part.name)
                bound = scope.bindings.get(part.name, ())
                assigned = (x.value for x in bound if isinstance(x, Assigned))
                pending += [x for x in assigned if x is not None]


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
