"""What endpoints do with the database themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import GIVING_SESSIONS, Dependency, dependencies
from gravity_lint.model.api.endpoints import AtEndpoint, Endpoint
from gravity_lint.model.api.routing import endpoint_by_function, endpoints, endpoints_in
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of, type_of, type_of_parameter
from gravity_lint.model.code.words import saying
from gravity_lint.model.services.sessions import (
    SessionCall,
    SessionKind,
    is_missing_maker,
    kind_of,
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

    @property
    def session_dependency(self) -> str | None:
        """The service's dependency that gives such sessions as it opens; None if there is none."""
        given = session_dependencies(self.module.service)
        function = self.endpoint.function
        kinds = {session_kind(function, site.call) for site in self.opened} - {None}
        return next((name for name, kind in given if not kinds or kind in kinds), None)


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


@query
def session_dependencies(service: Service) -> tuple[tuple[str, SessionKind], ...]:
    """Return the dependencies that give requests their session, as one writes them, and its kind.

    The most used come first; where none is in use, those that are there to be used.
    """
    found: Counter[tuple[str, SessionKind]] = Counter()
    for endpoint in endpoints(service):
        for dependency in dependencies(endpoint):
            kind = _kind_given(dependency)
            if kind is not None:
                found[dependency.written, kind] += 1
    if not found:
        for module in saying(service, (f"{name}:" for name in GIVING_SESSIONS)):
            if not in_app(module) or service.hides(module):
                continue
            for function in module.functions:
                kind = _kind_made(function)
                if kind is not None:
                    found[function.name, kind] += 1
    return tuple(row for row, _ in sorted(found.items(), key=lambda x: (-x[1], x[0][0])))


def _kind_given(dependency: Dependency) -> SessionKind | None:
    """Return the kind of the session that *dependency*, a function as it is named, gives."""
    owner, parameter = dependency.taken_by, dependency.parameter
    if not isinstance(dependency.given, f.Name | f.Attribute) or parameter is None:
        return None
    if not isinstance(owner, Function) or dependency.made_by is not None:
        return None
    return kind_of(owner.module.service, type_of_parameter(owner, parameter))


def _kind_made(function: Function) -> SessionKind | None:
    """Return the kind of the session that the dependency *function* opens and yields."""
    given = [x.value for _, x in function.contents.yields]
    if not given or function.parent is not function.module or function.decorators:
        return None
    for parameter in function.arguments:
        # Whatever else it is given would come from the query or the body.
        made = type_of_parameter(function, parameter)
        if made is None or made.path != "fastapi.Request":
            return None
    return session_kind(function, given[0]) if _gives_its_own(function, 0) else None


@by_module(where=endpoints_in)
def endpoint_accesses(module: Module) -> Iterator[EndpointAccess]:
    """Return the functions that are endpoints, each once however often it is registered."""
    for endpoint in endpoints_in.of(module):
        if endpoint_by_function(module.service)[endpoint.function] is endpoint:
            yield EndpointAccess(endpoint)
