"""The classes that do the work: services and repositories, and how they come by their session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import own_dependencies
from gravity_lint.model.api.registration import api_modules
from gravity_lint.model.api.schemas import is_orm_model
from gravity_lint.model.code.awaiting import is_awaited
from gravity_lint.model.code.bindings import Entered, Imported, Iterated, Received
from gravity_lint.model.code.layers import Layer, in_app, layer_of
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import (
    External,
    Variable,
    ancestors,
    bases,
    class_member,
    inherits,
    look_up,
    path_of,
    resolve,
)
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import decorator_names, is_abstract, is_property
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtClass
from gravity_lint.model.code.types import callee_of, result_of, type_of_parameter
from gravity_lint.model.code.words import saying
from gravity_lint.model.exceptions.classes import is_exception
from gravity_lint.model.services.sessions import (
    QUERYING,
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
_WITHOUT_ENTITIES = frozenset(
    {"begin", "close", "commit", "execute", "flush", "rollback", "scalar", "scalars", "stream"}
)
"""What one asks a session for who keeps nothing in it."""
_PROTOCOLS = ("typing.Protocol", "typing_extensions.Protocol")
_MAKERS = ("sqlalchemy.ext.asyncio.async_sessionmaker", "sqlalchemy.orm.sessionmaker")
_SLICES = ("service", "services")
_TELLING = frozenset({"add_all", "scalar", "scalars"})
"""What is called on nothing but a session."""
_WITH_COMMIT = frozenset({"flush", "refresh"})
"""What is called on other things as well, but not on one that is committed."""

_CONNECTIONS = (
    "sqlalchemy.Connection",
    "sqlalchemy.engine.Connection",
    "sqlalchemy.ext.asyncio.AsyncConnection",
)
_SCAFFOLDS = pattern(r"(?:Abstract|Base)(?:[^a-z].*)?|.*(?:Base|Mixin)")
_ENDING = frozenset({"aclose", "begin", "close", "commit", "flush", "remove", "rollback"})
"""What is called on a session around the work that others do with it."""


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
        return bool(takers) and not self.kept and all(map(_is_given_session, takers))

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


def _is_given_session(method: Function) -> bool:
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
    match site.step.statement:
        case f.Assign(targets=(f.Name(name=kept),), value=value) if value is site.call:
            return any(isinstance(x, f.Name) and x.name == kept for x in returned)
    return False


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
    return any(isinstance(b, External) and b.path in _PROTOCOLS for b in bases(cls))


def is_data(cls: Class) -> bool:
    """Tell whether *cls* is a schema, an ORM model, an enumeration, an exception: no worker."""
    return (
        inherits(cls, *_DATA) is True
        or is_orm_model(cls)
        or is_exception(cls.module.service, cls) is True
    )


# -- services --------------------------------------------------------------------------------


class ServiceClass(BusinessClass, Record, frozen=True):
    """A class of the service layer, or one that is named like it."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How the names of services end."""
        return self.module.service.settings.vocabulary.service_suffixes

    @property
    def well_named(self) -> bool:
        """Tell whether the name ends as those of services do."""
        return self.name.endswith(self.suffixes)

    @property
    def in_layer(self) -> bool:
        """Tell whether it stands in the services layer."""
        return self.layer is Layer.SERVICES

    @property
    def in_slice(self) -> bool:
        """Tell whether its file is the services layer of one slice: ``app/users/service.py``."""
        return _is_of_slice(self.module)

    @property
    def is_misplaced(self) -> bool:
        """Tell whether it works with a session, is called a service, and stands among no others."""
        works = self.uses_session and self.offers_methods
        return works and self.well_named and not (self.in_layer or self.in_slice)

    @property
    def among_slices(self) -> bool:
        """Tell whether the others have their business logic slice by slice, and no layer for it."""
        return _has_slices(self.module.service)


def _is_of_slice(module: Module) -> bool:
    return any(part in _SLICES for part in module.relative.removesuffix(".py").split("/"))


@query
def _has_slices(service: Service) -> bool:
    app = [module for module in service.modules if in_app(module)]
    layered = any(layer_of(module) is Layer.SERVICES for module in app)
    return not layered and any(map(_is_of_slice, app))


@by_module
def service_classes(module: Module) -> Iterator[ServiceClass]:
    """Return the service classes of the app.

    In the services layer, the public classes that are named like services or
    work with a session; elsewhere, those that are named so and have one, if it is not FastAPI that
    gives it to them. Protocols are none, nor are schemas, models and exceptions.
    """
    suffixes = module.service.settings.vocabulary.service_suffixes
    in_layer = layer_of(module) is Layer.SERVICES
    for cls in module.classes if in_app(module) else ():
        named = cls.name.endswith(suffixes)
        if not cls.public or not (named or in_layer) or isinstance(cls.parent, Function):
            continue
        found = ServiceClass(cls)
        if is_data(cls) or is_protocol(cls) or (found.is_dependency and not in_layer):
            continue
        works = found.has_session and found.offers_methods and not _has_other_part(cls)
        if works or (in_layer and named):
            yield found


def _has_other_part(cls: Class) -> bool:
    """Tell whether *cls* plays another part.

    It is a repository, a unit of work that is entered, what the web framework asks for (an
    authentication backend, a middleware), or what everybody has their sessions from.
    """
    if _lends_sessions(cls):
        return True
    vocabulary = cls.module.service.settings.vocabulary
    if cls.name.endswith(vocabulary.service_suffixes):
        return False
    entered = any(class_member(cls, name) is not None for name in ("__enter__", "__aenter__"))
    asked_for = any(
        isinstance(x, External) and x.path.partition(".")[0] in ("fastapi", "starlette")
        for x in ancestors(cls)
    )
    return entered or asked_for or cls.name.endswith(vocabulary.repository_suffixes)


def _lends_sessions(cls: Class) -> bool:
    """Tell whether *cls* makes the factory of sessions, and yields what that makes to others."""
    return any(method.is_generator for method in cls.methods.values()) and any(
        isinstance(assign.value, f.Call) and path_of(method, assign.value.function) in _MAKERS
        for rows in cls.attributes.values()
        for method, assign in rows
    )


# -- repositories ----------------------------------------------------------------------------


class RepositoryClass(BusinessClass, Record, frozen=True):
    """A class of the repositories layer, or one that is named like it."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How the names of repositories end."""
        return self.module.service.settings.vocabulary.repository_suffixes

    @property
    def base_names(self) -> tuple[str, ...]:
        """What this team calls the base of its repositories."""
        return self.module.service.settings.vocabulary.repository_bases

    @property
    def well_named(self) -> bool:
        """Tell whether the name ends as those of repositories do."""
        return self.name.endswith(self.suffixes)

    @property
    def in_layer(self) -> bool:
        """Tell whether it stands in the repositories layer."""
        return self.layer is Layer.REPOSITORIES

    @property
    def is_service(self) -> bool:
        """Tell whether it is called a service, and does what services do."""
        suffixes = self.module.service.settings.vocabulary.service_suffixes
        return self.name.endswith(suffixes) and any(
            found.cls is self.cls for found in service_classes.of(self.module)
        )

    @property
    def is_scaffold(self) -> bool:
        """Tell whether it is there to be inherited: not for one model, and by nobody."""
        settled = _open_base(self.cls) is not None and not (self.is_open or self.is_interface)
        return super().is_scaffold and (not settled or bool(heirs(self.module.service, self.cls)))

    @property
    def is_base(self) -> bool:
        """Tell whether it is the base of all repositories itself."""
        return self.name in self.base_names

    @cached_property
    def reaches_base(self) -> bool | None:
        """Tell whether it inherits the base of all repositories; None if that is not knowable."""
        unknown = False
        for ancestor in list(ancestors(self.cls))[1:]:
            if ancestor is None:
                unknown = True
            elif ancestor.name in self.base_names:
                return True
        return None if unknown else False

    @property
    def lacks_base(self) -> bool:
        """Tell whether it certainly works on the database and has not the base that it needs.

        What is only there to be inherited has heirs to be told.
        """
        return (
            self.reaches_base is False
            and self.on_database
            and not (self.is_open or self.is_interface or self.is_base)
            and not (self.speaks_sql or self.on_connection or self.only_builds or self.only_ends)
            and not (self.is_scaffold and heirs(self.module.service, self.cls))
            and not self._is_beside_base
        )

    @property
    def _is_beside_base(self) -> bool:
        """Tell whether it awaits nothing, and the base of the service has coroutines only."""
        bases = [
            cls
            for module in saying(self.module.service, self.base_names)
            for cls in module.classes
            if cls.name in self.base_names
        ]
        shared = [m for cls in bases for m in cls.methods.values() if m.name != "__init__"]
        return (
            bool(shared)
            and all(method.is_async for method in shared)
            and bool(self.cls.methods)
            and not any(method.is_async for method in self.cls.methods.values())
        )

    @property
    def finds_base(self) -> bool:
        """Tell whether the service has a base of repositories, of its own or imported."""
        return _has_base(self.module.service)

    @cached_property
    def other_base(self) -> Class | None:
        """The generic class of the service that is given its model, under a name of its own.

        That at the head of its bases: what stands between is a repository as the others are, and
        what is abstract above only says what it offers.
        """
        base = _open_base(self.cls)
        while base is not None and (above := _open_base(base)) is not None and above is not base:
            if any(map(is_abstract, RepositoryClass(above).methods)):
                break
            base = above
        return base

    @property
    def plain_base(self) -> Class | None:
        """The class on the database that it inherits, a base by its name, and takes no model."""
        above = [x for x in list(ancestors(self.cls))[1:] if isinstance(x, Class)]
        found = [x for x in map(RepositoryClass, above) if x.on_database and x.is_scaffold]
        return found[-1].cls if found and not any(map(_is_open, above)) else None

    @property
    def usual_base(self) -> Class | None:
        """The generic class, under a name of its own, that most repositories of the service have.

        None where one is called as the base is.
        """
        return None if self.finds_base else _usual_base(self.module.service)

    @cached_property
    def only_builds(self) -> bool:
        """Tell whether it makes statements that others run: it has nothing to run them with."""
        return (
            self.runs_statements
            and not self.has_session
            and not any(method.is_async for method in self.methods)
            and not any(
                isinstance(site.call.function, f.Attribute) and site.call.function.name in QUERYING
                for method in self.methods
                for site in method.calls
            )
        )

    @cached_property
    def on_connection(self) -> bool:
        """Tell whether what it is given is a connection, which gives rows and knows no entities."""
        given = (
            type_of_parameter(method, parameter)
            for method in self.methods
            for parameter in method.arguments
        )
        return not self.has_session and any(
            found is not None and found.is_a(*_CONNECTIONS) for found in given
        )

    @cached_property
    def only_ends(self) -> bool:
        """Tell whether it only ends transactions of what it keeps, as a unit of work does."""
        called = {call.method for method in self.methods for call in session_calls_of(method)}
        alone = bool(self.kept) and not self.takers and not self.runs_statements
        return alone and bool(called) and called <= _ENDING

    @cached_property
    def closed_base(self) -> Class | None:
        """The base of all repositories if it is in view and not generic: it takes no model."""
        found = [a for a in ancestors(self.cls) if a is not None and a.name in self.base_names]
        base = found[0] if found else None
        return base if isinstance(base, Class) and not _may_be_open(base) else None

    @property
    def parameters_of_base(self) -> tuple[str, ...]:
        """The names of the types that the base takes; empty where that is not known."""
        above = list(ancestors(self.cls))[1:]
        base = next((a for a in above if a is not None and a.name in self.base_names), None)
        return _type_parameters(base) if isinstance(base, Class) else ()

    @property
    def closed_home(self) -> Class | None:
        """The one class that is called as the base of all repositories, if it takes no model."""
        names = self.base_names
        found = [
            cls
            for module in saying(self.module.service, names)
            for cls in module.classes
            if cls.name in names
        ]
        return found[0] if len(found) == 1 and not _may_be_open(found[0]) else None

    @property
    def on_database(self) -> bool:
        """Tell whether the class certainly works on the database."""
        return self.has_session or self.runs_statements

    @property
    def speaks_sql(self) -> bool:
        """Tell whether it asks its session in texts of SQL only, and so gets rows, not entities."""
        begun = [
            path_of(site.scope, site.call.function)
            for method in self.methods
            for site in statements_of(method)
        ]
        calls = (call.method for method in self.methods for call in session_calls_of(method))
        return (
            bool(begun)
            and all(path == "sqlalchemy.text" for path in begun)
            and all(method in _WITHOUT_ENTITIES for method in calls)
        )

    @property
    def keeps_entities(self) -> bool:
        """Tell whether it may keep entities in a database.

        It does, or what it inherits may, or it has nothing of its own that says what it keeps.
        """
        above = list(ancestors(self.cls))[1:]
        base = next((a for a in above if a is None or a.name in self.base_names), None)
        if not isinstance(base, Class) or not self.cls.methods:
            return True
        return self.on_database or RepositoryClass(base).on_database

    @cached_property
    def names_model(self) -> bool | None:
        """Tell whether the base is given the model that it works on; None if not knowable."""
        return _names_model(self.cls, self.base_names)

    @cached_property
    def in_slice(self) -> bool:
        """Tell whether its file is the repositories layer of one slice: ``users/repository.py``."""
        parts = self.module.relative.removesuffix(".py").split("/")
        return any(part in ("repository", "repositories") for part in parts)

    @property
    def is_open(self) -> bool:
        """Tell whether it is generic: a base for others, who name the model."""
        return _is_open(self.cls)


def _open_base(cls: Class) -> Class | None:
    """Return the generic class with methods that *cls* inherits and gives a type argument."""
    for base, symbol in zip(cls.definition.bases, bases(cls), strict=True):
        if isinstance(base, f.Subscript) and isinstance(symbol, Class) and _is_open(symbol):
            return symbol if symbol.methods else None
    return None


@query
def _has_base(service: Service) -> bool:
    names = service.settings.vocabulary.repository_bases
    return any(
        any(cls.name in names for cls in module.classes)
        or any(
            isinstance(step.statement, f.Import) and step.statement.name in names
            for step in module.steps
        )
        for module in saying(service, names)
    )


@query
def _usual_base(service: Service) -> Class | None:
    found = [x.other_base for x in repository_classes(service) if x.lacks_base]
    counted = Counter(base for base in found if base is not None)
    return counted.most_common(1)[0][0] if counted else None


def _names_model(cls: Class, base_names: tuple[str, ...]) -> bool | None:
    verdicts: list[bool | None] = []
    for base, symbol in zip(cls.definition.bases, bases(cls), strict=True):
        if not isinstance(symbol, Class | External):
            continue
        given = _is_parametrised(cls, base, symbol)
        if symbol.name in base_names:
            foreign = isinstance(symbol, External) and not _is_own(cls, symbol)
            verdicts.append(None if given is False and foreign else given)
        elif isinstance(symbol, Class) and any(
            a is not None and a.name in base_names for a in ancestors(symbol)
        ):
            verdicts.append(given if _is_open(symbol) else _names_model(symbol, base_names))
    if True in verdicts:
        return True
    return None if None in verdicts or cls.definition.keywords else False


def _is_parametrised(cls: Class, base: f.Expression, symbol: Class | External) -> bool | None:
    """Tell whether *base* gives type arguments; None where an alias may do it elsewhere."""
    if isinstance(base, f.Subscript):
        return True
    assert cls.parent is not None
    if isinstance(base, f.Name) and base.name != symbol.name:
        bindings = cls.parent.bindings.get(base.name, ())
        if not all(isinstance(b, Imported) and b.fact.name == symbol.name for b in bindings):
            return None
    return False


def _is_own(cls: Class, symbol: External) -> bool:
    """Tell whether *symbol* would be a module of the service's own package, were it in view."""
    return symbol.path.partition(".")[0] == cls.module.name.partition(".")[0]


def _is_open(cls: Class) -> bool:
    """Tell whether *cls* is itself generic: its subclasses give the type argument."""
    if cls.definition.type_parameters:
        return True
    assert cls.parent is not None
    for base in cls.definition.bases:
        if isinstance(base, f.Subscript):
            if path_of(cls.parent, base.value) in ("typing.Generic", *_PROTOCOLS):
                return True
            if any(_is_type_variable(cls.parent, index) for index in base.indices):
                return True
    return False


def _type_parameters(cls: Class) -> tuple[str, ...]:
    """Return the names of the types that the generic class *cls* takes, in order."""
    if cls.definition.type_parameters:
        return tuple(cls.definition.type_parameters)
    assert cls.parent is not None
    found: dict[str, None] = {}
    for base in cls.definition.bases:
        if isinstance(base, f.Subscript):
            own = {
                f.render(index): None
                for index in base.indices
                if _is_type_variable(cls.parent, index)
            }
            if path_of(cls.parent, base.value) in ("typing.Generic", *_PROTOCOLS):
                return tuple(own)
            found |= own
    return tuple(found)


def _may_be_open(cls: Class) -> bool:
    """Tell whether *cls* may take a type argument, of its own or from an ancestor."""
    return any(a is None or (isinstance(a, Class) and _is_open(a)) for a in ancestors(cls))


def _is_type_variable(scope: Scope, expression: f.Expression) -> bool:
    symbol = resolve(scope, expression)
    if not isinstance(symbol, Variable) or not isinstance(symbol.value, f.Call):
        return False
    made = path_of(symbol.scope, symbol.value.function)
    return made in ("typing.TypeVar", "typing_extensions.TypeVar")


@by_module
def repository_classes(module: Module) -> Iterator[RepositoryClass]:
    """Return the repository classes of the app.

    In the repositories layer and in files called ``repository.py``, the classes
    that are named like repositories; everywhere, those that are named so, and
    in the layer any, that work on the database or inherit the base of all
    repositories. A working copy of git is none, nor are schemas and models.
    """
    suffixes = module.service.settings.vocabulary.repository_suffixes
    in_layer = layer_of(module) is Layer.REPOSITORIES
    for cls in module.classes if in_app(module) else ():
        named = cls.name.endswith(suffixes)
        if not (named or in_layer) or isinstance(cls.parent, Function) or is_data(cls):
            continue
        found = RepositoryClass(cls)
        at_home = found.in_layer or found.in_slice
        if (named and at_home) or found.reaches_base or found.on_database or found.on_connection:
            yield found


# -- both ------------------------------------------------------------------------------------


@by_module
def business_methods(module: Module) -> Iterable[Function]:
    """Return the methods of service and repository classes, each once."""
    return {
        method: None
        for business in (*service_classes.of(module), *repository_classes.of(module))
        for method in business.methods
    }


@by_module
def business_functions(module: Module) -> Iterator[Function]:
    """Return the methods of service and repository classes and all functions of their layers.

    In source order; functions inside functions and what registers endpoints are none.
    """
    methods = set(business_methods.of(module))
    in_layer = layer_of(module) in (Layer.SERVICES, Layer.REPOSITORIES)
    return (
        function
        for function in module.functions
        if function in methods
        or (
            in_layer
            and not isinstance(function.parent, Function)
            and module not in api_modules(module.service)
        )
    )
