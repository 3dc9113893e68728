"""What containers other than FastAPI give to functions, and what makes that: it may authenticate.

Facts from these libraries. Dishka fills a parameter annotated ``FromDishka[X]``, which is
``Annotated[X, FromComponent()]``; Wireup and aioinject one annotated ``Injected[X]``;
fastapi-injector makes the default of ``Injected(X)``, Lagom that of ``deps.depends(X)``, Modern-DI
what is marked ``FromDI(X)``. An X is made by what a function annotated to return it gives, or else
by calling the class, and what that takes is given in the same way. Dependency Injector, by
``Depends(Provide[Container.x])``, and that-depends, by ``Depends(Container.x)``, call what the
attribute was declared with: ``x = providers.Factory(make)``. Of svcs, and of Dishka's own
container, functions ask for an X themselves: ``await services.aget(X)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.auth.credentials import last_name, provides_tools, speaks_of_access
from gravity_lint.model.code.annotations import markers
from gravity_lint.model.code.callables import signature_of
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import External, Symbol, Variable, resolve
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.values import text_of

_GENERIC = ("aioinject.Injected", "dishka.FromDishka", "wireup.Injected")
_MARKERS = ("aioinject.Inject", "dishka.FromComponent", "dishka.FromDishka", "wireup.Inject")
_GIVING = (
    "dependency_injector.wiring.Provide",
    "fastapi_injector.Injected",
    "fastapi_injector.SyncInjected",
    "modern_di_fastapi.FromDI",
)
_LAGOM = "lagom.integrations."
_CONTAINERS = ("dishka.AsyncContainer", "dishka.Container", "svcs.")
_ASKING = ("aget", "get")
_MAKING = ("dependency_injector.providers.", "that_depends.providers.")
_DEEPEST = 6

Key: TypeAlias = "tuple[Scope, f.Expression]"


class _Unseen:
    """Something that is made out of view, and may authenticate by what it is called."""


UNSEEN = _Unseen()


def makers(function: Function) -> tuple[Function | Class | _Unseen, ...]:
    """Return what makes the things that a container gives to *function*, near before far.

    `UNSEEN` stands for what is made out of view, unless it is called like a tool.
    """
    outside = function.parent or function.module
    if not any(_may_be_given(parameter) for parameter in function.arguments):
        return ()
    found: dict[Function | Class | _Unseen, None] = {}
    for key in _asked_for(function):
        _follow(key, "", found, 0)
    for parameter in function.arguments:
        for key in _keys(outside, parameter):
            _follow(key, parameter.name, found, 0)
    return tuple(found)


def _may_be_given(parameter: f.Parameter) -> bool:
    return isinstance(parameter.annotation, f.Subscript | f.Name | f.Attribute) or isinstance(
        parameter.default, f.Call
    )


def _keys(outside: Scope, parameter: f.Parameter) -> Iterator[Key]:
    """Yield what a container is asked for to fill *parameter*."""
    scope, annotation = _written(outside, parameter.annotation)
    if isinstance(annotation, f.Subscript):
        if _is_one(scope, annotation.value, _GENERIC):
            yield scope, annotation.index
        elif len(annotation.indices) > 1 and any(
            _is_one(scope, extra.function if isinstance(extra, f.Call) else extra, _MARKERS)
            for extra in annotation.indices[1:]
        ):
            yield scope, annotation.indices[0]
    for where, candidate in markers(outside, parameter):
        if isinstance(candidate, f.Call):
            given = candidate.argument(0)
            if given is not None and _asks(where, candidate, given):
                yield where, given


def _asks(scope: Scope, call: f.Call, given: f.Expression) -> bool:
    """Tell whether *call*, as a default or a marker, asks a container for what is *given*."""
    if isinstance(given, f.Subscript):
        return _is_one(scope, given.value, _GIVING)
    if _is_one(scope, call.function, _GIVING) or _is_lagom(scope, call):
        return True
    return isinstance(given, f.Attribute) and bool(_declared(scope, given))


def _is_lagom(scope: Scope, call: f.Call) -> bool:
    callee = callee_of(scope, call)
    return isinstance(callee, External) and callee.path.startswith(_LAGOM)


def _asked_for(function: Function) -> Iterator[Key]:
    """Yield what *function* itself asks a container for."""
    for site in function.calls:
        asked = site.call.function
        if isinstance(asked, f.Attribute) and asked.name in _ASKING and site.call.arguments:
            made = type_of(function, asked.value)
            if made is not None and made.path.startswith(_CONTAINERS):
                yield from ((function, given) for given in site.call.arguments)


def _written(scope: Scope, annotation: f.Expression | None) -> tuple[Scope, f.Expression | None]:
    """Return *annotation* as it is spelled out, behind one name: ``Project = FromDishka[Id]``."""
    if isinstance(annotation, f.Name | f.Attribute):
        symbol = resolve(scope, annotation)
        if isinstance(symbol, Variable) and isinstance(symbol.value, f.Subscript):
            return symbol.scope, symbol.value
    return scope, annotation


def _is_one(scope: Scope, expression: f.Expression, paths: tuple[str, ...]) -> bool:
    symbol = resolve(scope, expression)
    if not isinstance(symbol, External):
        return False
    path = symbol.path
    if path.startswith("dishka.integrations."):
        path = f"dishka.{symbol.name}"
    return path in paths


def _follow(key: Key, name: str, found: dict[Function | Class | _Unseen, None], depth: int) -> None:
    scope, wanted = key
    symbol = resolve(scope, wanted)
    service = scope.module.service
    made: tuple[Function | Class, ...]
    if isinstance(wanted, f.Subscript):
        made = _declared(scope, wanted.index)
    elif isinstance(wanted, f.Attribute) and (declared := _declared(scope, wanted)):
        made = declared
    else:
        made = _returning(service).get(symbol, ())
    if not made:
        if depth == 0 and _is_hidden(symbol, wanted, name):
            found[UNSEEN] = None
        if isinstance(symbol, Class):
            made = (symbol, *heirs(service, symbol))
    for maker in made:
        if maker in found or depth > _DEEPEST:
            continue
        found[maker] = None
        for argument in signature_of(maker) or ():
            if argument.parameter.annotation is not None:
                given = (argument.scope, argument.parameter.annotation)
                _follow(given, argument.name, found, depth + 1)


def _is_hidden(symbol: Symbol | None, wanted: f.Expression, name: str) -> bool:
    """Tell whether what is *wanted*, and made out of view, may tell who is asking.

    A type of the service's own, made of another, is what a container knows a value by.
    """
    if isinstance(wanted, f.Subscript):
        asked = wanted.index
        said = asked.value if isinstance(asked, f.Constant) else last_name(asked)
        return isinstance(said, str) and speaks_of_access(said.rpartition(".")[2])
    said = last_name(wanted)
    if provides_tools(said):
        return False
    return isinstance(symbol, Variable) or speaks_of_access(said) or speaks_of_access(name)


def _declared(scope: Scope, asked: f.Expression) -> tuple[Function | Class, ...]:
    """Return what the attribute of a container that is *asked* for was declared with."""
    if isinstance(asked, f.Constant) or text_of(scope, asked) is not None:
        return ()
    symbol = resolve(scope, asked)
    value = symbol.value if isinstance(symbol, Variable) else None
    if not isinstance(symbol, Variable) or not isinstance(value, f.Call):
        return ()
    provider = resolve(symbol.scope, value.function)
    given = value.argument(0)
    if given is None or not isinstance(provider, External):
        return ()
    if not provider.path.startswith(_MAKING):
        return ()
    made = resolve(symbol.scope, given)
    return (made,) if isinstance(made, Function | Class) else ()


@query
def _returning(service: Service) -> dict[Symbol | None, tuple[Function, ...]]:
    """Return the functions by the one type that their annotations say they give."""
    found: dict[Symbol | None, tuple[Function, ...]] = {}
    for module in service.modules:
        for function in module.functions:
            given = function.returns
            scope = function.parent or function.module
            if function.is_generator and isinstance(given, f.Subscript):
                given = given.indices[0]
            if isinstance(given, f.Name | f.Attribute):
                symbol = resolve(scope, given)
                if isinstance(symbol, Variable | Class):
                    found[symbol] = (*found.get(symbol, ()), function)
    return found
