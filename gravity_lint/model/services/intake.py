"""How a service class comes by its session."""

from __future__ import annotations

import enum

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.code.handing import handed_over
from gravity_lint.model.code.names import (
    External,
    ancestors,
    path_of,
    resolve,
)
from gravity_lint.model.code.scopes import Class, Function
from gravity_lint.model.code.signatures import decorator_names
from gravity_lint.model.code.types import callee_of, type_of, type_of_parameter
from gravity_lint.model.services.business import is_prescribed, makes_with
from gravity_lint.model.services.lifetimes import made_for_all
from gravity_lint.model.services.service_classes import ServiceClass
from gravity_lint.model.services.sessions import (
    SessionKind,
    session_calls_of,
    session_kind,
    session_parameters,
)
from gravity_lint.sources.spans import Span

_FIELDS = (
    "dataclasses.dataclass",
    "pydantic.dataclasses.dataclass",
    "attr.s",
    "attr.define",
    "attr.frozen",
    "attr.dataclass",
    "attrs.define",
    "attrs.frozen",
)
_FACTORIES = (
    "sqlalchemy.ext.asyncio.async_sessionmaker",
    "sqlalchemy.orm.sessionmaker",
    "typing.Callable",
    "sqlalchemy.ext.asyncio.AsyncEngine",
)


class Way(enum.Enum):
    """The ways in which a service can come by a session."""

    KEPT = "kept"
    """The constructor takes it, annotated, and keeps it."""
    DROPPED = "dropped"
    """The constructor takes it and does nothing with it."""
    UNANNOTATED = "unannotated"
    """The constructor takes and keeps it, but no annotation says so."""
    MISANNOTATED = "misannotated"
    """The constructor takes what is awaited as a session under another annotation."""
    PER_CALL = "per call"
    """A method is given it."""
    AGAIN = "again"
    """A method is given it, though the constructor takes and keeps one without annotation."""
    OWN = "own"
    """The service opens one itself."""


class Intake(msgspec.Struct, frozen=True):
    """The *way*, the parameter or method that shows it (*name*), and where that stands.

    *parameter* is what the method is given its session as.
    """

    way: Way
    name: str = ""
    at: Span | None = None
    parameter: str = ""


def intake_of(service: ServiceClass) -> Intake | None:
    """Return how the class comes by its asynchronous session; None if it has none or who knows.

    Not judged are a constructor that hands the session on to something that it
    keeps (a repository), one that takes a session factory, and one that comes
    from outside the service; nor is what opens a session in a method that is
    given to somebody else to call, or takes one where an interface has it do so.
    """
    kept = [name for name, kind in service.kept.items() if kind is SessionKind.ASYNC]
    constructor, known = _constructor(service.cls)
    if constructor is None:
        if kept and _takes_fields(service.cls):
            return Intake(Way.KEPT)
        if not known:
            return None
    else:
        found = _by_constructor(service, constructor, bool(kept))
        if found is not None or _takes_factory(service, constructor):
            return found
        if session_parameters(constructor):
            return None
    if kept:
        return _kept_otherwise(service, kept)
    if _is_filled_by_decorators(service.cls):
        return None
    for method in service.takers:
        # A private method passes on what a public one came by in some other way.
        if (not method.public and method.name != "__call__") or _makes(method):
            continue
        if is_prescribed(method):
            continue
        for parameter, kind in session_parameters(method):
            if kind is SessionKind.ASYNC and not makes_with(method, parameter):
                again = constructor is not None and _keeps_bare(constructor, parameter.name)
                way = Way.AGAIN if again else Way.PER_CALL
                return Intake(way, method.name, parameter.span, parameter.name)
    for method in service.openers:
        if any(call.is_async for call in session_calls_of(method)):
            # Who is called for every event of a program outlives each session.
            if handed_over(method):
                return None
            return Intake(Way.OWN, method.name, method.span)
    return None


def _is_filled_by_decorators(cls: Class) -> bool:
    """Tell whether an object of *cls* is a registry: what its decorators put in, it must keep.

    A module makes it as it is loaded, before there is any session.
    """
    decorating = any(
        isinstance(value, f.Name) and value.name in {x.name for x in method.definitions}
        for method in cls.methods.values()
        for value in (statement.value for _, statement in method.returned)
    )
    return decorating and bool(made_for_all(cls))


def _constructor(cls: Class) -> tuple[Function | None, bool]:
    """Return the ``__init__`` of *cls*, and whether it is known that there is no other."""
    known = True
    for ancestor in ancestors(cls):
        if isinstance(ancestor, Class):
            if "__init__" in ancestor.methods:
                return ancestor.methods["__init__"], known
        elif ancestor is None:
            known = False
    return None, known


def _takes_fields(cls: Class) -> bool:
    """Tell whether the annotated fields of *cls* become the parameters of its constructor."""
    for ancestor in ancestors(cls):
        if isinstance(ancestor, Class):
            for decorator in ancestor.decorators:
                named = f.called(decorator)
                symbol = resolve(ancestor.parent or ancestor.module, named)
                if isinstance(symbol, External) and symbol.path in _FIELDS:
                    return True
    return False


def _by_constructor(service: ServiceClass, init: Function, kept: bool) -> Intake | None:
    parameters = session_parameters(init)
    for parameter, kind in parameters:
        if kind is SessionKind.ASYNC:
            if kept and parameter.annotation is None:
                return Intake(Way.UNANNOTATED, parameter.name, parameter.span)
            if kept:
                return Intake(Way.KEPT)
            return (
                None
                if _uses(init, parameter)
                else Intake(Way.DROPPED, parameter.name, parameter.span)
            )
        if any(_awaits_session(method) for method in service.methods):
            return Intake(Way.MISANNOTATED, parameter.name, parameter.span)
    for attribute in service.unannotated_awaited:
        for method, assign in service.cls.attributes[attribute]:
            if method is init and isinstance(assign.value, f.Name):
                parameter_ = init.parameter(assign.value.name)
                if parameter_ is not None:
                    return Intake(Way.UNANNOTATED, parameter_.name, parameter_.span)
    return None


def _keeps_bare(init: Function, name: str) -> bool:
    """Tell whether *init* takes a *name* without annotation and keeps it on the object."""
    parameter = init.parameter(name)
    if parameter is None or parameter.annotation is not None or init.cls is None:
        return False
    return any(
        method is init and isinstance(assign.value, f.Name) and assign.value.name == name
        for rows in init.cls.attributes.values()
        for method, assign in rows
    )


def _uses(function: Function, parameter: f.Parameter) -> bool:
    return any(
        isinstance(x, f.Name) and x.name == parameter.name
        for step in function.steps
        for x in step.parts
    )


def _awaits_session(method: Function) -> bool:
    """Tell whether *method* awaits what it calls on a session that is annotated as synchronous."""
    return any(
        call.kind is SessionKind.SYNC and call.site.awaited for call in session_calls_of(method)
    )


def _makes(method: Function) -> bool:
    """Tell whether *method* is another constructor: a class method that gives an instance."""
    if "classmethod" not in decorator_names(method):
        return False
    outside = method.parent or method.module
    if path_of(outside, method.returns) in ("typing.Self", "typing_extensions.Self"):
        return True
    made = [type_of(method, returned.value) for _, returned in method.returned]
    return any(found is not None and found.cls is method.cls for found in made)


def _takes_factory(service: ServiceClass, init: Function) -> bool:
    """Tell whether the constructor takes what makes sessions: a factory, an engine, a callable.

    Without an annotation it is one if it is kept and called for a context manager.
    """
    found = [type_of_parameter(init, parameter) for parameter in init.arguments]
    if any(x is not None and x.path in _FACTORIES for x in found):
        return True
    if any(_opens_through(method, init) for method in service.openers):
        return True
    if None not in found:
        return False
    for method in service.methods:
        for step in method.steps:
            for expression in step.expressions:
                match step.statement, expression:
                    case f.With(), f.Call(function=f.Attribute(value=f.Name(name=owner))):
                        if owner == method.receiver:
                            return True
    return False


def _opens_through(method: Function, init: Function) -> bool:
    """Tell whether *method* opens its session with something that *init* was given and keeps."""
    for step in method.steps:
        for expression in step.expressions if isinstance(step.statement, f.With) else ():
            match expression:
                case f.Call(
                    function=f.Attribute(value=f.Attribute(value=f.Name(name=owner), name=kept))
                ) if owner == method.receiver and init.cls is not None:
                    rows = init.cls.attributes.get(kept, ())
                    given = [x.value for where, x in rows if where is init]
                    if any(isinstance(x, f.Name) and init.parameter(x.name) for x in given):
                        return True
    return False


def _kept_otherwise(service: ServiceClass, kept: list[str]) -> Intake | None:
    """Return what is known of a session that is kept though the constructor does not take it."""
    for name in kept:
        for method, assign in service.cls.attributes.get(name, ()):
            if isinstance(assign.value, f.Call) and session_kind(method, assign.value):
                callee = callee_of(method, assign.value)
                if isinstance(callee, Function) and callee.is_async:
                    continue  # a coroutine that nobody awaits, and no session
                return Intake(Way.OWN, method.name, assign.span)
    return None
