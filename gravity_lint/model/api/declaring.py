"""Which envelope an endpoint could declare that has no response model."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.schemas import is_wrapper
from gravity_lint.model.code.annotations import unfold
from gravity_lint.model.code.names import External, look_up, resolve
from gravity_lint.model.code.scopes import Class, Scope
from gravity_lint.model.code.types import Type, type_of


def annotated_wrapper(endpoint: Endpoint) -> str | None:
    """Return the wrapper by which the function is annotated, as the registration can write it."""
    function, registrar = endpoint.function, endpoint.registrar
    if function.returns is None or function.parent is not registrar:
        return None
    found = list(unfold(registrar, function.returns))
    if len(found) != 1:
        return None
    service = endpoint.module.service
    names = service.settings.vocabulary.response_wrappers
    return f.render(function.returns) if is_wrapper(service, resolve(*found[0]), names) else None


def returned_wrapper(endpoint: Endpoint) -> str | None:
    """Return the wrapper (``ApiResponse[X]``) that every ``return`` makes, its type known."""
    made = {_wrapper_of(endpoint, statement.value) for _, statement in endpoint.function.returned}
    return made.pop() if len(made) == 1 else None


def returned_keys(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the keys of the dicts that are written out where the function returns."""
    given = (statement.value for _, statement in endpoint.function.returned)
    keys = (key for value in given if isinstance(value, f.Mapping) for key in value.keys)
    return tuple(
        key.value for key in keys if isinstance(key, f.Constant) and isinstance(key.value, str)
    )


def _wrapper_of(endpoint: Endpoint, value: f.Expression | None) -> str | None:
    """Return the wrapper that *value* makes, as the registration can write it."""
    function, registrar, service = endpoint.function, endpoint.registrar, endpoint.module.service
    names = service.settings.vocabulary.response_wrappers
    if not isinstance(value, f.Call):
        return None
    made = value.function
    wrapper = made.value if isinstance(made, f.Subscript) else made
    symbol = resolve(function, wrapper)
    if not isinstance(symbol, Class | External) or resolve(registrar, wrapper) != symbol:
        return None
    if not is_wrapper(service, symbol, names):
        return None
    if isinstance(made, f.Subscript):
        return f.render(made) if _means_the_same(function, registrar, made) else None
    held = _spelled(registrar, type_of(function, value.keyword("data")))
    return f"{f.render(wrapper)}[{held}]" if held is not None else None


def _spelled(scope: Scope, made: Type | None) -> str | None:
    """Return how *scope* can write the type *made*; None where it cannot."""
    if made is None or made.is_class:
        return None
    if made.path in ("builtins.bool", "builtins.float", "builtins.int", "builtins.str"):
        return made.name
    if made.path == "builtins.list" and made.arguments:
        inner = _spelled(scope, made.arguments[0])
        return f"list[{inner}]" if inner is not None else None
    known = made.cls is not None and not made.arguments
    return made.name if known and look_up(scope, made.name) is made.cls else None


def _means_the_same(one: Scope, other: Scope, expression: f.Expression) -> bool:
    return all(
        look_up(one, x.name) == look_up(other, x.name)
        for x in f.walk(expression)
        if isinstance(x, f.Name)
    )
