"""Requests of tests to wherever the service runs, through no client whose application is known.

Functions of libraries make them, sessions, and what nobody knows; the host is often a setting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.names import External
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.values import text_of
from gravity_lint.model.testing.clients import VERBS, client_of
from gravity_lint.model.testing.tests import in_tests
from gravity_lint.model.testing.urls import ANY, ONE, Target, path_in, target_of, url_text
from gravity_lint.patterns import pattern

_LIBRARIES = ("httpx", "httpx2", "requests")
_BELOW_HOST = pattern(r"/(?:[^\0/]|$)")
"""The beginning of a path that says something: the first segment is known."""
_SESSIONS = ("aiohttp.ClientSession", "requests.Session", "requests.sessions.Session")


class Asking(Record, frozen=True):
    """A request for *url*; *method* is None if it is not known."""

    site: CallSite
    method: str | None
    url: f.Expression | None

    @property
    def target(self) -> Target | None:
        """What it asks for below its host, which may have a path of its own; None if unknown."""
        path = path_below(self._text)
        found = target_of(path) if path is not None and path.startswith("/") else None
        return None if found is not None and found.is_open else found

    @property
    def begun(self) -> str:
        """The beginning of the path where the rest is not known; empty if that is not either."""
        path = path_in(self._text.lstrip(ONE + ANY)) or ""
        return re.split(f"[{ONE}{ANY}]", path)[0]

    @property
    def _text(self) -> str:
        return url_text(self.site.scope, self.url) or ANY


def path_below(url: str) -> str | None:
    """Return the path of *url*, all of it; None if it cannot be told.

    The host need not be known.
    """
    below = url.lstrip(ONE + ANY)
    if below == url:
        return path_in(url)
    known = _BELOW_HOST.match(below) is not None and ANY not in below
    return path_in(below) if known else None


@by_module
def askings(module: Module) -> Iterator[Asking]:
    """Return the requests that tests make through no client, in source order."""
    for scope in module.scopes if in_tests(module) else ():
        for site in scope.calls:
            asked = _asked(site)
            if asked is not None:
                yield asked


def _asked(site: CallSite) -> Asking | None:
    function, call = site.call.function, site.call
    if not isinstance(function, f.Name | f.Attribute) or function.name not in (*VERBS, "request"):
        return None
    callee = callee_of(site.scope, call)
    known = isinstance(callee, External) and callee.path in [
        f"{library}.{function.name}" for library in _LIBRARIES
    ]
    if not known and isinstance(function, f.Attribute):
        made = type_of(site.scope, function.value)
        if made is not None:
            known = made.path in _SESSIONS
        elif callee is not None or client_of(site.scope, function.value) is not None:
            return None
    if function.name == "request":
        method = text_of(site.scope, call.argument(0, "method"))
        found = Asking(site, method.upper() if method else None, call.argument(1, "url"))
    else:
        found = Asking(site, function.name.upper(), call.argument(0, "url"))
    # Others than libraries may have a method ``get`` for anything: no path is asked of these.
    return found if known or found.target is not None else None
