"""Answers that a standard prescribes: tokens, keys, what an authorization server says of itself."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint.model.api.declaring import returned_keys
from gravity_lint.model.api.dependencies import dependencies
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.inclusions import inclusions_of
from gravity_lint.model.api.parameters import PASSWORD_FORMS
from gravity_lint.model.api.responses import Answering
from gravity_lint.model.api.routers import Router
from gravity_lint.model.code.calls import makings
from gravity_lint.model.code.names import External, Symbol, ancestors
from gravity_lint.model.code.scopes import Class
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.values import text_of
from gravity_lint.patterns import pattern

_STANDARD = pattern(
    r"/\.well-known/|/jwks(?:\.json|_uri)?/?$|/openid-configuration/?$|/security\.txt$"
    r"|/(?:oauth2?|oidc|openid|connect|auth)/(?:userinfo|introspect|revoke)/?$"
)
"""RFC 7517, 7662, 8414, 8615 and 9116, and OpenID Connect."""
_AT_THE_TOP = pattern(
    r"/(?:(?:app-)?ads|security)\.txt|/apple-app-site-association|/dapr/(?:config|subscribe)"
)
"""What others ask for at the top of a host, besides what is below ``/.well-known/``."""
_SCHEMES = (
    "fastapi.security.OAuth2PasswordBearer",
    "fastapi.security.OAuth2AuthorizationCodeBearer",
)


def is_prescribed(endpoint: Endpoint) -> bool:
    """Tell whether a standard prescribes what *endpoint* answers: tokens, keys, a description."""
    return is_token_endpoint(endpoint) or any(
        _STANDARD.search(path)
        for path in ((endpoint.own_path or ""), *(x.path for x in endpoint.paths or ()))
    )


def has_fixed_place(path: str) -> bool:
    """Tell whether others know *path* without being told: RFC 8615 keeps it where it is.

    ``/.well-known/`` is at the top of a host, or below the name of an issuer.
    """
    return "/.well-known/" in f"{path}/" or _AT_THE_TOP.fullmatch(path) is not None


def is_token_endpoint(endpoint: Endpoint) -> bool:
    """Tell whether *endpoint* is OAuth2's token endpoint, whose answer RFC 6749 prescribes.

    It takes the password form, or a security scheme names its path.
    """
    memory = endpoint.module.service.memory
    return memory.ask(("token endpoint", endpoint), False, _is_token_endpoint, endpoint)


def _is_token_endpoint(endpoint: Endpoint) -> bool:
    if any(
        isinstance(symbol, External) and symbol.path in PASSWORD_FORMS
        for dependency in dependencies(endpoint)
        for symbol in _with_ancestors(dependency.provider)
    ):
        return True
    return is_named_by_scheme(endpoint)


def _with_ancestors(symbol: Symbol | None) -> Iterator[Symbol | None]:
    yield symbol
    if isinstance(symbol, Class):
        yield from ancestors(symbol)


def is_named_by_scheme(endpoint: Endpoint) -> bool:
    """Tell whether a security scheme names the path of *endpoint* as the one that gives tokens.

    Where the beginning of that is not known, it may be the path of which it is the end.
    """
    named = _token_paths(endpoint.module.service)
    if endpoint.paths is not None:
        return any(_ends_in(path.path, each) for path in endpoint.paths for each in named)
    known = _known_end(endpoint)
    return any(_ends_in(known, each) or _ends_in(each, known) for each in named)


def _known_end(endpoint: Endpoint) -> str:
    """Return how the path of *endpoint* ends, as far as its includes are known from the inside."""
    above = inclusions_of(endpoint.module.service)
    path, router = endpoint.own_path or "", endpoint.router
    seen: list[Router] = []
    while router is not None and router not in seen and router.prefix is not None:
        seen.append(router)
        path = router.prefix + path
        ways = above.get(id(router), [])
        if len(ways) != 1 or ways[0].prefix is None:
            break
        path, router = ways[0].prefix + path, ways[0].parent
    return path


@query
def _token_paths(service: Service) -> frozenset[str]:
    """Return the paths that security schemes give for the token endpoint."""
    found = set()
    for site, _ in makings(service, *_SCHEMES):
        text = text_of(site.scope, site.call.argument(0, "tokenUrl"))
        if text and text.strip("/"):
            found.add(text)
    return frozenset(found)


def _ends_in(path: str, named: str) -> bool:
    """Tell whether *path* is the one that a scheme names; a relative one names its end."""
    return f"/{path.strip('/')}".endswith(f"/{named.removeprefix('.').strip('/')}")


def issues_token(answer: Answering) -> bool:
    """Tell whether the answer is a token's as RFC 6749 has it, which nobody asks for again."""
    return "access_token" in answer.field_names | {*returned_keys(answer.endpoint)}
