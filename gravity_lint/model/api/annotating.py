"""What FastAPI sees of a function's signature: its own, or what its decorators leave of it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.code.decorators import Wrapper, wrappers
from gravity_lint.model.code.names import External, Symbol, resolve
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.patterns import pattern

_HIDING = ("fastapi_cache.cache", "fastapi_cache.decorator.cache")
"""Decorators of libraries that put a signature without a return annotation in the place of the
function's own: FastAPI's ``get_typed_signature``, from which they make it, leaves that out."""


_KEEPING = pattern(
    r"===?\s*0\.(?:0|1|2\.[01])(?:\..*)?|<\s*0\.2\.[0-2]|<=\s*0\.2\.[01]|~=\s*0\.1.*"
)
"""Versions of fastapi-cache2 whose decorator only changes the parameters, before 0.2.2."""


class SeenAnnotation(msgspec.Struct, frozen=True):
    """The return *annotation* that FastAPI sees, None if there is none, and its *scope*.

    *hidden_by* is the decorator that keeps the function's own annotation from FastAPI. Where it is
    not *known* what there is instead, nothing can be said of the response model.
    """

    scope: Scope
    annotation: f.Expression | None
    hidden_by: f.Expression | None = None
    known: bool = True


def seen_annotation(endpoint: Endpoint) -> SeenAnnotation:
    """Return what FastAPI sees as the return annotation of *endpoint*."""
    function = endpoint.function
    outside = function.parent or function.module
    seen = SeenAnnotation(outside, function.returns)
    for decorator, symbol in _between(endpoint):
        if isinstance(symbol, External) and symbol.path in _HIDING and _hides(endpoint):
            seen = SeenAnnotation(outside, None, decorator)
        elif isinstance(symbol, Function):
            seen = _through(symbol, decorator, seen)
    return seen


def is_out_of_sight(endpoint: Endpoint) -> bool:
    """Tell whether FastAPI sees another function's parameters in the place of the endpoint's own.

    A decorator of the service puts its wrapper there, without taking over what it wraps.
    """
    for _, symbol in _between(endpoint):
        if isinstance(symbol, Function) and not _signs(symbol):
            found = _wrappers_of(symbol)
            if found and all(x.takes_identity is False for x in found):
                return True
    return False


def _between(endpoint: Endpoint) -> Iterator[tuple[f.Expression, Symbol | None]]:
    """Yield the decorators below that which registers *endpoint*, and what each is; inner first."""
    function = endpoint.function
    outside = function.parent or function.module
    for decorator in reversed(function.decorators):
        if decorator is endpoint.registration:
            return
        yield decorator, resolve(outside, f.called(decorator))


def _wrappers_of(decorator: Function) -> list[Wrapper]:
    return [wrapper for wrapper in wrappers.of(decorator.module) if wrapper.outer is decorator]


def _through(decorator: Function, written: f.Expression, before: SeenAnnotation) -> SeenAnnotation:
    """Return what is seen of *before* through *decorator*, a function of the service."""
    found = _wrappers_of(decorator)
    if not found:
        return before
    unknown = SeenAnnotation(before.scope, None, written, known=False)
    if len(found) > 1 or _signs(decorator):
        return unknown
    wrapper: Wrapper = found[0]
    if wrapper.takes_identity is None:
        return unknown
    if wrapper.takes_identity:
        return before
    return SeenAnnotation(wrapper.decorator, wrapper.function.returns, written)


def _signs(decorator: Function) -> bool:
    """Tell whether *decorator* gives a ``__signature__`` to what it makes."""
    return any(
        isinstance(target, f.Attribute) and target.name == "__signature__"
        for scope in (decorator, *decorator.walk())
        for step in scope.steps
        if isinstance(step.statement, f.Assign)
        for target in step.statement.targets
    )


def _hides(endpoint: Endpoint) -> bool:
    """Tell whether the library's decorator hides the annotation: not in the versions required."""
    return not endpoint.module.service.distribution.asks_for("fastapi-cache2", _KEEPING)
