"""Endpoints for people who are not known yet: the ways in, and the ways to get an account."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.media import Media
from gravity_lint.model.api.parameters import demands, names_in_request
from gravity_lint.model.api.prescribed import is_named_by_scheme
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.api.schemas import field_names
from gravity_lint.model.code.callables import signature_of
from gravity_lint.model.code.names import path_of, written_out
from gravity_lint.model.code.scopes import Function
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.types import annotated_type
from gravity_lint.patterns import pattern

_OPENING = pattern(
    r"((user|admin|customer|member|staff|guest|google|github|facebook|apple|microsoft|azure|discord"
    r"|telegram|wechat|social|sso|oauth2?|oidc|ldap|saml|email|phone|password|passkey|web|api)_)?"
    r"(log_?in|sign_?in|sign_?up)(_user|_for_access_token|_with_\w+)?"
    r"|refresh_(access_)?tokens?|register(_user|_account)?"
)
"""How functions are called that let people in, or give them an account."""
_ACCOUNTS = pattern(r"accounts?|auth\w*|login|oauth2?|oidc|sessions?|sso|users?")
"""Segments of paths below which they do."""
_SIGNING_UP = pattern(r"sign[-_]?ups?|logins|registrations")
_REFRESHING = pattern(r"(?:^|/)refresh[-_](?:access[-_])?tokens/?$")
_SENDING = pattern(
    r"authorize_redirect|(\w+_)?authori[sz](?:ation|e)_url|get_(?:login|auth)_(?:redirect|url)"
)
"""How methods of OAuth clients are called that give the page of an identity provider."""
_SIGNING = pattern(r"auth|oauth2?|oidc|sso|login")
"""Segments of paths below which identity providers send people back."""
_PROVIDERS = pattern(
    r"apple|auth0|azure|bitbucket|discord|facebook|github|gitlab|google|kakao|keycloak|line"
    r"|linkedin|microsoft|naver|okta|slack|spotify|steam|telegram|twitch|twitter|vk|yandex"
    r"|\{(?:\w+_)?provider(?:_\w+)?\}"
)
_BEGINNING = pattern(r"auth|authori[sz]e|authori[sz]ation(?:[-_]url)?|redirect|start|url")
_ADDRESS = pattern(r"(?:auth|authori[sz]e|authori[sz]ation|log_?-?in|sign_?-?in)[-_]url")
"""How the address of a login elsewhere is called, which people ask for first."""
_PUBLIC_KEYS = pattern(r"^[^{}]*/(?:\w+[-_])?public[-_]?keys?/?$")
"""By these the tokens of the service are checked, wherever they are shown."""


def is_meant_open(endpoint: Endpoint) -> bool:
    """Tell whether *endpoint* is there for people who are not known yet, or for operation.

    By its path, also where a scheme names it as the one that gives tokens; by the name of a
    function that lets people in; because it sends them to an identity provider or takes the
    ``code`` with which that sends them back; or because it gives whatever page is asked for, that
    of the login among them, or shows the documentation, as FastAPI itself does it to everybody.
    """
    if endpoint.operational or endpoint.public:
        return True
    if endpoint.methods == frozenset({"OPTIONS"}):
        return True  # browsers ask whether they may, and show nobody's credentials
    paths = [x.path for x in endpoint.paths or ()] or [endpoint.own_path or ""]
    segments = {segment for path in paths for segment in path.split("/")}
    methods, function = endpoint.methods or frozenset(), endpoint.function
    if Media(endpoint).is_fallback:
        return True
    if "DELETE" not in methods:
        if any(_confirms_address(path) or _tells_code(path) for path in paths):
            return True
    if methods == {"GET"}:
        sent_back = _takes_code(function) and "{code}" not in segments
        if any(_begins_signing(x) or _ends_signing(function, x) for x in paths):
            return True
        if any(map(_PUBLIC_KEYS.search, paths)) or _shows_documentation(function):
            return True
        is_signing = any(_SIGNING.fullmatch(segment) for segment in segments)
        return is_signing and (sent_back or _sends_to_provider(function))
    if methods and methods.isdisjoint(("GET", "HEAD", "DELETE")):
        if "POST" in methods and is_named_by_scheme(endpoint):
            return True
        if any(map(_REFRESHING.search, paths)) or any(map(_joins_by_provider, paths)):
            return True
        named = _OPENING.fullmatch(function.name) is not None
        return named and any(_ACCOUNTS.fullmatch(segment) for segment in segments)
    return False


def _takes_code(function: Function) -> bool:
    """Tell whether requests have to give *function* a ``code``, also as a ``Query(...)``."""
    code = function.parameter("code")
    return "code" in demands(function).names or (code is not None and code.default is None)


_DOCUMENTATION = (
    *("fastapi.openapi.docs.get_redoc_html", "fastapi.openapi.docs.get_swagger_ui_html"),
    *(
        "fastapi.openapi.docs.get_swagger_ui_oauth2_redirect_html",
        "fastapi.openapi.utils.get_openapi",
        "scalar_fastapi.get_scalar_api_reference",
    ),
)


def _shows_documentation(function: Function) -> bool:
    """Tell whether all that *function* returns is a page about the service, as of FastAPI's own."""
    returned = [written_out((function, x.value)) for _, x in function.returned if x.value]
    return bool(returned) and all(
        isinstance(value, f.Call) and path_of(scope, value.function) in _DOCUMENTATION
        for scope, value in returned
    )


def _begins_signing(path: str) -> bool:
    """Tell whether *path* is where people ask for the page of an identity provider."""
    *above, last = path.strip("/").split("/")
    if above and _ADDRESS.fullmatch(last) and _SIGNING.fullmatch(above[-1]):
        return True
    if above and _BEGINNING.fullmatch(last) and _PROVIDERS.fullmatch(above[-1]):
        *above, last = above
    return (
        bool(above)
        and _PROVIDERS.fullmatch(last) is not None
        and _SIGNING.fullmatch(above[-1]) is not None
    )


_FIRST_STEP = pattern(r"register|registration|sign[-_]?up")


def _joins_by_provider(path: str) -> bool:
    """Tell whether at *path* people get an account with what an identity provider says of them.

    Or at a step of it: ``/auth/vk/register/complete``.
    """
    *above, last = path.strip("/").split("/")
    if above and "{" not in last and _FIRST_STEP.fullmatch(above[-1]):
        *above, last = above
    if len(above) < 2 or _FIRST_STEP.fullmatch(last) is None:
        return False
    return all(x.fullmatch(y) for x, y in zip((_SIGNING, _PROVIDERS), above[-2:], strict=True))


_CALLBACKS = pattern(r"(?:(\w+)[-_])?(?:callback|cb)", re.IGNORECASE)
_ABOVE = pattern(r"api|rest|v\d[\w.]*|\d+(?:\.\d+)*|", re.IGNORECASE)


def _ends_signing(function: Function, path: str) -> bool:
    """Tell whether an identity provider sends people back to *path*, also without saying so above.

    The application's only callback, one that is named after a provider, or one that takes the
    ``code`` and the ``state``, or the ``error``, of RFC 6749.
    """
    *above, last = path.strip("/").split("/")
    found = _CALLBACKS.fullmatch(last)
    if found is None or "{" in path:
        return False
    named = found[1] or (above[-1] if above else "")
    if all(map(_ABOVE.fullmatch, above)) and not found[1]:
        return True
    if _PROVIDERS.fullmatch(named) or _SIGNING.fullmatch(named):
        return True
    asked = names_in_request(function)
    return "code" in asked and not asked.isdisjoint(("state", "error"))


_WORDS = pattern(r"[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])|\d\w*")
_CONFIRMING = frozenset(
    {
        *("activate", "activation", "confirm", "confirmation", "confirmed"),
        *("validate", "verification", "verified", "verify"),
    }
)
_RESENDING = frozenset({"resend", "resending", "resent"})
_ALONE = frozenset({"activate", "activation", "confirm", "forgot", "verification", "verify"})
"""What says enough below the accounts: ``/auth/verify``."""
_FORGETTING = frozenset(
    {
        *("forget", "forgot", "forgotpassword", "forgotten", "lost"),
        *("recover", "recovery", "reset", "resetpassword", "restore"),
    }
)
_OF_ACCOUNTS = frozenset({"account", "email", "mail", "register", "registration", "signup"})
_MAIL = (["email"], ["mail"])
_PROVING = frozenset({"email", "mail", "password"})
_SEVERAL = _CONFIRMING | _FORGETTING | _OF_ACCOUNTS | _PROVING
_NAMED = pattern(r"\{(?:\w+_)?(?:e?mail|login|phone|user_?name)(?::\w+)?\}")
"""What of a path says who has forgotten a password."""
_BESIDE = frozenset(
    {
        *("address", "again", "by", "check", "code", "complete", "e", "link", "mobile", "new"),
        *("otp", "password", "phone", "pin", "re", "request", "send", "sign", "token", "up"),
        *("2fa", "mfa", "single", "to", "totp"),
        *("user", "users", "via", "with"),
        *("buyer", "candidate", "client", "customer", "doctor", "driver", "employee", "guest"),
        *("member", "merchant", "patient", "seller", "student", "teacher", "vendor"),
    }
)
"""What else the paths say by which people confirm that they are who they say, or get back in."""
_KINDS = pattern(
    r"(?:applicant|candidate|client|company|customer|doctor|driver|employer|guest|member|merchant"
    r"|owner|partner|patient|recruiter|seller|student|teacher|tenant|vendor)s?"
)
"""Segments that say which people it is about, below a login of several kinds of them."""
_ADDRESSED = pattern(r"\{\w*(?:code|hash|key|secret|signature|token|uid\w*)(?::\w+)?\}")
"""What of a path a letter has told: whoever knows it has got the letter."""


_ASKING = r"(?:check|confirm|request|resend|send|validate|verify)"
_CODE = r"(?:(?:email|login|mobile|phone|sms|user)[-_]?)?otp(?:[-_]?code)?"
_ONE_TIME = pattern(
    rf"(.*)/(?:(?:generate|{_ASKING})[-_]?{_CODE}|{_CODE}[-_/]?{_ASKING})/?", re.IGNORECASE
)
"""An ``otp/generate`` may as well make the secret of an authenticator, for who is logged in."""


def _confirms_address(path: str) -> bool:
    """Tell whether *path* confirms an address or asks for that letter again, or for a password's.

    Directly below the accounts or the registration, or at the top. An order can be confirmed as
    well.
    """
    segments = [x for x in path.split("/") if not _ADDRESSED.fullmatch(x)]
    while segments and _ABOVE.fullmatch(segments[0]):
        segments.pop(0)
    if segments and _FIRST_STEP.fullmatch(segments[0]):
        below: int | None = 0  # an event has registrations as well, but not at the top
    else:
        below = next((i for i, x in enumerate(segments) if _ACCOUNTS.fullmatch(x)), None)
    above, rest = (segments[:below], segments[below + 1 :]) if below is not None else ([], segments)
    if below is None and len(rest) != 1 and not _speaks_of_mail(rest):
        return False
    if not {"admin", "internal"}.isdisjoint(above):
        return False
    if len(rest) > 1 and _NAMED.fullmatch(rest[-1]) and _FORGETTING & {*_words_of(*rest[:-1])}:
        rest = rest[:-1]
    if any("{" in x for x in rest):
        return False
    if below is not None and len(rest) > 1 and _KINDS.fullmatch(rest[0]):
        rest = rest[1:] if segments[below] not in ("user", "users") else rest
    words = set(_words_of(*rest))
    telling = words & (_CONFIRMING | _RESENDING | _FORGETTING)
    if not telling or not words <= telling | _OF_ACCOUNTS | _BESIDE:
        return False
    named = not words.isdisjoint(_OF_ACCOUNTS) or any("password" in word for word in words)
    alone = below is not None and not telling.isdisjoint(_ALONE)
    if below is not None and segments[below].startswith("auth"):
        alone = alone or not telling.isdisjoint(_FORGETTING)
    return named or alone or not telling.isdisjoint(_RESENDING)


def _words_of(*segments: str) -> Iterator[str]:
    """Yield the words of *segments*, in the singular where that is known."""
    for segment in segments:
        for word in map(str.lower, _WORDS.findall(segment)):
            yield word[:-1] if word.endswith("s") and word[:-1] in _SEVERAL else word


def _speaks_of_mail(segments: list[str]) -> bool:
    """Tell whether *segments* at the top are about an address or a password, and no record."""
    return segments[1:] in _MAIL or not _PROVING.isdisjoint(_words_of(*segments[:1]))


def _tells_code(path: str) -> bool:
    """Tell whether by *path* people ask for a one-time password, or say the one they have got.

    At the top or below the accounts: a parcel can be handed out for such a password as well.
    """
    found = _ONE_TIME.fullmatch(path)
    return found is not None and all(
        any(known.fullmatch(segment) for known in (_ABOVE, _ACCOUNTS, _KINDS))
        for segment in found[1].split("/")
    )


def _sends_to_provider(function: Function) -> bool:
    """Tell whether *function* sends people to an identity provider."""
    return any(
        isinstance(site.call.function, f.Name | f.Attribute)
        and _SENDING.fullmatch(site.call.function.name)
        for site in function.calls
    )


_PEOPLE = pattern(r"(?:account|customer|member|user)s?")
_JOINING = pattern(r"(?:user_?)?(?:regist(?:er|ration)|sign-?_?up)(?:[-_]?\w+)?")


def may_register(endpoint: Endpoint) -> bool:
    """Tell whether *endpoint* may be how people get an account.

    It takes a password, and is called signing up, which nobody does for another; or it takes one
    for a new member of the users, and nothing else may be the way.
    """
    paths = [x.path.rstrip("/").rpartition("/")[2] for x in endpoint.paths or ()]
    if endpoint.methods != frozenset({"POST"}) or not _takes_password(endpoint.function):
        return False
    if paths and all(map(_SIGNING_UP.fullmatch, paths)):
        return True
    return all(map(_PEOPLE.fullmatch, paths)) and not _has_registration(endpoint.module.service)


def _takes_password(function: Function) -> bool:
    for argument in signature_of(function) or ():
        made = annotated_type(argument.scope, argument.parameter.annotation)
        names = field_names(made.cls) if made is not None and made.cls is not None else None
        if any("password" in name.lower() for name in names or ()):
            return True
    return False


@query
def _has_registration(service: Service) -> bool:
    """Tell whether the service has an endpoint that is called a registration."""
    return any(
        _JOINING.fullmatch(word)
        for endpoint in endpoints(service)
        for word in (
            endpoint.function.name,
            *(path.path.rstrip("/").rpartition("/")[2] for path in endpoint.paths or ()),
        )
    )
