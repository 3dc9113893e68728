"""The grammar of paths: what Starlette takes for a path parameter, and which paths it matches.

Facts from Starlette's ``routing.compile_path`` and its convertors: a parameter
is ``{name}`` or ``{name:convertor}``; ``str`` matches one non-empty segment,
``path`` anything, ``int`` digits, ``float`` digits with an optional fraction,
``uuid`` a UUID.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PARAMETER = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_]*)(?::([a-zA-Z_][a-zA-Z0-9_]*))?\}")
_CONVERTORS = {
    "str": "[^/]+",
    "path": ".*",
    "int": "[0-9]+",
    "float": r"[0-9]+(?:\.[0-9]+)?",
    "uuid": "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}",
}
_SAMPLES = {
    "str": "\x01",
    "path": "\x01",
    "int": "7",
    "float": "7.5",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
}


def parameters(path: str) -> tuple[str, ...]:
    """Return the names of the path parameters of *path*, in order."""
    return tuple(match[1] for match in _PARAMETER.finditer(path))


@lru_cache(maxsize=4096)
def pattern(path: str) -> re.Pattern[str] | None:
    """Return the expression by which Starlette matches *path*; None for an unknown convertor."""
    text, end = "", 0
    for match in _PARAMETER.finditer(path):
        convertor = match[2] or "str"
        if convertor not in _CONVERTORS:
            return None
        text += re.escape(path[end : match.start()]) + f"(?:{_CONVERTORS[convertor]})"
        end = match.end()
    return re.compile(text + re.escape(path[end:]))


def shown(path: str) -> str:
    """Return *path* as the OpenAPI document shows it: without convertors."""
    return _PARAMETER.sub(lambda match: f"{{{match[1]}}}", path)


def covers(earlier: str, later: str) -> bool:
    """Tell whether every request path that matches *later* also matches *earlier*."""
    expression = pattern(earlier)
    if expression is None:
        return False
    return all(expression.fullmatch(path) is not None for path in _requests(later))


@lru_cache(maxsize=4096)
def _requests(path: str) -> tuple[str, ...]:
    """Return request paths that match *path*, such that what matches them matches all others."""
    requests = [_PARAMETER.sub(lambda m: _SAMPLES.get(m[2] or "str", "\x01"), path)]
    if any((m[2] or "str") == "path" for m in _PARAMETER.finditer(path)):
        requests += [_PARAMETER.sub(lambda m: "a/b" if m[2] == "path" else "\x01", path)]
    return tuple(requests)
