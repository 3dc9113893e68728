"""URLs in tests: their text, as far as it is known, and the paths for which they ask."""

from __future__ import annotations

import re

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.names import External, Variable, resolve
from gravity_lint.model.code.references import binding_at
from gravity_lint.model.code.scopes import Scope
from gravity_lint.model.code.types import type_of
from gravity_lint.model.code.values import value_of
from gravity_lint.patterns import pattern

ONE = "\0"
"""Stands in a URL for text without a slash that is not known."""
ANY = "\1"
"""Stands in a URL for any text."""
_ABSOLUTE = pattern(r"https?://")
_PUBLIC = pattern(
    r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
    r"\.(?!local(?:host)?\b|test\b|internal\b|svc\b)[A-Za-z]{2,}(?:[:/?#]|$)"
)
"""A URL with the full name of a host."""
_SPANNING = pattern(r"path|url|uri|prefix|suffix|endpoint|route|query|param|base")
_SINGULAR = pattern(r"(?:^|_)(?:id|uuid|pk|slug|key|name|code|token|number)$")


class Target(msgspec.Struct, frozen=True):
    """The path of a request: its segments (None: any one), and whether more may follow them.

    *slash* is set if the path ends with one. *start* is the known beginning of
    the segment with which an open path goes on.
    """

    segments: tuple[str | None, ...]
    slash: bool
    is_open: bool
    start: str = ""

    @property
    def shown(self) -> str:
        """The path for people."""
        text = "/" + "/".join("{...}" if s is None else s for s in self.segments)
        if self.is_open:
            return f"{text.rstrip('/')}/{self.start}..."
        return text + ("/" if self.slash and self.segments else "")


def names_host(url: str) -> bool:
    """Tell whether *url* says whom to ask, and not only for what."""
    return _ABSOLUTE.match(url) is not None


def is_public(url: str) -> bool:
    """Tell whether *url* has the full name of a host of the internet."""
    return _PUBLIC.match(url) is not None


def path_in(url: str) -> str | None:
    """Return the path of *url* without query and fragment; None if it cannot be told."""
    match = _ABSOLUTE.match(url)
    if match is not None:
        _, slash, path = url[match.end() :].partition("/")
        url = slash + path
    elif url[:1] in (ONE, ANY) or url.startswith("//"):
        return None
    return re.split(r"[?#]", url, maxsplit=1)[0]


def joined(above: str, below: str) -> str:
    """Return the path *below* as a client asks for it whose base is *above*."""
    return f"{above.rstrip('/')}/{below.lstrip('/')}"


def target_of(path: str) -> Target | None:
    """Return *path* in segments; None if it is not plain."""
    if "%" in path or "\\" in path:
        return None
    parts = path.lstrip("/").split("/")
    segments: list[str | None] = []
    for part in parts:
        if ANY in part:
            return Target(tuple(segments), False, True, re.split(f"[{ONE}{ANY}]", part)[0])
        segments.append(None if ONE in part else part)
    slash = path.endswith("/")
    if slash:
        segments = segments[:-1]
    if any(segment in ("", ".", "..") for segment in segments):
        return None
    return Target(tuple(segments), slash, False)


def url_text(scope: Scope, expression: f.Expression | None, depth: int = 4) -> str | None:
    """Return the text of a URL with stand-ins for what is not known; None if nothing is."""
    if expression is None or depth == 0:
        return None
    known = value_of(scope, expression)
    if known is not None:
        return known.value if isinstance(known.value, str) else None
    match expression:
        case f.Template(parts=parts):
            return "".join(
                x if isinstance(x, str) else _filled(scope, x.value, depth - 1) for x in parts
            )
        case f.Binary(operator="+", left=left, right=right):
            return _filled(scope, left, depth - 1) + _filled(scope, right, depth - 1)
        case f.Call(function=f.Attribute(value=value, name="format")):
            text = url_text(scope, value, depth - 1)
            return re.sub(r"\{[^{}]*\}", ANY, text) if text is not None else None
        case f.Binary(operator="%", left=left):
            text = url_text(scope, left, depth - 1)
            return re.sub(r"%(?:\(\w+\))?[a-z]", ANY, text) if text is not None else None
        case f.Name():
            symbol = resolve(scope, expression)
            if isinstance(symbol, Variable):
                match binding_at(symbol, expression.span):
                    case Assigned(value=assigned, unpacked=(), operator=""):
                        return url_text(symbol.scope, assigned, depth - 1)
    return None


def _filled(scope: Scope, value: f.Expression, depth: int) -> str:
    """Return the text of a replacement field, or what stands for it."""
    known = value_of(scope, value)
    if known is not None:
        return str(known.value)
    inner = url_text(scope, value, depth)
    if inner is not None:
        return inner
    return ONE if _is_one_segment(scope, value) else ANY


def _is_one_segment(scope: Scope, value: f.Expression, depth: int = 8) -> bool:
    """Tell whether *value* surely is text without a slash: an identifier, a number.

    *depth* is how many values made of values are followed.
    """
    if not depth:
        return False
    match value:
        case f.Attribute(name=name):
            return not _SPANNING.search(name.lower())
        case f.Subscript(index=f.Constant(value=str(key))):
            return not _SPANNING.search(key.lower())
        case f.Subscript(value=inner):
            return _is_one_segment(scope, inner, depth - 1)
        case f.Call(function=function):
            callee = resolve(scope, function)
            if isinstance(callee, External):
                if callee.path in ("builtins.str", "builtins.int") and value.arguments:
                    return _is_one_segment(scope, value.arguments[0], depth - 1)
                return callee.path.startswith(("uuid.", "random.", "secrets.", "time.time"))
        case f.Constant():
            return True
        case f.Binary(operator="+" | "-" | "*", right=f.Constant(kind="int")):
            return True
        case f.Name(name=name):
            if _SINGULAR.search(name.lower()):
                return True
            symbol = resolve(scope, value)
            if isinstance(symbol, Variable):
                match binding_at(symbol, value.span):
                    case Assigned(value=assigned, unpacked=()) if assigned is not None:
                        return not isinstance(assigned, f.Name) and _is_one_segment(
                            symbol.scope, assigned, depth - 1
                        )
            found = type_of(scope, value)
            return found is not None and found.path in ("builtins.int", "uuid.UUID")
    return False
