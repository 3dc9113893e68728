"""Whether what endpoints return is an envelope, or is made one on the way, whatever is promised.

Nothing checks the annotation of a method that an endpoint calls, nor that of a
function whose decorator puts its result into an envelope.
"""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.handmade import is_response
from gravity_lint.model.api.schemas import is_missing_schema, is_orm_model, is_wrapper
from gravity_lint.model.code.layers import Layer, layer_of_missing
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import Symbol, Variable, inherits, resolve
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.service import Service
from gravity_lint.model.code.types import callee_of, type_of


def bare_returns(function: Function) -> tuple[tuple[f.Expression, str], ...]:
    """Return what *function* returns that certainly is no envelope, each with what it is in words.

    Not what comes from a call that gives an envelope or a response after all; nothing where a
    decorator makes one of the result.
    """
    found = []
    for _, statement in function.returned:
        what = _bare(function, statement.value)
        if statement.value is not None and what is not None:
            if _is_enveloped(function, set()):
                return ()
            if not _gives_envelope(function, statement.value, set()):
                found.append((statement.value, what))
    return tuple(found)


def _bare(function: Function, value: f.Expression | None) -> str | None:
    """Return in words what *value* is, if it certainly is neither an envelope nor a response."""
    match value:
        case f.Mapping():
            return "a dict"
        case f.Collection(kind="list") | f.Comprehension(kind="list"):
            return "a list"
    made = type_of(function, value)
    if made is None or made.is_class:
        return None
    if made.path.removesuffix("()") in ("builtins.dict", "builtins.list"):
        return f"a {made.name.removesuffix('()')}"
    service = function.module.service
    if layer_of_missing(service, made.symbol) is Layer.MODELS:
        return f"the ORM object `{made.name}`"
    if is_wrapper(service, made.symbol, _envelopes(service)) is not False:
        return None
    if made.cls is None:
        return f"a bare `{made.name}`" if is_missing_schema(service, made.symbol) else None
    if inherits(made.cls, "pydantic.BaseModel"):
        return f"a bare `{made.name}`"
    return f"the ORM object `{made.name}`" if is_orm_model(made.cls) else None


def is_answered_around(function: Function) -> bool:
    """Tell whether a decorator of *function* makes the response, with a status of its own."""
    return any(_makes_response(x) for x in _in_decorators(function))


def _in_decorators(function: Function) -> Iterator[Function]:
    """Yield the functions inside those decorators of *function* that the service defines."""
    for decorator in function.decorators:
        symbol = resolve(function.parent or function, f.called(decorator))
        if isinstance(symbol, Function | Class):
            yield from (x for x in symbol.walk() if isinstance(x, Function))


def _makes_response(wrapper: Function) -> bool:
    """Tell whether *wrapper* gives a response, by its type or its name, if nothing fails."""
    for step, statement in wrapper.returned:
        if next(step.handlers, None) is None and isinstance(statement.value, f.Call):
            made = type_of(wrapper, statement.value)
            if made is not None and is_response(made.symbol) and not made.is_class:
                return True
            if isinstance(statement.value.function, f.Name | f.Attribute):
                if statement.value.function.name.endswith("Response"):
                    return True
    return False


def _gives_envelope(scope: Scope, value: f.Expression | None, seen: set[Symbol]) -> bool:
    """Tell whether *value* comes from a call that gives an envelope or a response after all."""
    match value:
        case f.Await(value=inner):
            return _gives_envelope(scope, inner, seen)
        case f.Name():
            symbol = resolve(scope, value)
            if isinstance(symbol, Variable) and symbol not in seen:
                seen.add(symbol)
                return _gives_envelope(symbol.scope, symbol.value, seen)
        case f.Call():
            callee = callee_of(scope, value)
            if isinstance(callee, Function):
                return any(_makes_envelope(x, seen) for x in (callee, *_overrides(callee)))
    return False


def _makes_envelope(function: Function, seen: set[Symbol]) -> bool:
    if function in seen:
        return False
    seen.add(function)
    return _is_enveloped(function, seen) or any(
        _is_envelope(function, statement.value) or _gives_envelope(function, statement.value, seen)
        for _, statement in function.returned
    )


def _is_envelope(scope: Scope, value: f.Expression | None) -> bool:
    """Tell whether *value* certainly is an envelope or a response."""
    made = type_of(scope, value)
    if made is None or made.is_class:
        return False
    service = scope.module.service
    return is_response(made.symbol) or is_wrapper(service, made.symbol, _envelopes(service)) is True


def _envelopes(service: Service) -> tuple[str, ...]:
    """Return the names of the envelopes of results and of errors."""
    words = service.settings.vocabulary
    return (*words.response_wrappers, *words.error_wrappers)


def _is_enveloped(function: Function, seen: set[Symbol]) -> bool:
    """Tell whether a decorator of *function* makes an envelope or a response of its result."""
    return any(_makes_envelope(x, seen) for x in _in_decorators(function))


def _overrides(function: Function) -> list[Function]:
    """Return the methods that subclasses put in the place of the method *function*."""
    cls = function.cls
    if cls is None:
        return []
    return [
        heir.methods[function.name]
        for heir in heirs(function.module.service, cls)
        if function.name in heir.methods
    ]
