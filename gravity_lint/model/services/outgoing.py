"""Requests that the app makes to other services: which method, which path, what names the host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gravity_lint import facts as f
from gravity_lint.model.code.http import is_request
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import Variable, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Module, Scope
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.code.values import text_of, value_of
from gravity_lint.patterns import pattern

HOLE: Final = "\x00"
"""What stands for a part of a path that is filled in."""
_HOST: Final = pattern(r"https?://(?P<host>[^/\x00]*)")


class OutgoingRequest(AtCall, Record, frozen=True):
    """One request over HTTP.

    *path* begins with ``/`` and has `HOLE` where something is filled in. *host* are the words that
    name where it goes: a host, or the expression that gives the address; empty where the client
    knows it.
    """

    method: str
    path: str
    host: str
    site: CallSite


@by_module
def outgoing_requests(module: Module) -> Iterator[OutgoingRequest]:
    """Return the requests of the app whose path is literal, but for what is filled in."""
    return (
        request
        for scope in (module.scopes if in_app(module) else ())
        for site in scope.calls
        for request in _requests(scope, site)
    )


def _requests(scope: Scope, site: CallSite) -> Iterator[OutgoingRequest]:
    function = site.call.function
    if not isinstance(function, f.Attribute) or not is_request(scope, site.call):
        return
    position = 0
    method = function.name.upper()
    if function.name == "request":
        named = text_of(scope, site.call.argument(0, "method"))
        if named is None:
            return
        method, position = named.upper(), 1
    url = site.call.argument(position, "url")
    if url is None:
        return
    written = _written(scope, url)
    if written is None:
        return
    host, path = written
    if path.startswith("/") and path.strip(f"/{HOLE}"):
        yield OutgoingRequest(method, path.partition("?")[0], host, site)


def _written(scope: Scope, url: f.Expression) -> tuple[str, str] | None:
    """Return what names the host, and the path, of an address; None where it is not literal."""
    parts = list(_parts(scope, url))
    if not parts:
        return None
    host = ""
    first = parts[0]
    if isinstance(first, f.Name | f.Attribute | f.Call | f.Subscript):
        # ``f"{settings.ORDERS_URL}/api/v1/orders"``: its value may well be another in production.
        host = f.render(first)
        parts = parts[1:]
    text = "".join(part if isinstance(part, str) else _filled(scope, part) for part in parts)
    address = _HOST.match(text)
    if address is not None:
        host, text = address["host"], text[address.end() :]
    return host, text


def _parts(scope: Scope, url: f.Expression) -> Iterator[str | f.Expression]:
    match url:
        case f.Constant(value=str() as text):
            yield text
        case f.Template(parts=parts):
            yield from (part if isinstance(part, str) else part.value for part in parts)
        case f.Binary(operator="+", left=left, right=right):
            yield from _parts(scope, left)
            yield from _parts(scope, right)
        case f.Name():
            known = text_of(scope, url)
            if known is not None and known.startswith(("/", "http")):
                yield known
            else:
                yield from _behind(scope, url)
        case f.Attribute() | f.Call() | f.Subscript():
            yield url


def _behind(scope: Scope, name: f.Name) -> Iterator[str | f.Expression]:
    """Yield the parts of what the local variable *name* is bound to, once."""
    symbol = resolve(scope, name)
    if isinstance(symbol, Variable) and isinstance(symbol.value, f.Template | f.Binary):
        yield from _parts(symbol.scope, symbol.value)
    else:
        yield name


def _filled(scope: Scope, part: f.Expression) -> str:
    """Return a constant of the service's own that is part of a path; else a hole."""
    known = value_of(scope, part) if isinstance(part, f.Name | f.Attribute) else None
    if known is not None and isinstance(known.value, str) and known.value.startswith("/"):
        return known.value
    return HOLE
