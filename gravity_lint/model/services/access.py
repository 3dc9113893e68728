"""What endpoints do with the database themselves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import (
    GIVING_SESSIONS,
    Dependency,
    dependencies,
    own_dependencies,
)
from gravity_lint.model.api.endpoints import AtEndpoint, Endpoint
from gravity_lint.model.api.routing import endpoint_by_function, endpoints, endpoints_in
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, Symbol
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import decorator_names
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of, type_of, type_of_parameter
from gravity_lint.model.code.values import text_of, value_of
from gravity_lint.model.code.words import saying
from gravity_lint.model.services.openings import gives_its_own, is_of, opens
from gravity_lint.model.services.sessions import (
    SessionCall,
    SessionKind,
    kind_of,
    session_calls_of,
    session_kind,
    statements_of,
)
from gravity_lint.patterns import pattern

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
_ENTERED = frozenset({"contextmanager", "asynccontextmanager"})
_BARE_QUERY = pattern(r"\s*select\b(?:(?!\bfrom\b).)*", re.IGNORECASE | re.DOTALL)
"""A query that asks for nothing which is in a table."""


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

    @cached_property
    def tries_database(self) -> bool:
        """Tell whether it only finds out whether there is a database, and says so if there is none.

        It asks for nothing that is in a table, and what fails then ends in a clause of its own.
        """
        sites = [call.site for call in self.session_calls]
        asks = bool(sites) and all(_asks_nothing(site.scope, site.call) for site in sites)
        return asks and all(any(map(self._ends, site.step.trying)) for site in sites)

    def _ends(self, attempt: f.Try) -> bool:
        """Tell whether no clause of *attempt* raises what it catches, or something else."""
        raising = [x for x in self.endpoint.function.steps if isinstance(x.statement, f.Raise)]
        clauses = attempt.handlers
        return bool(clauses) and not any(x in clauses for step in raising for x in step.handlers)

    @property
    def session_dependency(self) -> SessionDependency | None:
        """The service's dependency that gives such sessions as it opens; None if there is none.

        What is made to be one, and called by hand, comes first.
        """
        for site in self.opened:
            callee = callee_of(self.endpoint.function, site.call)
            kind = _kind_made(callee) if isinstance(callee, Function) else None
            if kind is not None:
                return SessionDependency(f.render(site.call.function), kind, callee)
        return next(filter(self._is_such, session_dependencies(self.module.service)), None)

    @property
    def taken_session(self) -> str | None:
        """The parameter by which it takes such a session as it opens; None if there is none."""
        for dependency in own_dependencies(self.endpoint.function):
            kind, parameter = _kind_given(dependency), dependency.parameter
            if kind is not None and parameter is not None:
                if self._is_such(SessionDependency(dependency.written, kind, dependency.provider)):
                    return parameter.name
        return None

    def _is_such(self, given: SessionDependency) -> bool:
        """Tell whether *given* may give what it opens: of the kind, and from the same source."""
        function = self.endpoint.function
        kinds = {session_kind(function, site.call) for site in self.opened} - {None}
        if kinds and given.kind not in kinds:
            return False
        provider = given.provider
        return not isinstance(provider, Function) or all(
            is_of(provider, function, site.call) for site in self.opened
        )


class SessionDependency(Record, frozen=True):
    """A dependency that gives requests their session, as one writes it; *provider* is called."""

    written: str
    kind: SessionKind
    provider: Symbol | None


@query
def session_dependencies(service: Service) -> tuple[SessionDependency, ...]:
    """Return the dependencies that give requests their session.

    The most used come first; where none is in use, those that are there to be used.
    """
    found: Counter[tuple[str, SessionKind, Symbol | None]] = Counter()
    for endpoint in endpoints(service):
        for dependency in dependencies(endpoint):
            kind = _kind_given(dependency)
            if kind is not None:
                found[dependency.written, kind, dependency.provider] += 1
    if not found:
        for module in saying(service, (f"{name}:" for name in GIVING_SESSIONS)):
            if not in_app(module) or service.hides(module):
                continue
            for function in module.functions:
                kind = _kind_made(function)
                if kind is not None:
                    found[function.name, kind, function] += 1
    rows = sorted(found.items(), key=lambda x: (-x[1], x[0][0]))
    return tuple(SessionDependency(*row) for row, _ in rows)


def _asks_nothing(scope: Scope, call: f.Call) -> bool:
    """Tell whether *call* runs a statement without a table: ``text("SELECT 1")``, ``select(1)``."""
    asked = call.argument(0, "statement")
    if not isinstance(asked, f.Call):
        return _is_bare_query(text_of(scope, asked))
    callee = callee_of(scope, asked)
    if callee == External("sqlalchemy.text"):
        return _is_bare_query(text_of(scope, asked.argument(0, "text")))
    if callee != External("sqlalchemy.select") or asked.keywords:
        return False
    return all(value_of(scope, given) is not None for given in asked.arguments)


def _is_bare_query(text: str | None) -> bool:
    return text is not None and _BARE_QUERY.fullmatch(text) is not None


def _kind_given(dependency: Dependency) -> SessionKind | None:
    """Return the kind of the session that *dependency*, a function as it is named, gives."""
    owner, parameter = dependency.taken_by, dependency.parameter
    if not isinstance(dependency.given, f.Name | f.Attribute) or parameter is None:
        return None
    if not isinstance(owner, Function) or dependency.made_by is not None:
        return None
    provider = dependency.provider
    if isinstance(provider, Function) and not _ENTERED.isdisjoint(decorator_names(provider)):
        return None  # made for `with`: FastAPI cannot enter what it gives
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
    return session_kind(function, given[0]) if gives_its_own(function, 0) else None


@by_module(where=endpoints_in)
def endpoint_accesses(module: Module) -> Iterator[EndpointAccess]:
    """Return the functions that are endpoints, each once however often it is registered."""
    for endpoint in endpoints_in.of(module):
        if endpoint_by_function(module.service)[endpoint.function] is endpoint:
            yield EndpointAccess(endpoint)
