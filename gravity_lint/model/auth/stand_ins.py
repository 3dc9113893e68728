"""Functions that make or read tokens for others: what may be called in the place of what."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.auth.credentials import last_name
from gravity_lint.model.auth.ranks import key_of
from gravity_lint.model.auth.tokens import TokenCall
from gravity_lint.model.code.names import Variable, path_of, resolve, written_out
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.values import Known, text_of, value_of, written_default
from gravity_lint.patterns import pattern

_LONGEST_CHAIN = 8
_NEEDED = frozenset({"key", "algorithm", "algorithms", "claims", "payload", "token", "jwt"})
"""The arguments without which no token is made or read; the others are checks and headers."""
_COPYING = ("copy", "deepcopy", "dict", "model_dump")
_LIFETIME = pattern(r"days|delta|duration|exp|hours|lifetime|minutes|seconds|ttl")
_WRAPPING = ("cast", "dict", "model_validate", "parse_obj", "str")


def stands_in(call: TokenCall, other: TokenCall) -> bool:
    """Tell whether the function in which *call* stands does for others what *other* does.

    Both make or read a token with the same key, algorithms and checks, as far as is seen. Who calls
    the function gives it the token or the claims, and gets what the library makes of them; it asks
    for no claims of its own, and adds none, such as the ``type`` of a token.
    """
    function, mine, its = call.site.scope, call.site.call, other.site.call
    if call.makes is not other.makes or not isinstance(function, Function):
        return False
    if not _is_given(function, mine.argument(0)) or not _is_returned(call, function):
        return False
    if {x.name for x in mine.keywords} - _NEEDED != {x.name for x in its.keywords} - _NEEDED:
        return False
    if not set(_settled_claims(function)) <= set(_settled_claims(other.site.scope)):
        return False
    if _lives_otherwise(function, other.site.scope):
        return False
    kept, known = _accepted(call), _accepted(other)
    same = kept is None or known is None or kept == known
    return same and (_is_given(function, _key(call)) or _is_same_key(call, other))


def _is_given(function: Function, value: f.Expression | None, names: int = 2) -> bool:
    """Tell whether who calls *function* gives it *value*, or what that is a copy of."""
    match value:
        case f.Name(name=name) if function.parameter(name) is not None:
            return True
        case f.Name() if names:
            symbol = resolve(function, value)
            if isinstance(symbol, Variable) and symbol.scope is function:
                return _is_given(function, symbol.value, names - 1)
        case f.Call(function=f.Attribute(value=inner, name=name)) if name in _COPYING:
            return _is_given(function, inner, names) or any(
                _is_given(function, x, names) for x in value.arguments
            )
        case f.Call(arguments=(inner, *_)) if last_name(value) in _COPYING:
            return _is_given(function, inner, names)
        case f.Mapping(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return any(key is None and _is_given(function, x, names) for key, x in pairs)
        case f.Binary(operator="|", left=left, right=right):
            return _is_given(function, left, names) or _is_given(function, right, names)
    return False


def _is_returned(call: TokenCall, function: Function) -> bool:
    """Tell whether *function* returns what *call* gives, whole or as an object made of it."""
    statement = call.site.step.statement
    made = call.site.around[-1] if call.in_thread else call.site.call
    holding: set[str] = set()
    if isinstance(statement, f.Assign):
        holding = {x.name for x in statement.targets if isinstance(x, f.Name)}
    return any(
        part is made or (isinstance(part, f.Name) and part.name in holding)
        for _, returned in function.returned
        for part in _handed_out(function, returned.value)
    )


def _handed_out(scope: Scope, value: f.Expression | None) -> Iterator[f.Expression]:
    """Yield *value*, and what it is, or is made of as a whole."""
    if value is None:
        return
    yield value
    match value:
        case f.Await(value=inner) | f.Call(function=f.Attribute(value=inner, name="decode")):
            yield from _handed_out(scope, inner)
        case f.Conditional(body=body, otherwise=otherwise):
            yield from _handed_out(scope, body)
            yield from _handed_out(scope, otherwise)
        case f.Call():
            if last_name(value) in _WRAPPING or isinstance(callee_of(scope, value), Class):
                yield from value.given


def _settled_claims(scope: Scope) -> Iterator[tuple[str, object]]:
    """Yield which claims *scope* writes, or asks for, and the constants that they have to be."""
    for step in scope.steps:
        match step.statement:
            case f.Raise():
                continue
            case f.Assign(targets=(target,), value=f.Constant() as written) if key_of(target):
                yield from _settled(scope, key_of(target), written)
        for part in step.parts:
            match part:
                case f.Mapping(keys=keys, values=values):
                    for key, value in zip(keys, values, strict=True):
                        if isinstance(key, f.Constant) and isinstance(key.value, str):
                            yield from _settled(scope, key.value, value)
                case f.Compare(left=left, others=(right,)) if key_of(left):
                    yield from _settled(scope, key_of(left), right)


def _settled(scope: Scope, key: str, value: f.Expression) -> Iterator[tuple[str, object]]:
    known = value_of(scope, value)
    if known is not None and not f.is_none(value):
        yield key, known.value


def _lives_otherwise(function: Function, other: Scope) -> bool:
    """Tell whether *function* says how long a token lives, and *other* something else."""
    if any(_LIFETIME.search(x.name) for x in function.arguments):
        return False  # whoever calls it says that
    mine, its = _lifetimes(function), _lifetimes(other)
    return bool(mine and its) and mine.isdisjoint(its)


def _lifetimes(scope: Scope) -> set[tuple[str | None, str]]:
    """Return the units of the ``timedelta``s of *scope*, and how many of each."""
    return {
        (keyword.name, f.render(keyword.value))
        for site in scope.calls
        if path_of(scope, site.call.function) == "datetime.timedelta"
        for keyword in site.call.keywords
    }


def _accepted(call: TokenCall) -> frozenset[str] | None:
    """Return the algorithms that *call* is given; None if that is not known."""
    given = call.site.call.argument(2, "algorithm" if call.makes else "algorithms")
    items = given.items if isinstance(given, f.Collection) else (given,)
    found = [text_of(call.site.scope, x) for x in items]
    return None if None in found else frozenset(x for x in found if x)


class _Origin(msgspec.Struct, frozen=True):
    """Where a key comes from: the code itself, which has its *value*, or something that holds it.

    *name* is how that calls it, and *owner* the class of that, where it is known.
    """

    value: Known | None
    name: str
    owner: Class | str | None


def _is_same_key(call: TokenCall, other: TokenCall) -> bool:
    """Tell whether two calls have the same key, by where it comes from."""
    mine, its = (_origin(x.site.scope, _key(x)) for x in (call, other))
    if mine.value is not None or its.value is not None:
        return mine.value == its.value
    if mine.owner is not None and its.owner is not None and mine.owner != its.owner:
        return False
    return bool(mine.name) and mine.name.lower() == its.name.lower()


def _key(call: TokenCall) -> f.Expression | None:
    key = call.site.call.argument(1, "key")
    if isinstance(key, f.Call) and isinstance(key.function, f.Attribute):
        if key.function.name in ("encode", "get_secret_value"):
            return key.function.value
    return key


def _origin(scope: Scope, key: f.Expression | None) -> _Origin:
    for _ in range(_LONGEST_CHAIN):
        if not isinstance(key, f.Name | f.Attribute):
            break
        further = written_out((scope, key))
        if further[1] is key and isinstance(key, f.Attribute):
            further = _field(scope, key) or further
        if further[1] is key:
            break
        scope, key = further
    match key:
        case f.Constant():
            return _Origin(value_of(scope, key), "", None)
        case f.Name(name=name):
            return _Origin(None, name, None)
        case f.Attribute(value=value, name=name):
            owner = type_of(scope, value)
            return _Origin(None, name, owner.of if owner is not None else None)
        case f.Subscript(index=f.Constant(value=str(name))):
            return _Origin(None, name, None)
        case f.Call(arguments=(f.Constant(value=str(name)), *_)):
            return _Origin(None, name, None)
    return _Origin(None, "", None)


def _field(scope: Scope, key: f.Attribute) -> tuple[Scope, f.Expression] | None:
    """Return what the objects of a class keep as *key*, if that stands elsewhere."""
    owner = type_of(scope, key.value)
    found = written_default(owner.cls, key.name) if owner is not None and owner.cls else None
    match found:
        case (where, f.Name() | f.Attribute() as value):
            return where, value
    return None
