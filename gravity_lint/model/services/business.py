"""Classes that do the work, be they services or repositories, and what they do with sessions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import own_dependencies
from gravity_lint.model.api.schemas import is_orm_model
from gravity_lint.model.code.awaiting import is_awaited
from gravity_lint.model.code.bindings import Entered, Iterated, Received
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.names import (
    External,
    Variable,
    ancestors,
    bases,
    inherits,
    look_up,
)
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import decorator_names, is_abstract, is_property
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtClass
from gravity_lint.model.code.types import callee_of, result_of
from gravity_lint.model.code.words import saying
from gravity_lint.model.exceptions.classes import is_exception
from gravity_lint.model.services.sessions import (
    SessionKind,
    session_attributes,
    session_calls_of,
    session_parameters,
    statements_of,
)
from gravity_lint.patterns import pattern

_DATA = (
    "pydantic.BaseModel",
    "sqlmodel.SQLModel",
    "enum.Enum",
    "typing.TypedDict",
    "typing.NamedTuple",
)
PROTOCOLS = ("typing.Protocol", "typing_extensions.Protocol")
"""What is there to be implemented."""
_TELLING = frozenset({"add_all", "scalar", "scalars"})
"""What is called on nothing but a session."""
_WITH_COMMIT = frozenset({"flush", "refresh"})
"""What is called on other things as well, but not on one that is committed."""
_SCAFFOLDS = pattern(r"(?:Abstract|Base)(?:[^a-z].*)?|.*(?:Base|Mixin)")


class BusinessClass(AtClass, Record, frozen=True):
    """A class of services or repositories."""

    cls: Class

    @property
    def name(self) -> str:
        """The bare name of the class."""
        return self.cls.name

    @property
    def layer(self) -> Layer:
        """The layer of the file."""
        return layer_of(self.module)

    @property
    def methods(self) -> tuple[Function, ...]:
        """The functions in the class body, each definition of an overloaded one included."""
        return tuple(x for x in self.cls.definitions if isinstance(x, Function))

    @cached_property
    def documented_methods(self) -> tuple[Function, ...]:
        """The public methods that a docstring is owed: not the other halves of a property."""
        other = ("setter", "deleter", "overload")
        return tuple(
            method
            for method in self.methods
            if method.public and not any(name in other for name in decorator_names(method))
        )

    @cached_property
    def kept(self) -> dict[str, SessionKind]:
        """The attributes that keep a session, inherited ones included."""
        return session_attributes(self.cls)

    @cached_property
    def unannotated(self) -> tuple[str, ...]:
        """The attributes that are used as a session though no annotation says so."""
        called: dict[str, set[str]] = {}
        for attribute, name, site in self._asked:
            queried = name == "execute" and bool(statements_of(site.scope))
            called.setdefault(attribute, set()).add("scalars" if queried else name)
        return tuple(
            attribute
            for attribute, names in called.items()
            if (
                names & _TELLING
                or ("commit" in names and (names & _WITH_COMMIT or attribute.endswith("session")))
            )
            and self._is_received(attribute)
        )

    @cached_property
    def unannotated_awaited(self) -> tuple[str, ...]:
        """Those of them that certainly keep an asynchronous session: something awaits it."""
        awaited = {attribute for attribute, _, site in self._asked if is_awaited(site)}
        return tuple(attribute for attribute in self.unannotated if attribute in awaited)

    @cached_property
    def _asked(self) -> tuple[tuple[str, str, CallSite], ...]:
        """The calls of what methods are kept on, not known as a session: attribute, name, site."""
        found = []
        for method in self.methods:
            for site in method.calls:
                match site.call.function:
                    case f.Attribute(
                        value=f.Attribute(value=f.Name(name=owner), name=attribute), name=name
                    ) if owner == method.receiver and attribute not in self.kept:
                        found.append((attribute, name, site))
        return tuple(found)

    def _is_received(self, attribute: str) -> bool:
        """Tell whether the class keeps a parameter of unknown type as *attribute*, and no more."""
        rows = self.cls.attributes.get(attribute, ())
        return len(rows) == 1 and self._unknown_parameter(*rows[0]) is not None

    def _unknown_parameter(self, method: Function, assign: f.Assign) -> f.Parameter | None:
        if not isinstance(assign.value, f.Name) or assign.annotation is not None:
            return None
        parameter = method.parameter(assign.value.name)
        if parameter is None or parameter.annotation is None:
            return parameter
        outside = method.parent or method.module
        symbol = look_up(outside, getattr(parameter.annotation, "name", ""))
        vague = isinstance(symbol, External) and symbol.path in ("typing.Any", "builtins.object")
        return parameter if vague else None

    @cached_property
    def takers(self) -> tuple[Function, ...]:
        """The methods, ``__init__`` aside, that are given a session with each call."""
        return tuple(m for m in self.methods if m.name != "__init__" and session_parameters(m))

    @cached_property
    def fetchers(self) -> tuple[Function, ...]:
        """The methods that neither receive their session nor find it on the object."""
        return tuple(m for m in self.methods if any(True for _ in _fetched(m)))

    @cached_property
    def openers(self) -> tuple[Function, ...]:
        """Those of them that open a session of their own."""
        return tuple(
            method
            for method in self.fetchers
            if any(call is None or not _hands_on(method, call) for call in _fetched(method))
        )

    @property
    def is_dependency(self) -> bool:
        """Tell whether FastAPI calls its methods, and gives them their session."""
        takers = [method for method in self.takers if method.public or method.name == "__call__"]
        return bool(takers) and not self.kept and all(map(is_given_session, takers))

    @property
    def has_session(self) -> bool:
        """Tell whether the class certainly works with a session."""
        return bool(self.kept or self.unannotated or self.takers or self.fetchers)

    @property
    def uses_session(self) -> bool:
        """Tell whether it does anything with its session.

        A method may only have to take one, or give it to the object that it makes.
        """
        return bool(self.kept or self.unannotated or self.fetchers) or any(
            _mentions(method, parameter.name) and not makes_with(method, parameter)
            for method in self.takers
            for parameter, _ in session_parameters(method)
        )

    @property
    def runs_statements(self) -> bool:
        """Tell whether a method begins a statement (``select(...)``)."""
        return any(statements_of(method) for method in self.methods)

    @cached_property
    def is_interface(self) -> bool:
        """Tell whether the class only says what others offer: a ``Protocol``, an abstract class."""
        if is_protocol(self.cls) or any(is_abstract(method) for method in self.methods):
            return True
        return any(isinstance(b, External) and b.path == "abc.ABC" for b in bases(self.cls))

    @property
    def is_scaffold(self) -> bool:
        """Tell whether the class is there to be inherited, by its name or its abstract methods."""
        return _SCAFFOLDS.fullmatch(self.name) is not None or self.is_interface

    @property
    def offers_methods(self) -> bool:
        """Tell whether the class, or one that it inherits in the service, has public methods.

        A property tells of an object, and does nothing.
        """
        return any(
            isinstance(ancestor, Class)
            and any(m.public and not is_property(m) for m in ancestor.methods.values())
            for ancestor in ancestors(self.cls)
        )


def is_given_session(method: Function) -> bool:
    """Tell whether each session that *method* takes, if any, is one that FastAPI gives it."""
    given = {id(dependency.parameter) for dependency in own_dependencies(method)}
    return all(id(parameter) in given for parameter, _ in session_parameters(method))


def is_prescribed(method: Function) -> bool:
    """Tell whether an interface has *method* take its session: it is part of one, or offers one.

    That is an abstract method, of the class or of one that it inherits, or a protocol of the
    service whose methods the class has.
    """
    cls = method.cls
    if cls is None:
        return False
    if is_abstract(method):
        return True
    above = [x for x in ancestors(cls) if isinstance(x, Class) and x is not cls]
    return any(
        (is_abstract(other) or is_protocol(interface)) and session_parameters(other)
        for interface in (*above, *_protocols(cls.module.service).get(method.name, ()))
        if (other := interface.methods.get(method.name)) is not None
        and (interface in above or all(name in cls.methods for name in interface.methods))
    )


@query
def _protocols(service: Service) -> dict[str, list[Class]]:
    """Return the protocols of the service, by the methods that they prescribe."""
    found: dict[str, list[Class]] = {}
    for module in saying(service, ("Protocol",)):
        for cls in module.classes:
            if is_protocol(cls):
                for name in cls.methods:
                    found.setdefault(name, []).append(cls)
    return found


def _mentions(function: Function, name: str) -> list[f.Name]:
    return [
        mention.expression
        for scope in (function, *function.walk())
        for mention in scope.contents.mentions(name)
        if isinstance(mention.expression, f.Name)
    ]


def makes_with(method: Function, session: f.Parameter) -> bool:
    """Tell whether *method* only gives its *session* to the object of a class that it returns.

    It may have to look for that class first: ``self._services[kind](db)``.
    """
    made = result_of(method)
    if made is None or made.cls is None or is_data(made.cls):
        return False
    returned = [x.value for _, x in method.returned if x.value is not None]
    given = {
        id(argument)
        for site in method.calls
        if _may_make(method, site.call) and _is_among(site, returned)
        for argument in site.call.given
    }
    mentioned = _mentions(method, session.name)
    return bool(mentioned) and all(id(mention) in given for mention in mentioned)


def _may_make(method: Function, call: f.Call) -> bool:
    """Tell whether *call* makes an object of a class, or calls what may be one: no method."""
    callee = callee_of(method, call)
    hidden = not isinstance(callee, Function | External)
    return isinstance(callee, Class) or (hidden and not isinstance(call.function, f.Attribute))


def _is_among(site: CallSite, returned: list[f.Expression]) -> bool:
    """Tell whether what the call at *site* gives is *returned* itself, also under a name."""
    ways = f.Boolean | f.Conditional
    if isinstance(site.step.statement, f.Return):
        return all(isinstance(x, ways) for x in site.around)
    kept = site.bound_name
    return kept is not None and any(f.is_name(x, kept) for x in returned)


def _fetched(method: Function) -> Iterator[f.Call | None]:
    """Yield what gives each session that *method* does not receive, None where one is entered."""
    for call in session_calls_of(method):
        if isinstance(call.receiver, f.Name):
            symbol = look_up(method, call.receiver.name)
            if isinstance(symbol, Variable) and not isinstance(symbol.scope, Class):
                binding = symbol.bindings[0] if len(symbol.bindings) == 1 else None
                if isinstance(binding, Entered | Iterated):
                    yield None
                elif not isinstance(binding, Received) and isinstance(symbol.value, f.Call):
                    yield symbol.value


_HANDING_ON = (
    "contextvars.ContextVar.get",
    "sqlalchemy.ext.asyncio.async_object_session",
    "sqlalchemy.orm.object_session",
    "typing.cast",
)
"""What gives a session that somebody else has opened."""


def _hands_on(scope: Scope, call: f.Call, depth: int = 3) -> bool:
    """Tell whether *call* certainly gives what is there: an attribute of the object, an argument.

    The checks that a method makes before it returns ``self.db`` open nothing.
    """
    callee = callee_of(scope, call)
    if isinstance(callee, External):
        return callee.path in _HANDING_ON
    if not isinstance(callee, Function) or callee.is_generator or not depth:
        return False
    given = [returned.value for _, returned in callee.returned if not f.is_none(returned.value)]
    return bool(given) and all(_is_there(callee, value, depth - 1) for value in given)


def _is_there(function: Function, value: f.Expression | None, depth: int) -> bool:
    match value:
        case f.Call():
            return _hands_on(function, value, depth)
        case f.Attribute(value=f.Name(name=owner)):
            return owner == function.receiver
        case f.Name(name=name):
            return function.parameter(name) is not None and len(function.bindings[name]) == 1
    return False


def is_protocol(cls: Class) -> bool:
    """Tell whether *cls* is a protocol: not a class that implements one."""
    return any(isinstance(b, External) and b.path in PROTOCOLS for b in bases(cls))


def is_data(cls: Class) -> bool:
    """Tell whether *cls* is a schema, an ORM model, an enumeration, an exception: no worker."""
    return (
        inherits(cls, *_DATA) is True
        or is_orm_model(cls)
        or is_exception(cls.module.service, cls) is True
    )
