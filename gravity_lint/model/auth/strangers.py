"""Dependencies that cannot know who sends a request: all they get are the keys of records."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import Dependency, own_dependencies
from gravity_lint.model.auth.credentials import provides_tools, speaks_of_access
from gravity_lint.model.code.annotations import markers
from gravity_lint.model.code.names import External, Symbol, Variable, resolve
from gravity_lint.model.code.scopes import Function
from gravity_lint.model.code.types import annotated_type, callee_of, type_of_variable
from gravity_lint.patterns import pattern

_DEEPEST = 3
"""How many dependencies, or functions, are followed, one by the other."""
_IDS = pattern(r"(?:\w+_)?(?:ids?|uuid|pk)")
_SECRETS = pattern(r"(?:\w+_)?(?:access|invit\w+|key|link|secret|sess\w*|share|ticket|token)_\w+")
"""Words of keys that only those have who were given them."""
_TYPES = ("builtins.int", "builtins.str", "uuid.UUID")
_MARKERS = ("fastapi.Path", "fastapi.Query")
_LIBRARIES = frozenset(
    {
        *("builtins", "datetime", "decimal", "enum", "fastapi", "http", "json", "logging"),
        *("pydantic", "sqlalchemy", "sqlmodel", "starlette", "structlog", "typing", "uuid"),
    }
)
"""Packages that keep nothing of the request that is being answered."""
_AMBIENT = frozenset({"context", "ctx", "g", "local", "locals", "request"})
"""What objects are called that hold something of the request for whoever asks them."""


def knows_nobody(function: Function) -> bool:
    """Tell whether *function*, as a dependency, certainly gets nothing that tells who is asking.

    It gets something, and that is keys of records from the path or the query, tools to work with,
    or what another makes of these; and nothing in its body may ask elsewhere.
    """
    return bool(function.arguments) and _is_ignorant(function, _DEEPEST)


def _is_ignorant(function: Function, depth: int) -> bool:
    provided = {id(x.parameter): x for x in own_dependencies(function)}
    return all(
        _gives_nobody(provided[id(parameter)], depth)
        if id(parameter) in provided
        else _is_key(function, parameter)
        for parameter in function.arguments
    ) and not _asks_elsewhere(function, _DEEPEST)


def _gives_nobody(dependency: Dependency, depth: int) -> bool:
    provider = dependency.provider
    if isinstance(provider, Function):
        return depth > 0 and _is_ignorant(provider, depth - 1)
    if isinstance(provider, External):
        return _is_of_library(provider) or provides_tools(dependency.name)
    return False


def _is_key(function: Function, parameter: f.Parameter) -> bool:
    """Tell whether *parameter* is the key of a record, from the path or the query."""
    outside = function.parent or function.module
    if not _IDS.fullmatch(parameter.name) or _SECRETS.fullmatch(parameter.name):
        return False
    for scope, candidate in markers(outside, parameter):
        called = candidate.function if isinstance(candidate, f.Call) else candidate
        if not (called is None or isinstance(called, f.Constant)):
            marker = resolve(scope, called)
            if not (isinstance(marker, External) and marker.path in _MARKERS):
                return False
    made = annotated_type(outside, parameter.annotation)
    return parameter.annotation is None or (made is not None and made.path in _TYPES)


def _asks_elsewhere(function: Function, depth: int) -> bool:
    """Tell whether *function* may ask what holds the request, or a part of it, out of its sight."""
    if depth == 0 or function.definitions:
        return True
    called = {id(site.call.function) for site in function.calls if site.call.arguments}
    for part in function.contents.named:
        if isinstance(part, f.Name):
            if _may_hold(function, resolve(function, part), id(part) in called):
                return True
    return any(
        _asks_elsewhere(callee, depth - 1)
        for site in function.calls
        if isinstance(callee := callee_of(function, site.call), Function)
    )


def _may_hold(function: Function, symbol: Symbol | None, called: bool) -> bool:
    """Tell whether *symbol* may give something of the request; *called*: it is given arguments."""
    match symbol:
        case Variable(scope=scope, name=name):
            if scope is not function.module and isinstance(scope, Function):
                return False
            made = type_of_variable(symbol)
            if made is not None and made.path == "contextvars.ContextVar":
                return True
            if name.isupper() or isinstance(symbol.value, f.Mapping | f.Collection):
                return False
            return name.strip("_").lower() in _AMBIENT or speaks_of_access(name)
        case External(name=name):
            return not (called or name[:1].isupper() or _is_of_library(symbol))
        case None:
            return True
    return False


def _is_of_library(symbol: External) -> bool:
    return symbol.package in _LIBRARIES
