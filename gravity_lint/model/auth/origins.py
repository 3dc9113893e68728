"""Where a token comes from: from whoever asks, or from the issuer that this service has asked.

A client reads its own token, to see when it ends or whom it speaks for. It got it
from the issuer in an answer (RFC 6749 calls its parts ``access_token``,
``id_token`` and ``refresh_token``), and needs no key to trust that. What its
configuration holds, no caller has sent either, nor what a command line is given.
"""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import dependencies
from gravity_lint.model.api.parameters import REQUESTS
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.code.bindings import Assigned, Iterated, Received
from gravity_lint.model.code.callables import argument_for, constructor_of
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.handing import handed_over
from gravity_lint.model.code.http import is_request
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import Variable, external_ancestors, path_of, resolve
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.types import type_of
from gravity_lint.patterns import pattern

_DEEPEST = 4
_MANAGERS = ("fastapi_users.BaseUserManager", "fastapi_users.manager.BaseUserManager")
_COMMANDS = ("click.", "rich_click.", "typer.")
_PARTS = frozenset(
    {
        *("access_token", "id_token", "refresh_token"),
        *("AccessToken", "IdToken", "RefreshToken"),  # Cognito's
    }
)
_ASKING = frozenset({"cookies", "headers", "query_params", "path_params", "state", "form"})
"""What of a request somebody else has written."""
_ENVIRONMENT = ("os.getenv", "os.environ.get", "decouple.config")
_SETTINGS = pattern(r"(?:get_)?(?:app_)?(?:settings|config|conf|configuration)")
"""What objects are called that hold the configuration."""


def is_own(scope: Scope, token: f.Expression | None, depth: int = _DEEPEST) -> bool:
    """Tell whether *token*, in *scope*, is a part of what an issuer answered, or kept on `self`.

    So is what the environment or the settings hold, and what all callers, *depth* deep, give of it.
    Nothing that arrived with a request of somebody else's is.
    """
    if isinstance(scope, Function) and (_is_command(scope) or _is_answered(scope)):
        return True
    part = False
    here, names = scope, 8
    while token is not None:
        if _is_configured(here, token):
            return True
        match token:
            case f.Await(value=inner):
                token = inner
            case f.Subscript(value=inner, index=index):
                if _is_request(here, inner):
                    return False
                part = part or (isinstance(index, f.Constant) and index.value in _PARTS)
                token = inner
            case f.Call(
                function=f.Attribute(name=name) | f.Name(name=name), arguments=(inner, *_)
            ) if "decrypt" in name:
                token = inner
            case f.Call() if is_request(here, token):
                return True
            case f.Call(function=f.Attribute(value=inner, name=name), arguments=arguments) if (
                not _is_request(here, inner)
            ):
                first = arguments[0] if arguments else None
                asked = isinstance(first, f.Constant) and first.value in _PARTS
                part = part or (name in ("get", "pop") and asked)
                token = inner
            case f.Attribute(name=name) if name in _ASKING:
                return False
            case f.Attribute(value=user, name="oauth_accounts") if part:
                return not _is_sent(here, user)
            case f.Attribute(value=f.Name(name="self"), name=name):
                return part or name.strip("_") in _PARTS
            case f.Attribute(value=inner, name=name):
                part = part or name in _PARTS
                token = inner
            case f.Name():
                symbol = resolve(here, token)
                if not isinstance(symbol, Variable):
                    return part and symbol is not None
                if not names:
                    return False
                names -= 1
                if any(isinstance(x, Received) for x in symbol.bindings):
                    return (part and _is_answer(here, token)) or (
                        _is_given_own(symbol.scope, symbol.name, depth)
                    )
                here, token = symbol.scope, _beginning(symbol)
            case f.Call(function=f.Name()):
                return part
            case _:
                return False
    return False


def _beginning(symbol: Variable) -> f.Expression | None:
    """Return what *symbol* is at first, if everything else that it is comes of itself.

    None is no token yet, and what a loop goes over holds what it gives.
    """
    if symbol.value is not None and not f.is_none(symbol.value):
        return symbol.value
    found = [x for x in symbol.bindings if not (isinstance(x, Assigned) and f.is_none(x.value))]
    if not found:
        return None
    first, *others = found
    if isinstance(first, Iterated) and not (others or first.unpacked):
        return first.iterable
    if not isinstance(first, Assigned) or first.unpacked:
        return None
    for other in others:
        if not isinstance(other, Assigned) or other.value is None:
            return None
        if not any(isinstance(x, f.Name) and x.name == symbol.name for x in f.walk(other.value)):
            return None
    return first.value


def _is_sent(scope: Scope, user: f.Expression) -> bool:
    """Tell whether *user* may be what a request holds, rather than a row of the database."""
    found = type_of(scope, user)
    return found is not None and (found.path in REQUESTS or found.is_a("pydantic.BaseModel"))


def _is_given_own(scope: Scope, name: str, depth: int) -> bool:
    """Tell whether all calls of the app give a function a token of its own for *name*."""
    parameter = scope.parameter(name) if isinstance(scope, Function) else None
    if not isinstance(scope, Function) or parameter is None or not depth:
        return False
    service = scope.module.service
    if scope in _asked(service) or handed_over(scope):
        return False
    calls = [site for site in calls_to(service, scope) if in_app(site.module)]
    return bool(calls) and all(
        is_own(site.scope, argument_for(scope, site.call, parameter), depth - 1) for site in calls
    )


def _is_command(function: Function) -> bool:
    """Tell whether *function* is what somebody runs by hand, from a command line."""
    outside = function.parent or function.module
    for decorator in function.decorators:
        path = path_of(outside, f.called(decorator)) or ""
        if path.startswith(_COMMANDS):
            return True
    return False


def _is_answered(function: Function) -> bool:
    """Tell whether fastapi-users calls *function* with what the provider has just answered it."""
    cls = function.cls
    return (
        function.name == "oauth_callback"
        and cls is not None
        and not external_ancestors(cls).isdisjoint(_MANAGERS)
    )


def is_of_provider(token: f.Expression | None) -> bool:
    """Tell whether *token* is called an ID token: an identity provider issues it, to its client."""
    match token:
        case f.Name(name=name) | f.Attribute(name=name):
            return name.lower().endswith("id_token")
        case f.Subscript(index=f.Constant(value=str(key))):
            return key.lower().endswith("id_token")
    return False


def _is_configured(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* reads the environment, or an attribute of the settings."""
    match expression:
        case f.Call(function=function):
            return path_of(scope, function) in _ENVIRONMENT
        case f.Subscript(value=value):
            return path_of(scope, value) == "os.environ"
        case f.Attribute(value=owner):
            kind = type_of(scope, owner)
            if kind is not None and kind.is_a("pydantic_settings.BaseSettings"):
                return True
            called = f.called(owner)
            name = called.name if isinstance(called, f.Name | f.Attribute) else ""
            return _SETTINGS.fullmatch(name.lower()) is not None
        case f.Boolean(values=values):
            first, *others = values
            return _is_configured(scope, first) and all(
                isinstance(x, f.Constant) or _is_configured(scope, x) for x in others
            )
    return False


def _is_request(scope: Scope, expression: f.Expression) -> bool:
    found = type_of(scope, expression)
    return found is not None and found.path in REQUESTS


def _is_answer(scope: Scope, parameter: f.Name) -> bool:
    """Tell whether *parameter* holds what the service was answered, not what it is asked."""
    if not isinstance(scope, Function) or _is_request(scope, parameter):
        return False
    asked = _asked(scope.module.service)
    return scope not in asked and not any(
        site.scope in asked
        and any(
            isinstance(symbol := resolve(site.scope, given), Variable)
            and any(isinstance(x, Received) for x in symbol.bindings)
            for given in site.call.given
            if isinstance(given, f.Name)
        )
        for site in calls_to(scope.module.service, scope)
    )


@query
def _asked(service: Service) -> frozenset[Scope]:
    """Return the functions whose parameters come with requests: endpoints and dependencies."""
    found: set[Scope] = set()
    for endpoint in endpoints(service):
        found.add(endpoint.function)
        for dependency in dependencies(endpoint):
            provider = dependency.provider
            if isinstance(provider, Class):
                provider = constructor_of(provider)
            if isinstance(provider, Function):
                found.add(provider)
    return frozenset(found)
