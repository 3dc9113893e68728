"""Requests over HTTP that the code makes of other servers: httpx, requests, aiohttp."""

from __future__ import annotations

from typing import Final

from gravity_lint import facts as f
from gravity_lint.model.code.names import External
from gravity_lint.model.code.scopes import Scope
from gravity_lint.model.code.types import callee_of, type_of

_VERBS: Final = ("get", "put", "post", "delete", "options", "head", "patch")
_CLIENTS: Final = (
    *("httpx.AsyncClient", "httpx.Client", "aiohttp.ClientSession", "requests.Session"),
    *("httpx2.AsyncClient", "httpx2.Client"),
)
_LIBRARIES: Final = ("httpx", "requests", "httpx2")


def is_request(scope: Scope, call: f.Call) -> bool:
    """Tell whether *call* asks another server over HTTP."""
    function = call.function
    if not isinstance(function, f.Attribute) or function.name not in (*_VERBS, "request"):
        return False
    owner = type_of(scope, function.value)
    if owner is not None:
        return not owner.is_class and owner.is_a(*_CLIENTS)
    callee = callee_of(scope, call)
    return isinstance(callee, External) and callee.package in _LIBRARIES
