"""What endpoints do with the database themselves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import AtEndpoint, Endpoint
from gravity_lint.model.api.routing import endpoint_by_function, endpoints_in
from gravity_lint.model.code.names import External
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.services.sessions import (
    SessionCall,
    is_missing_maker,
    session_calls_of,
    session_kind,
    statements_of,
)

_ENGINES = ("sqlalchemy.ext.asyncio.create_async_engine", "sqlalchemy.create_engine")
_UNTOUCHED = (
    "begin",
    "begin_nested",
    "close",
    "get_bind",
    "in_transaction",
    "in_nested_transaction",
    "is_modified",
)
"""Methods of a session that neither read nor change data."""
_TELLING = ("execute", "scalar", "scalars", "add_all", "commit", "rollback", "flush", "refresh")
"""Names of methods that hardly anything but a session has."""
_DEEPEST = 4


class EndpointAccess(AtEndpoint, Record, frozen=True):
    """An endpoint, and what its function does with the database itself."""

    endpoint: Endpoint

    @property
    def name(self) -> str:
        """The bare name of the function."""
        return self.endpoint.name

    @property
    def _scopes(self) -> Iterator[Scope]:
        yield self.endpoint.function
        yield from self.endpoint.function.walk()

    @cached_property
    def session_calls(self) -> tuple[SessionCall, ...]:
        """The calls that read or change data through a session, in source order."""
        return tuple(
            call
            for scope in self._scopes
            for call in session_calls_of(scope)
            if call.method not in _UNTOUCHED
        )

    @cached_property
    def statements(self) -> tuple[CallSite, ...]:
        """The calls that begin a statement, in source order; bare text is none."""
        return tuple(
            site
            for scope in self._scopes
            for site in statements_of(scope)
            if callee_of(site.scope, site.call) != External("sqlalchemy.text")
        )

    @cached_property
    def unknown(self) -> bool:
        """Tell whether it calls what a session has on something that is not known."""
        for scope in self._scopes:
            for site in scope.calls:
                match site.call.function:
                    case f.Attribute(value=value, name=name) if name in _TELLING:
                        found = type_of(scope, value)
                        # What a function that is not in view gives is no better known.
                        if found is None or found.path.endswith("()"):
                            return True
        return False

    @cached_property
    def opened(self) -> tuple[CallSite, ...]:
        """The calls in its own body that open a session or make an engine."""
        function = self.endpoint.function
        return tuple(x for x in function.calls if not x.deferred and opens(function, x.call))


def opens(scope: Scope, call: f.Call, depth: int = 0) -> bool:
    """Tell whether *call*, seen from *scope*, certainly opens a session or makes an engine."""
    callee = callee_of(scope, call)
    match callee:
        case External(path=path):
            if path in _ENGINES or is_missing_maker(scope.module.service, path):
                return True
            if not path.endswith((".begin", "Session")):
                return False
        case Function():
            return depth < _DEEPEST and _gives_its_own(callee, depth)
        case Class():
            pass
    # A class of sessions, or what a session maker is called for.
    return session_kind(scope, call) is not None


def _gives_its_own(function: Function, depth: int) -> bool:
    """Tell whether *function* opens the session that it yields or returns."""
    if function.is_generator:
        given = [x.value for _, x in function.contents.yields]
    else:
        given = [r.value for _, r in function.returned]
    if not given or any(session_kind(function, value) is None for value in given):
        return False
    return any(opens(function, site.call, depth + 1) for site in function.calls)


@by_module(where=endpoints_in)
def endpoint_accesses(module: Module) -> Iterator[EndpointAccess]:
    """Return the functions that are endpoints, each once however often it is registered."""
    for endpoint in endpoints_in.of(module):
        if endpoint_by_function(module.service)[endpoint.function] is endpoint:
            yield EndpointAccess(endpoint)
