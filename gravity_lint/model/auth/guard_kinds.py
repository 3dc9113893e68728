"""What one dependency is to those who ask: a guard, and of which kind."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import Dependency, own_dependencies
from gravity_lint.model.auth.authentication import (
    SCHEME,
    authenticates,
    identifies,
    is_scheme,
    may_give_nobody,
    refuses,
)
from gravity_lint.model.auth.credentials import credential_reads, last_name, speaks_of_access
from gravity_lint.model.code.names import External, inherits
from gravity_lint.model.code.scopes import Class, Function
from gravity_lint.patterns import pattern

_STRICT = frozenset(
    {"admin", "manager", "owner", "permission", "permissions", "role", "roles", "staff"}
    | {"privilege", "privileges", "scope", "scopes", "super", "superadmin", "superuser"}
)
"""Words of names of what only lets some people in."""
_LENIENT = frozenset({"anonymous", "any", "guest", "maybe", "none", "optional"})
"""Words of names of what lets people pass who are not known."""
_WORDS = pattern(r"[a-z]+")
_USERS = pattern(r"(?:get_|require_)?(?:current|authenticated)_(?:active_)?user")
_TOKENS = pattern(r"(?:\w+_)?(?:token|jwt|bearer)(?:_from_\w+)?")
_CUTTING = frozenset(
    {
        *("casefold", "get", "index", "len", "lower", "lstrip", "partition", "removeprefix"),
        *("replace", "rpartition", "rsplit", "rstrip", "split", "startswith", "str", "strip"),
        *("upper", "HTTPException"),
    }
)


def is_guard(dependency: Dependency) -> bool:
    """Tell whether *dependency*, as it stands, gives whoever is asking, and only if known."""
    provider = dependency.provider
    if dependency.made_by is not None or dependency.scopes or factory(dependency) is not None:
        return False
    if "refresh" in _WORDS.findall(dependency.name.lower()):
        return False  # what it reads is brought to the endpoint that gives new tokens
    if isinstance(provider, External):
        return provider.name == dependency.name and identifies(dependency)
    if not isinstance(provider, Function) or may_give_nobody(provider) or _only_cuts(provider):
        return False
    return identifies(dependency) or refuses(provider, 401)


def is_guard_by_name(dependency: Dependency) -> bool:
    """Tell whether nothing but the name of *dependency* is known, that of a guard.

    By which not everybody passes. What it does with the credentials is not in view.
    """
    provider, name = dependency.provider, dependency.name
    if isinstance(provider, Class) or is_scheme(dependency):
        return False
    if isinstance(provider, Function):
        if authenticates(dependency) is not None or may_give_nobody(provider):
            return False
        if not _asks(provider) or _believes(provider):
            return False
    if not speaks_of_access(name) or not _LENIENT.isdisjoint(_WORDS.findall(name.lower())):
        return False
    return authenticates(dependency) is not False


def is_instance(dependency: Dependency) -> bool:
    """Tell whether *dependency* is an object of a class of the service, and a guard by itself."""
    given = dependency.given
    return (
        isinstance(given, f.Call)
        and isinstance(dependency.made_by, Class)
        and not (given.arguments or given.keywords)
        and not is_strict(dependency.name)
        and (not is_scheme(dependency) or asks_and_refuses(dependency))
        and authenticates(dependency) is True
    )


def is_of_library(dependency: Dependency) -> bool:
    """Tell whether a library makes *dependency*, by its name one that gives a user who is known.

    So does ``current_user()`` of FastAPI-Users, but not with ``optional=True``.
    """
    given = dependency.given
    if not isinstance(given, f.Call) or isinstance(dependency.made_by, Function | Class):
        return False
    optional = given.keyword("optional")
    if given.unpacks or not (optional is None or f.render(optional) == "False"):
        return False
    return _USERS.fullmatch(dependency.name) is not None and authenticates(dependency) is not False


def is_made(dependency: Dependency) -> bool:
    """Tell whether a function or class of the service makes *dependency*, for who is to pass.

    ``Security(check, scopes=[...])`` says the same, and ``check`` alone may let everybody in.
    """
    if dependency.scopes:
        return True
    if isinstance(dependency.given, f.Call):
        made = isinstance(dependency.made_by, Function | Class) and not is_scheme(dependency)
        return made and bool(dependency.given.arguments or dependency.given.keywords)
    return factory(dependency) is not None


def is_strict(name: str) -> bool:
    """Tell whether a dependency, by its *name*, only lets some people in."""
    return not _STRICT.isdisjoint(_WORDS.findall(name.lower()))


def asks_and_refuses(dependency: Dependency) -> bool:
    """Tell whether *dependency* asks for credentials and refuses those who are unknown with 403."""
    provider = dependency.provider
    if not isinstance(provider, Function) or authenticates(dependency) is False:
        return False
    return _asks(provider) and refuses(provider, 403)


def _asks(provider: Function) -> bool:
    """Tell whether *provider* asks for credentials, by itself or by a scheme, or is one."""
    if provider.cls is not None and inherits(provider.cls, SCHEME) is True:
        return True
    return bool(credential_reads(provider)) or any(map(is_scheme, own_dependencies(provider)))


def factory(dependency: Dependency) -> Function | None:
    """Return the function with parameters that defines *dependency* and gives it away."""
    provider = dependency.provider
    outer = provider.parent if isinstance(provider, Function) else None
    if not isinstance(provider, Function) or not isinstance(outer, Function):
        return None
    given = (part for _, x in outer.returned if x.value is not None for part in f.walk(x.value))
    named = any(isinstance(part, f.Name) and part.name == provider.name for part in given)
    return outer if outer.arguments and named else None


def _only_cuts(function: Function) -> bool:
    """Tell whether *function* only cuts the token out of a header: any token, made up or not."""
    return _TOKENS.fullmatch(function.name.strip("_")) is not None and _believes(function)


def _believes(function: Function) -> bool:
    """Tell whether *function* itself takes everybody's word: it asks nobody, compares nothing."""
    if any(last_name(site.call) not in _CUTTING for site in function.calls):
        return False
    return not any(
        isinstance(inner, f.Compare) and not all(map(_is_scheme_or_size, inner.others))
        for step in function.steps
        for inner in step.parts
    )


def _is_scheme_or_size(expression: f.Expression) -> bool:
    match expression:
        case f.Constant(value=str(text)):
            return text.strip().lower() in ("", "bearer", "token", "jwt")
        case f.Constant():
            return True
    return False
