"""What an endpoint depends on, as FastAPI collects it.

From the parameters (``Depends`` and ``Security`` as default or inside
``Annotated``, aliases followed), and from the ``dependencies=[...]`` of the
registration, its router, the includes and the application; and whatever those
depend on in turn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.enumerations import is_enumeration, wire_value
from gravity_lint.model.api.environments import Given, callers, listed, parameters_of
from gravity_lint.model.code.annotations import markers, metadata, unfold
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.callables import Argument, signature_of
from gravity_lint.model.code.names import (
    External,
    Symbol,
    Variable,
    ancestors,
    class_member,
    resolve,
)
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.service import Service
from gravity_lint.model.code.types import callee_of, method_of, type_of
from gravity_lint.model.code.values import text_of

MARKERS = ("fastapi.Depends", "fastapi.Security")
_NO_ALIASES = frozenset(
    {
        *sys.stdlib_module_names,
        *("builtins", "fastapi", "pydantic", "pydantic_extra_types", "starlette"),
        *("aio_pika", "aiohttp", "asyncpg", "beanie", "bson", "elasticsearch", "httpx", "motor"),
        *("numpy", "pandas", "pymongo", "redis", "sqlalchemy", "sqlmodel", "structlog"),
        "svcs",  # of which it is known what its container gives
    }
)
"""Packages none of whose names is an ``Annotated[..., Depends(...)]``."""
GIVING_SESSIONS = ("get_db", "get_session", "get_async_db", "get_async_session", "get_db_session")
"""What dependencies are called that give a request its database session."""
_DEEPEST = 10
_SCHEMES = "fastapi.security."
_OF_SCHEMES = frozenset(
    {
        *("authorizationUrl", "bearerFormat", "description", "flows", "name", "openIdConnectUrl"),
        *("realm", "refreshUrl", "scheme_name", "tokenUrl"),
    }
)
"""What FastAPI's security schemes are given by name, and classes that derive from them: it says
how callers prove who they are, and lets in nobody else."""


class Dependency(Record, frozen=True):
    """One thing that an endpoint depends on, directly or through another.

    *provider* is what FastAPI calls: a function or class of the service, or an
    external thing; None if it is not known. *name* is how the code calls it
    (for ``Depends(require_role("admin"))`` that is ``require_role``), and
    *made_by* the factory that made the provider, if one did. *parameter* is
    the parameter that takes it, of the function *taken_by* (or the field of a
    class whose constructor takes it); both are None for ``dependencies=[...]``.
    *arguments* are the words that such a factory, or a class, is given: roles,
    scopes and the like. *given* is the expression that gives the provider, seen
    from *scope*, and *alias* the name under which it is kept, if it is. *scopes*
    are those that ``Security(..., scopes=[...])`` demands, as far as they are known.
    """

    provider: Symbol | None
    name: str
    made_by: Symbol | None
    arguments: tuple[str, ...]
    parameter: f.Parameter | None
    taken_by: Function | Class | None
    depth: int
    scope: Scope
    given: f.Expression | None
    alias: str = ""
    scopes: tuple[str, ...] = ()

    @property
    def parameter_name(self) -> str:
        """The name of the parameter that takes it; empty if none does."""
        return self.parameter.name if self.parameter is not None else ""

    @property
    def written(self) -> str:
        """How the code writes it: ``get_current_user``, ``require_role("admin")``.

        What a factory made is shown as made, an object by its name: ``bearer``.
        """
        if self.alias and not isinstance(self.made_by, Function):
            return self.alias
        return f.render(self.given) if self.given is not None else self.name


def dependencies(endpoint: Endpoint) -> tuple[Dependency, ...]:
    """Return everything that *endpoint* depends on, near before far."""
    return endpoint.module.service.memory.ask(
        ("dependencies", endpoint), None, lambda: tuple(_dependencies(endpoint))
    )


def _dependencies(endpoint: Endpoint) -> Iterator[Dependency]:
    yield from _of_called(endpoint.function, 0, set())
    for dependency in (*of_class(endpoint), *listed_dependencies(endpoint.inherited[0])):
        yield dependency
        yield from _of_provider(dependency, 1, set())


def own_dependencies(called: Function | Class) -> tuple[Dependency, ...]:
    """Return what the parameters of *called* themselves depend on, as far as they are known."""
    if isinstance(called, Function) and not any(_may_depend(called, x) for x in called.arguments):
        return ()  # as of most functions: nothing to be remembered
    memory = called.module.service.memory
    return memory.ask(("own dependencies", called), (), _own_dependencies, called)


def _may_depend(function: Function, parameter: f.Parameter) -> bool:
    outside = function.parent or function.module
    return (
        isinstance(parameter.default, f.Call | f.Name | f.Attribute | f.Conditional)
        or bool(metadata(outside, parameter.annotation))
        or _is_made_by_subscript(outside, parameter.annotation)
    )


def _own_dependencies(called: Function | Class) -> tuple[Dependency, ...]:
    return tuple(
        dependency
        for argument in signature_of(called) or ()
        for dependency in _of_argument(argument, 0)
    )


def listed_dependencies(way: tuple[Given, ...]) -> Iterator[Dependency]:
    """Yield the ``dependencies=[...]`` of the calls that an endpoint inherits, in that order."""
    for given in way:
        value = given.keyword("dependencies")
        if value is None:
            continue
        items = listed(*value)
        if items is None:
            yield _unknown(given.scope)
            continue
        for where, item in items:
            found = list(_marked(where, item, (where, None), None, None, 0))
            # Everything in the list is a dependency, also what is imported from out of view.
            yield from found or [_unknown(where)]


def of_class(endpoint: Endpoint) -> tuple[Dependency, ...]:
    """Return what the class of an endpoint that is a method depends on, bases included.

    Class-based views (``@cbv(router)``) take them from the attributes of the
    class and from the parameters of its constructor.
    """
    cls = endpoint.function.cls
    if cls is None:
        return ()
    return cls.module.service.memory.ask(("of class", cls), (), _of_class, cls)


def _of_class(view: Class) -> tuple[Dependency, ...]:
    return tuple(_taken_by(view))


def _taken_by(view: Class) -> Iterator[Dependency]:
    for cls in ancestors(view):
        if not isinstance(cls, Class):
            continue
        for bindings in cls.bindings.values():
            for binding in bindings:
                if isinstance(binding, Assigned):
                    annotation = (cls, binding.annotation)
                    for where, extra in [(cls, binding.value), *metadata(*annotation)]:
                        yield from _marked(where, extra, annotation, None, None, 0)
        init = cls.methods.get("__init__")
        if init is not None:
            yield from own_dependencies(init)


def gives_session(service: Service, path: str) -> bool:
    """Tell whether *path* is the documented ``get_db``, of a module that is not in view."""
    module, _, name = path.rpartition(".")
    return name in GIVING_SESSIONS and service.misses(module)


def is_documented(service: Service, symbol: Symbol | None) -> bool:
    """Tell whether *symbol*, of a module that is not in view, is a dependency of the document.

    What those take of a request is known: nothing, or credentials.
    """
    if not isinstance(symbol, External):
        return False
    named = symbol.name in service.settings.vocabulary.auth_dependencies
    return gives_session(service, symbol.path) or (
        named and service.misses(symbol.path.rpartition(".")[0])
    )


def hides_dependencies(endpoint: Endpoint) -> bool:
    """Tell whether the endpoint may depend on things that cannot be seen.

    Arguments behind ``**``, a list of dependencies that is not literal, a
    router whose constructor is not FastAPI's own or that is mounted nowhere known.
    """
    if any(given.may_hide("dependencies") for way in endpoint.inherited for given in way):
        return True
    if endpoint.paths is None or endpoint.hides_ways:
        return True
    return any(d.provider is None and not d.name for d in dependencies(endpoint))


def _of_called(
    called: Function | Class, depth: int, seen: set[Function | Class]
) -> Iterator[Dependency]:
    if called in seen or depth > _DEEPEST:
        return
    seen.add(called)
    for argument in signature_of(called) or ():
        for dependency in _of_argument(argument, depth):
            yield dependency
            yield from _of_provider(dependency, depth + 1, seen)


def _may_be_dependency(argument: Argument) -> bool:
    """Tell whether its annotation is out of view, and may be an alias with a dependency.

    Such as ``from gravity_common.auth import CurrentUser``.
    """
    annotation = argument.parameter.annotation
    if not isinstance(annotation, f.Name | f.Attribute) or argument.parameter.default is not None:
        return False
    symbol = resolve(argument.scope, annotation)
    if isinstance(symbol, External):
        return symbol.package not in _NO_ALIASES
    return symbol is None


def _is_made_by_subscript(scope: Scope, annotation: f.Expression | None) -> bool:
    """Tell whether a class of the service says itself what its subscript is: any annotation."""
    made = resolve(scope, annotation.value) if isinstance(annotation, f.Subscript) else None
    return isinstance(made, Class) and isinstance(class_member(made, "__class_getitem__"), Function)


def _of_argument(argument: Argument, depth: int) -> Iterator[Dependency]:
    scope, parameter = argument.scope, argument.parameter
    annotation = (scope, parameter.annotation)
    if _is_made_by_subscript(scope, parameter.annotation) or _may_be_dependency(argument):
        yield _unknown(scope)
    for where, candidate in markers(scope, parameter):
        yield from _marked(where, candidate, annotation, parameter, argument.owner, depth)


def _marked(
    scope: Scope,
    expression: f.Expression | None,
    annotation: tuple[Scope, f.Expression | None],
    parameter: f.Parameter | None,
    function: Function | Class | None,
    depth: int,
) -> Iterator[Dependency]:
    """Yield the dependency that ``Depends(...)`` or ``Security(...)`` names, if it is one.

    Where they name none, it is the class that the *annotation* says.
    """
    if isinstance(expression, f.Name | f.Attribute):
        symbol = resolve(scope, expression)
        if isinstance(symbol, Variable) and isinstance(symbol.value, f.Call):
            scope, expression = symbol.scope, symbol.value
    if isinstance(expression, f.Conditional):
        # Which of both it is depends on what the function around is given.
        for branch in (expression.body, expression.otherwise):
            if any(_marked(scope, branch, annotation, parameter, function, depth)):
                yield _unknown(scope, parameter, function, depth)
        return
    if not isinstance(expression, f.Call):
        return
    marker = resolve(scope, expression.function)
    if isinstance(marker, Function) and depth <= _DEEPEST:
        # ``def require_role(role): return Depends(...)``.
        for _, statement in marker.returned:
            if isinstance(statement.value, f.Call):
                yield from _marked(
                    marker, statement.value, annotation, parameter, function, depth + 1
                )
        return
    if not (isinstance(marker, External) and marker.path in MARKERS):
        return
    given = expression.argument(0, "dependency")
    if given is None:
        for inner, kind in unfold(*annotation):
            symbol = resolve(inner, kind)
            yield Dependency(symbol, _name(kind), None, (), parameter, function, depth, inner, kind)
        return
    found = _dependency(scope, given, parameter, function, depth)
    demanded = expression.keyword("scopes")
    if demanded is not None:
        words = [_word(where, item) for where, item in listed(scope, demanded) or ()]
        found = msgspec.structs.replace(found, scopes=tuple(word for word in words if word))
    yield found


def _unknown(
    scope: Scope,
    parameter: f.Parameter | None = None,
    function: Function | Class | None = None,
    depth: int = 0,
) -> Dependency:
    """Return a dependency of which nothing but its place is known."""
    return Dependency(None, "", None, (), parameter, function, depth, scope, None)


def _dependency(
    scope: Scope,
    given: f.Expression,
    parameter: f.Parameter | None,
    function: Function | Class | None,
    depth: int,
    names: int = 8,
) -> Dependency:
    symbol = resolve(scope, given)
    if isinstance(symbol, Variable) and isinstance(symbol.value, f.Call) and names:
        # ``admin_only = require_role("admin")``, or an instance with ``__call__``.
        found = _dependency(symbol.scope, symbol.value, parameter, function, depth, names - 1)
        return msgspec.structs.replace(found, alias=_name(given))
    made_by: Symbol | None = None
    arguments: tuple[str, ...] = ()
    name = _name(given)
    if isinstance(given, f.Call):
        made_by, symbol = callee_of(scope, given), None
        if isinstance(made_by, External) and made_by.path == "functools.partial":
            wrapped = given.argument(0)
            if wrapped is not None:
                return _dependency(scope, wrapped, parameter, function, depth, names)
        of_framework = isinstance(made_by, External) and made_by.path.startswith(_SCHEMES)
        arguments = () if of_framework else tuple(_words(scope, given))
        if isinstance(made_by, Function):
            symbol = _made_by(made_by)
        elif isinstance(made_by, Class):
            symbol = class_member(made_by, "__call__")
        elif of_framework:
            symbol = made_by
    elif symbol is None and (method := _method(scope, given)) is not None:
        symbol = method
    elif symbol is None or isinstance(symbol, Variable):
        made_of = type_of(scope, given)
        handed = None if made_of is not None and made_of.cls else _handed_in(scope, given)
        if handed is not None:
            if len(handed) != 1 or not names:
                return _unknown(scope, parameter, function, depth)
            where, written = handed[0]
            return _dependency(where, written, parameter, function, depth, names - 1)
        if made_of is not None and made_of.cls is not None and not made_of.is_class:
            made_by = made_of.cls
            symbol = class_member(made_of.cls, "__call__")
        elif made_of is not None and made_of.path:
            symbol = External(made_of.path)
    return Dependency(symbol, name, made_by, arguments, parameter, function, depth, scope, given)


def _handed_in(scope: Scope, given: f.Expression) -> list[tuple[Scope, f.Expression]] | None:
    """Return what callers hand in as *given*, each thing once, and none where that is not known.

    None if *given* is no parameter of a function around, nor what a constructor keeps of one.
    """
    match given:
        case f.Name(name=name):
            symbol = resolve(scope, given)
            taker = symbol.scope if isinstance(symbol, Variable) else None
            taken = taker.parameter(name) if isinstance(taker, Function) else None
            if not isinstance(taker, Function) or taken is None:
                return None
            if len(taker.bindings[name]) > 1:
                return []
            return _given_for(taker, taken)
        case f.Attribute(value=f.Name(name=receiver), name=name):
            for around in scope.outward():
                if isinstance(around, Function) and around.receiver == receiver and around.cls:
                    rows = around.cls.attributes.get(name, ())
                    kept = [_handed_in(by, x.value) for by, x in rows if x.value is not None]
                    return next((x for x in kept if x is not None), None) if kept else None
    return None


def _given_for(function: Function, parameter: f.Parameter) -> list[tuple[Scope, f.Expression]]:
    """Return what the calls of *function* give for *parameter*; none where one is not known."""
    found: dict[Symbol, tuple[Scope, f.Expression]] = {}
    for site in callers(function):
        given = parameters_of(function, site.scope, site.call, {}).get(parameter.name)
        symbol = resolve(*given[:2]) if given is not None else None
        if given is None or not isinstance(symbol, Function | Class | External):
            return []
        found.setdefault(symbol, given[:2])
    return list(found.values())


def _words(scope: Scope, call: f.Call) -> Iterator[str]:
    """Yield the constants and the members of enumerations that *call* is given.

    Of what it gives by name, texts and members alone: a flag tells nothing of who is let in.
    """
    for argument in call.arguments:
        for inner in f.walk(argument):
            word = str(inner.value) if isinstance(inner, f.Constant) else _member(scope, inner)
            if word is not None:
                yield word
    for keyword in call.keywords:
        for inner in f.walk(keyword.value) if keyword.name not in _OF_SCHEMES else ():
            word = _word(scope, inner) if isinstance(inner, f.Constant) else _member(scope, inner)
            if word is not None:
                yield word


def _word(scope: Scope, expression: f.Expression) -> str | None:
    """Return the text that *expression* is, of a member of an enumeration its value."""
    return text_of(scope, expression) or _member(scope, expression)


def _member(scope: Scope, expression: f.Expression) -> str | None:
    """Return the value of a member of an enumeration; as it is written, where that is not known."""
    if not isinstance(expression, f.Attribute):
        return None
    symbol = resolve(scope, expression)
    if not isinstance(symbol, Variable) or not isinstance(symbol.scope, Class):
        return None
    if not is_enumeration(symbol.scope):
        return None
    known = wire_value(scope, expression)
    return str(known.value) if known is not None else f.render(expression)


def _method(scope: Scope, given: f.Expression) -> Function | None:
    """Return the method that *given* is of an object of the service: ``users.get_current_user``."""
    if not isinstance(given, f.Attribute):
        return None
    owner = type_of(scope, given.value)
    if owner is None or owner.is_class:
        return None
    method = method_of(owner, given.name)
    return method if isinstance(method, Function) else None


def _made_by(factory: Function) -> Symbol | None:
    """Return the function that a factory returns, if it is just one."""
    made = {resolve(factory, r.value) for _, r in factory.returned if r.value is not None}
    return made.pop() if len(made) == 1 else None


def _of_provider(
    dependency: Dependency, depth: int, seen: set[Function | Class]
) -> Iterator[Dependency]:
    if isinstance(dependency.provider, Function | Class):
        yield from _of_called(dependency.provider, depth, seen)


def _name(expression: f.Expression) -> str:
    match expression:
        case f.Name(name=name) | f.Attribute(name=name):
            return name
        case f.Call(function=function):
            return _name(function)
        case f.Subscript(value=value):
            return _name(value)
    return ""
