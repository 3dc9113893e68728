"""Keys that hold a state: the service itself deletes them, counts them up or scripts them."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.caching.redis import (
    RedisCall,
    client_of,
    in_client_class,
    knows_redis,
    redis_calls_of,
)
from gravity_lint.model.caching.texts import HOLE, key_text, part_text, written_down
from gravity_lint.model.code.bindings import Assigned, Iterated
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import Variable, resolve
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.code.values import text_of, value_of
from gravity_lint.model.code.words import saying

_DELETING = ("delete", "unlink", "getdel", "pop", "remove", "delete_key", "invalidate")
_COLLECTING = ("list", "set", "tuple", "sorted", "frozenset", "reversed", "filter")
_DEEPEST = 4
_MOST = 64
"""So many keys of one loop are told apart."""
_COUNTING = ("incr", "incrby", "incrbyfloat", "decr", "decrby")
_SCRIPTED = ("eval", "evalsha", "fcall")
_REGISTERING = "register_script"


@query
def _states(service: Service) -> frozenset[object]:
    """Return the keys that the app itself deletes or counts up, or gives to a script that may.

    Each as `_identity` tells it.
    """
    found: set[object] = set()
    for call in redis_calls_of(service, *_DELETING, *_COUNTING):
        for argument in call.call.arguments[: 1 if call.method in _COUNTING else None]:
            found.update(_identities(call.site.scope, argument))
    for scope, argument in _given_to_methods_handed_on(service, (*_DELETING, *_COUNTING)):
        found.update(_identities(scope, argument))
    for scope, argument in _given_to_scripts(service):
        found.update(_identities(scope, argument))
    return frozenset(found - {None})


def _given_to_scripts(service: Service) -> Iterator[tuple[Scope, f.Expression]]:
    """Yield the keys that the app gives to scripts, which run on the server.

    ``eval(script, 1, key, ...)`` says how many there are, a registered script is called with
    ``keys=[...]``.
    """
    for call in redis_calls_of(service, *_SCRIPTED):
        scope, arguments = call.site.scope, call.call.arguments
        number = value_of(scope, arguments[1]) if len(arguments) > 1 else None
        count = number.value if number is not None else None
        given = arguments[2 : 2 + count] if isinstance(count, int) else arguments[2:]
        yield from ((scope, key) for key in given)
    for module in saying(service, (_REGISTERING,)) if knows_redis(service) else ():
        for scope in module.scopes if in_app(module) else ():
            for site in scope.calls:
                keys = site.call.keyword("keys")
                if keys is not None:
                    yield scope, keys


def _identities(scope: Scope, given: f.Expression) -> Iterator[object]:
    """Yield what tells the keys that are *given*: one, several, or each of a loop."""
    yield from _in_loops(scope, given)
    if isinstance(given, f.Name):
        for iterable in _iterables(scope, given.name):
            for where, key in _elements(scope, iterable, _DEEPEST):
                yield from _in_loops(where, key)
    for where, key in _elements(scope, given, _DEEPEST):
        yield from _in_loops(where, key)


def _in_loops(scope: Scope, key: f.Expression) -> Iterator[object]:
    """Yield what tells *key*, and the key for each text over which a loop around it goes."""
    yield _identity(scope, key)
    where, written = written_down(scope, key)
    if not isinstance(written, f.Template):
        return
    texts = [""]
    for part in written.parts:
        known = _gone_through(where, part.value) if isinstance(part, f.Hole) else []
        filled = known or [part_text(where, part)]
        texts = [f"{text}{more}" for text in texts for more in filled][:_MOST]
    yield from texts


def _gone_through(scope: Scope, part: f.Expression) -> list[str]:
    """Return the texts over which a loop goes that binds the name *part*; empty: not known."""
    if not isinstance(part, f.Name):
        return []
    found: list[str] = []
    for iterable in _iterables(scope, part.name):
        for where, item in _elements(scope, iterable, _DEEPEST):
            text = text_of(where, item)
            if text is None:
                return []
            found.append(text)
    return found


def _iterables(scope: Scope, name: str) -> Iterator[f.Expression]:
    for binding in scope.bindings.get(name, ()):
        if isinstance(binding, Iterated) and not binding.unpacked:
            yield binding.iterable
    for step in scope.steps:
        for part in step.parts:
            if isinstance(part, f.Comprehension):
                for generator in part.generators:
                    if isinstance(generator.target, f.Name) and generator.target.name == name:
                        yield generator.iterable


def _elements(scope: Scope, keys: f.Expression, depth: int) -> Iterator[tuple[Scope, f.Expression]]:
    """Yield the keys that the collection *keys* holds, and where each is written.

    Also those that are added to it, and what a function of the service puts together.
    """
    if not depth:
        return
    match keys:
        case f.Starred(value=value) | f.Await(value=value):
            yield from _elements(scope, value, depth)
        case f.Collection(items=items):
            for item in items:
                if isinstance(item, f.Starred):
                    yield from _elements(scope, item, depth - 1)
                else:
                    yield scope, item
        case f.Comprehension(element=element):
            yield scope, element
        case f.Binary(operator="+", left=left, right=right):
            yield from _elements(scope, left, depth - 1)
            yield from _elements(scope, right, depth - 1)
        case f.Conditional(body=one, otherwise=other):
            yield from _elements(scope, one, depth - 1)
            yield from _elements(scope, other, depth - 1)
        case f.Name():
            symbol = resolve(scope, keys)
            if isinstance(symbol, Variable):
                for binding in symbol.bindings:
                    if isinstance(binding, Assigned) and binding.value is not None:
                        yield from _elements(symbol.scope, binding.value, depth - 1)
                yield from _added(symbol, depth - 1)
        case f.Call(function=f.Name(name=name), arguments=(first, *_)) if name in _COLLECTING:
            yield from _elements(scope, first, depth - 1)
        case f.Call() if isinstance(callee := callee_of(scope, keys), Function):
            for _, statement in callee.returned:
                if statement.value is not None:
                    yield from _elements(callee, statement.value, depth - 1)


def _added(keys: Variable, depth: int) -> Iterator[tuple[Scope, f.Expression]]:
    """Yield what the scope of the variable *keys* adds to it."""
    for site in keys.scope.calls:
        match site.call:
            case f.Call(
                function=f.Attribute(value=f.Name(name=name), name=method), arguments=arguments
            ) if name == keys.name:
                if method in ("append", "add", "insert"):
                    yield from ((keys.scope, x) for x in arguments[-1:])
                elif method in ("extend", "update"):
                    for argument in arguments:
                        yield from _elements(keys.scope, argument, depth)


def _given_to_methods_handed_on(
    service: Service, names: tuple[str, ...]
) -> Iterator[tuple[Scope, f.Expression]]:
    """Yield with what a client's methods called one of *names* are called by something else.

    As in ``to_thread(redis.delete, key)`` and ``run(redis.delete)(key)``.
    """
    for module in saying(service, names) if knows_redis(service) else ():
        for scope in module.scopes if in_app(module) else ():
            for site in scope.calls:
                outer, inner = site.call, site.call.function
                for call in (outer, inner) if isinstance(inner, f.Call) else (outer,):
                    if any(_is_method_of_client(scope, x, names) for x in call.arguments):
                        for given in outer.given:
                            yield scope, given


def _is_method_of_client(scope: Scope, given: f.Expression, names: tuple[str, ...]) -> bool:
    return (
        isinstance(given, f.Attribute)
        and given.name in names
        and client_of(scope, given.value) is not None
    )


def holds_state(entry: RedisCall) -> bool:
    """Tell whether *entry* holds a state, and no result of which there is a better source.

    The service deletes its very key, counts under it, or hands it to a script.
    """
    return _identity(entry.site.scope, entry.key) in _states(entry.module.service)


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
