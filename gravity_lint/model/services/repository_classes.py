"""The repository classes of the app, and the base that they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Imported
from gravity_lint.model.code.layers import Layer, in_app, layer_of
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import (
    External,
    Variable,
    ancestors,
    bases,
    class_member,
    path_of,
    resolve,
)
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import is_abstract
from gravity_lint.model.code.types import type_of_parameter
from gravity_lint.model.code.words import saying
from gravity_lint.model.services.business import PROTOCOLS, BusinessClass, is_data
from gravity_lint.model.services.service_classes import service_classes
from gravity_lint.model.services.sessions import (
    QUERYING,
    session_calls_of,
    statements_of,
)

_WITHOUT_ENTITIES = frozenset(
    {"begin", "close", "commit", "execute", "flush", "rollback", "scalar", "scalars", "stream"}
)
"""What one asks a session for who keeps nothing in it."""
_CONNECTIONS = (
    "sqlalchemy.Connection",
    "sqlalchemy.engine.Connection",
    "sqlalchemy.ext.asyncio.AsyncConnection",
)
_ENDING = frozenset({"aclose", "begin", "close", "commit", "flush", "remove", "rollback"})
"""What is called on a session around the work that others do with it."""


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
        """The class on the database that it inherits, a base by its name, and takes no model.

        What only this one implements says what it offers, and is no base of others.
        """
        above = [x for x in list(ancestors(self.cls))[1:] if isinstance(x, Class)]
        service = self.module.service
        found = [
            x
            for x in map(RepositoryClass, above)
            if x.on_database
            and x.is_scaffold
            and not (x.is_interface and len(heirs(service, x.cls)) == 1)
        ]
        return found[-1].cls if found and not any(map(_is_open, above)) else None

    @property
    def usual_base(self) -> Class | None:
        """The generic class, under a name of its own, that most repositories of the service have.

        None where one is called as the base is.
        """
        return None if self.finds_base else _usual_base(self.module.service)

    @property
    def usual_above(self) -> Class | None:
        """The usual base where it is inherited, be it by way of others that give it its model."""
        usual = self.usual_base
        return usual if usual is not None and usual in list(ancestors(self.cls))[1:] else None

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

    @property
    def is_unit_of_work(self) -> bool:
        """Tell whether it is entered for the length of a transaction, and queries nothing."""
        entered = any(class_member(self.cls, x) is not None for x in ("__enter__", "__aenter__"))
        called = {call.method for method in self.methods for call in session_calls_of(method)}
        return entered and called <= _ENDING and not self.runs_statements

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
        return self.has_session or self.runs_statements or self._inherits_untyped_session

    @cached_property
    def _inherits_untyped_session(self) -> bool:
        """Tell whether what it inherits runs statements on a session of which no annotation tells.

        One that is annotated is an attribute of the class itself, and among those `kept`.
        """
        above = [x for x in list(ancestors(self.cls))[1:] if isinstance(x, Class)]
        return any(x.unannotated and x.runs_statements for x in map(RepositoryClass, above))

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
    return symbol.package == cls.module.name.partition(".")[0]


def _is_open(cls: Class) -> bool:
    """Tell whether *cls* is itself generic: its subclasses give the type argument."""
    if cls.definition.type_parameters:
        return True
    assert cls.parent is not None
    for base in cls.definition.bases:
        if isinstance(base, f.Subscript):
            if path_of(cls.parent, base.value) in ("typing.Generic", *PROTOCOLS):
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
            if path_of(cls.parent, base.value) in ("typing.Generic", *PROTOCOLS):
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
