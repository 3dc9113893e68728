"""Secrets on their way into the log: values that certainly are one, not what is made of one."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.casing import in_snake_case
from gravity_lint.model.code.names import path_of
from gravity_lint.model.code.scopes import Module, Scope
from gravity_lint.model.code.types import type_of
from gravity_lint.model.logs.calls import LogCall
from gravity_lint.model.logs.messages import message_values, shown
from gravity_lint.patterns import pattern

_ASKING = ("has_", "is_", "use_", "uses_", "requires_", "needs_", "should_", "can_", "allow_")
_STATING = ("valid_", "invalid_", "missing_", "no_", "num_", "n_", "max_", "min_", "count_")
_SETTING = pattern(
    r"(?:^|_)(?:allow|disallow|enable|disable|expose|forbid|include|require|send|support|use|with)"
    r"s?_[a-z]+$"
)
"""Names of switches: ``cors_allow_credentials`` says whether, and nothing of what they are."""
_HARMLESS = pattern(
    r"(?:^|_)(?:next|page|continuation|sync|cursor|cancel"  # of pages and jobs
    r"|eos|bos|pad|unk|stop|mask|sep|cls|special|word|image|first|last|previous"  # of texts
    r"|gas|fee|base|quote|native|stable|wrapped|reward|collateral|swap|pool|lp|sell|buy"  # traded
    r")_token$"
)
"""Tokens that open no door."""
_TOKENIZING = ("tokenizer", "tokenize", "trading_pair", "base_token", "quote_token", "gas_token")
_TRADING = ("token_symbol", "token_address", "base_asset", "quote_asset", "trading_pairs", "erc20")
"""Names by which a module tells that tokens are something else there: coins, or parts of texts."""
_ABOUT = frozenset({"id", "type", "kind", "prefix", "suffix", "hint", "name", "status", "count"})
"""What of a secret may be told."""
_CLAIMS = frozenset(
    {"jwt.decode()", "jwt.PyJWT.decode()", "jose.jwt.decode()", "jose.jwt.get_unverified_claims()"}
)
"""What a token says, without its signature."""
_MASKED = pattern(r"mask|redact|hidden|obfuscat|censor|scrub|anonym|sanitiz|safe|truncat|hash")
_PLAIN = frozenset(
    {
        "builtins.str",
        "builtins.bytes",
        # These show what they hold.
        "fastapi.security.HTTPAuthorizationCredentials",
        "fastapi.security.HTTPBasicCredentials",
    }
)
_SAME = frozenset({"builtins.str", "builtins.repr", "builtins.format"})
_SAME_METHODS = frozenset({"strip", "get_secret_value", "decode", "encode", "lstrip", "rstrip"})


class Leak(msgspec.Struct, frozen=True):
    """A secret that is logged: what it is called, and where it stands."""

    name: str
    value: f.Expression

    @property
    def written(self) -> str:
        """How the code writes it."""
        return f.render(self.value)


def leaks(call: LogCall) -> Iterator[Leak]:
    """Yield the secrets that *call* logs, as keywords or inside its event."""
    for value in message_values(call):
        if not value.cut:
            yield from _leaks(call.scope, None, value.expression)
    for keyword in call.call.keywords:
        if keyword.name not in ("exc_info", "stack_info", "stacklevel"):
            yield from _leaks(call.scope, keyword.name, keyword.value)


def carries_values(call: LogCall) -> bool:
    """Tell whether *call* logs anything but its event."""
    return bool(call.call.keywords) or any(True for _ in message_values(call))


def _leaks(scope: Scope, key: str | None, value: f.Expression) -> Iterator[Leak]:
    """Yield the secrets in *value*, which is logged under the name *key*."""
    match value:
        case f.Name() | f.Attribute() | f.Subscript():
            name = _word(value)
            if name is None or not _readable(scope, value) or _comes_harmless(scope, value):
                return
            if is_secret(scope, name):
                yield Leak(name, value)
            elif (
                key is not None and is_secret(scope, key) and not _says_otherwise(scope, key, value)
            ):
                yield Leak(key, value)
        case f.Call(function=f.Attribute(value=owner, name="get" | "pop")) if value.arguments:
            first = value.arguments[0]
            if isinstance(first, f.Constant) and is_secret(scope, str(first.value)):
                yield Leak(str(first.value), value)
        case f.Call(function=f.Attribute(value=owner, name=method)) if method in _SAME_METHODS:
            if method == "get_secret_value":
                yield Leak(_word(owner) or "secret", value)
            else:
                yield from _leaks(scope, key, owner)
        case f.Call(arguments=(inner, *_)) if path_of(scope, value.function) in _SAME:
            yield from _leaks(scope, key, inner)
        case f.Template(parts=parts):
            for part in parts:
                if isinstance(part, f.Hole) and not shown(part).cut:
                    yield from _leaks(scope, None, part.value)
        case f.Boolean(values=values):
            for inner in values:
                yield from _leaks(scope, None, inner)
        case f.Conditional(body=body, otherwise=otherwise):
            yield from _leaks(scope, None, body)
            yield from _leaks(scope, None, otherwise)
        case f.Binary(operator="+", left=left, right=right):
            yield from _leaks(scope, None, left)
            yield from _leaks(scope, None, right)
        case f.Mapping(keys=keys, values=values):
            for given, inner in zip(keys, values, strict=True):
                text = given.value if isinstance(given, f.Constant) else None
                yield from _leaks(scope, text if isinstance(text, str) else None, inner)


def _comes_harmless(scope: Scope, value: f.Expression) -> bool:
    """Tell whether *value* is a name for what opens no door where it comes from.

    ``token = answer.get("nextPageToken")``.
    """
    if not isinstance(value, f.Name):
        return False
    rows = scope.bindings.get(value.name, ())
    given = [row.value for row in rows if isinstance(row, Assigned) and not row.unpacked]
    return bool(rows) and len(given) == len(rows) and all(map(_is_harmless, given))


def _is_harmless(value: f.Expression | None) -> bool:
    match value:
        case f.Boolean(values=values):
            return all(map(_is_harmless, values))
        case f.Call(
            function=f.Attribute(name="get" | "pop"),
            arguments=(f.Constant(value=str(word)), *_),
        ):
            return _HARMLESS.search(_spelled(word)) is not None
        case f.Name() | f.Attribute() | f.Subscript():
            return _HARMLESS.search(_spelled(_word(value) or "")) is not None
    return False


def _word(value: f.Expression) -> str | None:
    """Return what a name, attribute or item is called; None for a slice or a computed item."""
    match value:
        case f.Name(name=name) | f.Attribute(name=name):
            return name
        case f.Subscript(index=f.Constant(value=str(key))):
            return key
    return None


def is_secret(scope: Scope, name: str) -> bool:
    """Tell whether *name* ends in one of the words for secrets, and does not ask or count."""
    text = _spelled(name)
    if _HARMLESS.search(text) or text.startswith((*_ASKING, *_STATING)) or _MASKED.search(text):
        return False
    if _SETTING.search(text) or (text == "token" and _means_something_else(scope.module)):
        return False
    words = scope.module.service.settings.vocabulary.secret_words
    return any(text == word or text.endswith(f"_{word}") for word in words)


def _spelled(name: str) -> str:
    """Return *name* in snake case, also that of a header: ``X-Api-Key`` is ``x_api_key``."""
    return in_snake_case(name).replace("-", "_").strip("_")


def _means_something_else(module: Module) -> bool:
    """Tell whether *module* has to do with coins or with texts, whose tokens are no secrets."""
    return module.mentions_any((*_TOKENIZING, *_TRADING))


def _says_otherwise(scope: Scope, key: str, value: f.Expression) -> bool:
    """Tell whether *value*, logged as the secret *key*, more likely is something about it."""
    names = (x.name for x in f.walk(value) if isinstance(x, f.Name | f.Attribute))
    text = " ".join(names).lower()
    if (
        _word(value) in _ABOUT
        or (_word(value) == "key" and "key" not in key)
        or _MASKED.search(text) is not None
    ):
        return True
    words = scope.module.service.settings.vocabulary.secret_words
    return any(word in text for word in words)


def _readable(scope: Scope, value: f.Expression) -> bool:
    """Tell whether *value* may be text: not a number, an object, or a ``SecretStr``."""
    found = type_of(scope, value)
    if found is not None and found.path in _CLAIMS:
        return False
    return found is None or found.path in _PLAIN or found.path.endswith("()")
