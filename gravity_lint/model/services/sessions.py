"""Database sessions: which values are one, what is called on them, and what they run.

A session is SQLAlchemy's or SQLModel's, asynchronous or not, known by its
annotation, by the dependency, factory or context manager that gives it, by the
attribute that keeps it, or by the queries of mapped classes that it makes.
``requests.Session`` and the like are none.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import GIVING_SESSIONS, gives_session
from gravity_lint.model.api.schemas import is_orm_model
from gravity_lint.model.code.annotations import markers
from gravity_lint.model.code.awaiting import is_awaited
from gravity_lint.model.code.bindings import Entered
from gravity_lint.model.code.calls import calls_in, calls_to, methods_called_in
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import External, Variable, ancestors, look_up, resolve
from gravity_lint.model.code.questions import by_module, question
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.code.types import (
    Type,
    annotated_type,
    provider_of,
    result_of,
    type_of,
    type_of_attribute,
    type_of_parameter,
)
from gravity_lint.model.code.words import saying

_ASYNC = (
    "sqlalchemy.ext.asyncio.AsyncSession",
    "sqlalchemy.ext.asyncio.async_scoped_session",
)
_SYNC = ("sqlalchemy.orm.Session", "sqlalchemy.orm.scoped_session")

COROUTINES = frozenset(
    {
        "aclose",
        "close",
        "close_all",
        "commit",
        "connection",
        "delete",
        "delete_all",
        "exec",
        "execute",
        "flush",
        "get",
        "get_one",
        "invalidate",
        "merge",
        "merge_all",
        "refresh",
        "remove",
        "reset",
        "rollback",
        "run_sync",
        "scalar",
        "scalars",
        "stream",
        "stream_scalars",
    }
)
"""The methods of an asynchronous session that do nothing until they are awaited."""

QUERYING = frozenset({"exec", "execute", "query", "scalar", "scalars", "stream", "stream_scalars"})
"""The methods that read by a statement."""

IN_MEMORY = frozenset(
    {
        "add",
        "add_all",
        "begin",
        "begin_nested",
        "expire",
        "expire_all",
        "expunge",
        "expunge_all",
        "get_bind",
        "in_nested_transaction",
        "in_transaction",
        "is_modified",
    }
)
"""The methods that only note something in the session and never wait for the database."""

_BLOCKING = frozenset(
    {"bulk_insert_mappings", "bulk_save_objects", "bulk_update_mappings", "query"}
)
METHODS = COROUTINES | IN_MEMORY | _BLOCKING

STATEMENTS = (
    "sqlalchemy.select",
    "sqlalchemy.insert",
    "sqlalchemy.update",
    "sqlalchemy.delete",
    "sqlalchemy.text",
    "sqlalchemy.dialects.postgresql.insert",
    "sqlalchemy.dialects.mysql.insert",
    "sqlalchemy.dialects.sqlite.insert",
)
"""What begins a statement."""


_Place: TypeAlias = tuple[Scope, str]

_MAKERS = frozenset(
    {
        *("asyncsession", "asyncsessionfactory", "asyncsessionlocal", "asyncsessionmaker"),
        *("localsession", "sessionfactory", "sessionlocal", "sessionmaker"),
    }
)
"""Names of session makers, without their underscores and in lower case."""


class SessionKind(enum.Enum):
    """Whether what a session does is awaited."""

    ASYNC = "async"
    SYNC = "sync"


def kind_of(service: Service, found: Type | None) -> SessionKind | None:
    """Return which kind of session values of the type *found* certainly are, None if none."""
    if found is None or found.is_class:
        return None
    if isinstance(found.of, str):
        path = found.of.removesuffix("()")
        if found.of in _ASYNC or path in _shared(service):
            return SessionKind.ASYNC
        if gives_session(service, path):
            return None if path in _given_otherwise(service) else SessionKind.ASYNC
        if is_missing_maker(service, path) and _simple(path).startswith("async"):
            return SessionKind.ASYNC
        return SessionKind.SYNC if found.of in _SYNC else None
    for ancestor in ancestors(found.of):
        if isinstance(ancestor, External) and ancestor.path in _ASYNC:
            return SessionKind.ASYNC
        if isinstance(ancestor, External) and ancestor.path in _SYNC:
            return SessionKind.SYNC
    return None


@query
def _given_otherwise(service: Service) -> frozenset[str]:
    """Return what is called like the documented ``get_db`` and is used as if it were another.

    Somebody annotates what it gives as a synchronous session, or asks that for a ``query``.
    """
    found: set[str] = set()
    for module in saying(service, GIVING_SESSIONS):
        for function in module.functions:
            for parameter in function.arguments:
                outside = function.parent or module
                kind = annotated_type(outside, parameter.annotation)
                for where, marker in markers(outside, parameter):
                    given = provider_of(where, marker) if marker is not None else None
                    if isinstance(given, External) and kind is not None and kind.of in _SYNC:
                        found.add(given.path)
    for module in saying(service, ("query",)):
        for site in methods_called_in(module, "query"):
            match site.call.function:
                case f.Attribute(value=owner, name="query"):
                    made = type_of(site.scope, owner)
                    if made is not None and isinstance(made.of, str):
                        found.add(made.of.removesuffix("()"))
    return frozenset(found)


def _shared(service: Service) -> tuple[str, ...]:
    return service.settings.vocabulary.session_types


def _simple(path: str) -> str:
    return path.rpartition(".")[2].replace("_", "").lower()


def is_missing_maker(service: Service, path: str) -> bool:
    """Tell whether *path* is a session maker by its name, of a module that is not in view."""
    return _simple(path) in _MAKERS and service.misses(path.rpartition(".")[0])


def session_kind(scope: Scope, expression: f.Expression | None) -> SessionKind | None:
    """Return which kind of session *expression* certainly is; None if it is none or unknown."""
    found = type_of(scope, expression)
    if found is not None:
        return kind_of(scope.module.service, found)
    match expression:
        case f.Attribute(value=f.Name() as owner, name="db") if _on_hidden_base(scope, owner):
            return SessionKind.ASYNC
        case f.Name() | f.Attribute() if queried := _queried(scope.module.service):
            return SessionKind.SYNC if _place_of(scope, expression) in queried else None
    return None


@query
def _queried(service: Service) -> frozenset[_Place]:
    """Return where sessions are kept that nothing but what they are asked for tells.

    Who is asked for a ``query`` of a mapped class, and is not awaited, is a synchronous session.
    """
    found: set[_Place] = set()
    for module in saying(service, ("query",)):
        for site in methods_called_in(module, "query"):
            match site.call.function:
                case f.Attribute(value=f.Name() | f.Attribute() as owner) if not is_awaited(site):
                    asked = any(_is_mapped(site.scope, x) for x in site.call.arguments)
                    if asked and type_of(site.scope, owner) is None:
                        found.add(_place_of(site.scope, owner))
    return frozenset((x, name) for x, name in found if not isinstance(x, Module))


def _is_mapped(scope: Scope, asked: f.Expression) -> bool:
    """Tell whether *asked* is a mapped class of the service, or a column of one."""
    found = resolve(scope, asked)
    if not isinstance(found, Class) and isinstance(asked, f.Attribute):
        found = resolve(scope, asked.value)
    return isinstance(found, Class) and is_orm_model(found)


def _on_hidden_base(scope: Scope, owner: f.Expression) -> bool:
    """Tell whether *owner* is a repository whose documented base, which keeps ``db``, is hidden."""
    found = type_of(scope, owner)
    if found is None or found.cls is None or found.is_class:
        return False
    names = scope.module.service.settings.vocabulary.repository_bases
    return any(isinstance(a, External) and a.name in names for a in ancestors(found.cls))


class SessionCall(AtCall, Record, frozen=True):
    """A call of a method of a session."""

    site: CallSite
    receiver: f.Expression
    method: str
    kind: SessionKind
    mistyped: bool = False
    """Whether it is annotated as one of the other kind."""

    @property
    def name(self) -> str:
        """The call as one writes it, without its arguments: ``self.db.commit``."""
        return f"{f.render(self.receiver)}.{self.method}"

    @property
    def is_async(self) -> bool:
        """Tell whether the session is an asynchronous one."""
        return self.kind is SessionKind.ASYNC

    @property
    def blocks(self) -> bool:
        """Tell whether it waits without letting others run, if it waits at all.

        A session that is awaited or entered by ``async with`` somewhere lets them, whatever it is
        annotated with.
        """
        return not (self.is_async or is_awaited_session(self.scope, self.receiver))

    @property
    def is_coroutine(self) -> bool:
        """Tell whether the call gives a coroutine, which does nothing until it is awaited."""
        return self.is_async and self.method in COROUTINES


@by_module
def coroutine_calls(module: Module) -> Iterator[SessionCall]:
    """Return the calls of coroutine methods of asynchronous sessions, in source order."""
    rows = _by_scope(module).values()
    return (call for calls in rows for call in calls if call.is_coroutine)


@question
def _by_scope(module: Module) -> dict[Scope, tuple[SessionCall, ...]]:
    found: dict[Scope, list[SessionCall]] = {}
    for site in methods_called_in(module, *METHODS):
        call = _call_at(site)
        if call is not None:
            found.setdefault(site.scope, []).append(call)
    return {scope: tuple(calls) for scope, calls in found.items()}


def _call_at(site: CallSite) -> SessionCall | None:
    match site.call.function:
        case f.Attribute(value=receiver, name=method) if method in METHODS:
            kind = session_kind(site.scope, receiver)
            if kind is None or _own_method(site.scope, receiver, method):
                return None
            if kind is SessionKind.SYNC and _is_given_asynchronous(site.scope, receiver):
                return SessionCall(site, receiver, method, SessionKind.ASYNC, mistyped=True)
            return SessionCall(site, receiver, method, kind)
    return None


def _own_method(scope: Scope, receiver: f.Expression, method: str) -> bool:
    """Tell whether a session class of the service's own defines *method* anew."""
    found = type_of(scope, receiver)
    if found is None or found.cls is None:
        return False
    return any(isinstance(a, Class) and method in a.bindings for a in ancestors(found.cls))


def is_awaited_session(scope: Scope, session: f.Expression) -> bool:
    """Tell whether *session* is awaited where it is kept, or given by an ``async with``.

    A synchronous one cannot be, so its annotation is wrong.
    """
    if isinstance(session, f.Name):
        symbol = look_up(scope, session.name)
        if isinstance(symbol, Variable):
            if any(isinstance(b, Entered) and b.is_async for b in symbol.bindings):
                return True
    keeper, name = place = _place_of(scope, session)
    service = scope.module.service
    if place in service.memory.ask(("awaited in", keeper), frozenset(), _awaited_in, keeper):
        return True
    return not isinstance(keeper, Function) and place in service.memory.ask(
        ("awaited as", name), frozenset(), _awaited_as, service, name
    )


def _is_given_asynchronous(scope: Scope, session: f.Expression) -> bool:
    """Tell whether all that gives *session*, a dependency or the calls in view, gives such a one.

    A parameter that is annotated as a synchronous one is so wrongly, and what is kept of it.
    """
    if not isinstance(scope, Function):
        return False
    service = scope.module.service
    match session:
        case f.Name(name=name):
            function, called = scope, calls_to(service, scope)
        case f.Attribute(value=f.Name(name=owner), name=kept) if owner == scope.receiver:
            match _kept_as(scope.cls, kept):
                case ((Function(name="__init__") as function, f.Assign(value=f.Name(name=name))),):
                    cls = scope.cls
                    called = calls_to(service, cls, *heirs(service, cls)) if cls else iter(())
                case _:
                    return False
        case _:
            return False
    parameter = next((x for x in function.arguments if x.name == name), None)
    if parameter is None:
        return False
    provided = _kind_provided(function, parameter)
    if provided is not None:
        return provided is SessionKind.ASYNC
    position = function.arguments.index(parameter)
    kinds = {_kind_given(x.scope, x.call.argument(position, parameter.name)) for x in called}
    return kinds == {SessionKind.ASYNC}


def _kept_as(cls: Class | None, name: str) -> tuple[tuple[Function, f.Assign], ...]:
    """Return what puts something into the attribute *name* of objects of *cls*."""
    above = ancestors(cls) if cls is not None else ()
    found = (x.attributes.get(name) for x in above if isinstance(x, Class))
    return next((rows for rows in found if rows), ())


def _kind_given(scope: Scope, value: f.Expression | None) -> SessionKind | None:
    if isinstance(value, f.Name) and isinstance(scope, Function):
        parameter = scope.parameter(value.name)
        provided = _kind_provided(scope, parameter) if parameter is not None else None
        if provided is not None:
            return provided
    return session_kind(scope, value)


def _kind_provided(function: Function, parameter: f.Parameter) -> SessionKind | None:
    """Return which kind of session the dependency of *parameter* gives, whatever that says."""
    outside = function.parent or function
    for where, marker in markers(outside, parameter):
        provider = provider_of(where, marker) if marker is not None else None
        if isinstance(provider, Function):
            return kind_of(function.module.service, result_of(provider))
    return None


def _awaited_in(keeper: Scope) -> frozenset[_Place]:
    """Return where sessions are kept of which *keeper*, or what stands in it, awaits a call."""
    chosen = [site for scope in (keeper, *keeper.walk()) for site in scope.calls]
    return _awaited_places(chosen)


def _awaited_as(service: Service, name: str) -> frozenset[_Place]:
    """Return where sessions are kept of which a call is awaited anywhere, if it says *name*."""
    return _awaited_places(
        site
        for module in saying(service, (name,))
        for site in methods_called_in(module, *METHODS)
        if isinstance(site.call.function, f.Attribute)
        and isinstance(site.call.function.value, f.Name | f.Attribute)
        and site.call.function.value.name == name
    )


def _awaited_places(sites: Iterable[CallSite]) -> frozenset[_Place]:
    return frozenset(
        _place_of(call.scope, call.receiver)
        for site in sites
        if isinstance(site.call.function, f.Attribute) and site.call.function.name in METHODS
        if is_awaited(site)
        for call in [_call_at(site)]
        if call is not None and not call.is_async
    )


def _place_of(scope: Scope, session: f.Expression) -> _Place:
    """Return what keeps *session*: a variable, an attribute of a class, or an expression."""
    match session:
        case f.Name(name=name):
            symbol = look_up(scope, name)
            if isinstance(symbol, Variable):
                return symbol.scope, name
        case f.Attribute(value=owner, name=name):
            found = type_of(scope, owner)
            for ancestor in ancestors(found.cls) if found is not None and found.cls else ():
                if isinstance(ancestor, Class):
                    if name in ancestor.attributes or name in ancestor.bindings:
                        return ancestor, name
    return scope, f.render(session)


def session_calls_of(scope: Scope, *methods: str) -> tuple[SessionCall, ...]:
    """Return the calls of session methods that *scope* itself makes, in source order.

    With *methods* given, just those.
    """
    calls = _by_scope(scope.module).get(scope, ())
    return tuple(call for call in calls if call.method in methods) if methods else calls


@question
def _statements_by_scope(module: Module) -> dict[Scope, tuple[CallSite, ...]]:
    found: dict[Scope, list[CallSite]] = {}
    for site in calls_in(module, *STATEMENTS):
        found.setdefault(site.scope, []).append(site)
    return {
        scope: tuple(sorted(sites, key=lambda x: (x.span.line, x.span.column)))
        for scope, sites in found.items()
    }


def statements_of(scope: Scope) -> tuple[CallSite, ...]:
    """Return the calls with which *scope* begins a statement: ``select(...)``, ``text(...)``."""
    return _statements_by_scope(scope.module).get(scope, ())


def session_parameters(function: Function) -> tuple[tuple[f.Parameter, SessionKind], ...]:
    """Return the parameters of *function* that certainly are sessions."""
    found = ((p, _kind_taken(function, p)) for p in function.parameters)
    return tuple((p, kind) for p, kind in found if kind is not None)


def _kind_taken(function: Function, parameter: f.Parameter) -> SessionKind | None:
    service, found = function.module.service, type_of_parameter(function, parameter)
    if found is None and (function, parameter.name) in _queried(service):
        return SessionKind.SYNC
    return kind_of(service, found)


def session_attributes(cls: Class) -> dict[str, SessionKind]:
    """Return the attributes of *cls*, inherited ones included, that certainly keep a session."""
    found: dict[str, SessionKind] = {}
    for ancestor in ancestors(cls):
        if isinstance(ancestor, Class):
            for name in (*ancestor.attributes, *ancestor.bindings):
                if name not in found and name not in ancestor.methods:
                    given = type_of_attribute(Type(cls), name)
                    kind = kind_of(cls.module.service, given)
                    if given is None and (ancestor, name) in _queried(cls.module.service):
                        kind = SessionKind.SYNC
                    if kind is not None:
                        found[name] = kind
    return found
