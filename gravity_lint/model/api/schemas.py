"""Schema classes, and what a type expression says about a response."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.annotations import Alternative, metadata, opened
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.layers import Layer, in_app, layer_of, layer_of_missing
from gravity_lint.model.code.lineage import below, heirs, in_source_order
from gravity_lint.model.code.names import (
    External,
    Symbol,
    ancestors,
    inherits,
    path_of,
    resolve,
)
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.values import text_of
from gravity_lint.model.code.words import known_as, saying
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

_LISTS = (
    "builtins.list",
    "builtins.set",
    "builtins.frozenset",
    "typing.Sequence",
    "typing.Iterable",
    "typing.Collection",
    "typing.Set",
)


class Field(Record, frozen=True):
    """A field of a schema class: an annotated name in the class body."""

    cls: Class
    name: str
    assigned: Assigned

    @property
    def module(self) -> Module:
        """The module of the class."""
        return self.cls.module

    @property
    def span(self) -> Span:
        """The field's line."""
        return self.assigned.span

    @property
    def extent(self) -> Span:
        """The whole statement."""
        return self.assigned.span

    @property
    def label(self) -> str:
        """The dotted name of the field."""
        return f"{self.cls.label}.{self.name}"

    @property
    def definition(self) -> f.Call | None:
        """The ``Field(...)`` that describes it, as default or inside ``Annotated``."""
        candidates: list[tuple[Scope, f.Expression | None]] = [(self.cls, self.assigned.value)]
        candidates += metadata(self.cls, self.assigned.annotation)
        for scope, candidate in candidates:
            if isinstance(candidate, f.Call):
                function = resolve(scope, candidate.function)
                if isinstance(function, External) and function.name == "Field":
                    return candidate
        return None

    @property
    def alias(self) -> str | None:
        """The name under which callers get it, where its definition gives it another."""
        made = self.definition
        given = made and (made.keyword("serialization_alias") or made.keyword("alias"))
        return text_of(self.cls, given) if given is not None else None

    @property
    def has_default(self) -> bool:
        """Tell whether the field may be left out (pydantic: a value, or ``Field`` with one)."""
        value, definition = self.assigned.value, self.definition
        if value is None and definition is None:
            return False
        if definition is None:
            return not f.is_ellipsis(value)
        if value is not None and value is not definition:
            return True
        given = definition.argument(0, "default")
        if given is not None:
            return not f.is_ellipsis(given)
        return definition.keyword("default_factory") is not None


_MODELS = ("pydantic.BaseModel", "sqlmodel.SQLModel")


@query
def schemas(service: Service) -> tuple[Class, ...]:
    """Return the classes of the service that certainly are pydantic models."""
    return heirs(service, *_MODELS)


def is_schema(cls: Class) -> bool:
    """Tell whether *cls* certainly is a pydantic model."""
    return inherits(cls, *_MODELS) is True


def fields(cls: Class) -> Iterator[Field]:
    """Yield the fields that *cls* itself declares."""
    for name, bindings in cls.bindings.items():
        last = bindings[-1]
        if isinstance(last, Assigned) and last.annotation is not None and name[:1] != "_":
            symbol = resolve(cls, last.annotation)
            if not (isinstance(symbol, External) and symbol.path == "typing.ClassVar"):
                yield Field(cls, name, last)


def field_names(cls: Class) -> set[str] | None:
    """Return the names of all fields of *cls*, inherited ones included; None if not knowable."""
    found: set[str] = set()
    for ancestor in ancestors(cls):
        if isinstance(ancestor, Class):
            found.update(field.name for field in fields(ancestor))
            found.update(name for name, made in ancestor.methods.items() if _is_computed(made))
        elif ancestor is None:
            return None
    return found


def list_fields(cls: Class) -> set[str]:
    """Return the names of the fields of *cls* that hold a list, inherited ones included."""
    return {
        field.name
        for ancestor in ancestors(cls)
        if isinstance(ancestor, Class)
        for field in fields(ancestor)
        if any(
            is_list(resolve(x.scope, _generic(x.expression)))
            for x in opened(field.cls, field.assigned.annotation).alternatives
        )
    }


def _generic(expression: f.Expression) -> f.Expression:
    return expression.value if isinstance(expression, f.Subscript) else expression


def _is_computed(method: Function) -> bool:
    """Tell whether pydantic puts the property *method* among the fields of what it dumps."""
    return any(
        path_of(method.module, f.called(d)) == "pydantic.computed_field" for d in method.decorators
    )


def is_wrapper(service: Service, symbol: Symbol | None, names: tuple[str, ...]) -> bool | None:
    """Tell whether *symbol* is one of the wrapper classes *names*, or a subclass of one.

    None where that cannot be known. A class that comes from outside the
    service is taken by its name, and so is a schema of the service that is not in view.
    """
    if not isinstance(symbol, Class | External):
        return None
    if isinstance(symbol, External) and is_missing_schema(service, symbol):
        if not symbol.name.endswith(names):
            return False
    unknown = False
    for ancestor in ancestors(symbol):
        if ancestor is None:
            unknown = True
        elif ancestor.name in names:
            return True
    return None if unknown else False


def wrapper_classes(service: Service, names: tuple[str, ...]) -> tuple[Class, ...]:
    """Return the classes of the service that are wrappers (`is_wrapper`), in source order."""

    def belongs(cls: Class) -> bool:
        return is_wrapper(service, cls, names) is True

    own = [c for m in saying(service, names) for c in m.classes if c.name in names and belongs(c)]
    return in_source_order((*own, *below(service, known_as(service, *names), belongs)))


def wrappers_of_one(service: Service) -> tuple[str, ...]:
    """Return the names of the wrappers that are no pages; all, if they are."""
    words = service.settings.vocabulary
    found = tuple(x for x in words.response_wrappers if x not in words.paginated_wrappers)
    return found or words.response_wrappers


@query
def hides_wrappers(service: Service) -> bool:
    """Tell whether a file that cannot be read may hold a wrapper, by its name or its layer."""
    return any(
        (x.facts.fault is not None or x.facts.unread)
        and (layer_of(x) is Layer.SCHEMAS or _SHARED.search(x.name.rpartition(".")[2]) is not None)
        and in_app(x)
        for x in service.modules
    )


_ENVELOPE = pattern(r"(?i:envelope|generic|pag(?:e|ing|inat)|wrap)|List(?![a-z])")
_SHARED = pattern(r"base|common|envelope|generic|pagina|respons|result|wrap")


def is_missing_schema(service: Service, symbol: Symbol | None) -> bool:
    """Tell whether *symbol* is a schema of the service's own that is not in view.

    Not one that may be an envelope by its name or by that of its module.
    """
    if layer_of_missing(service, symbol) is not Layer.SCHEMAS:
        return False
    assert isinstance(symbol, External)
    module = symbol.path.rpartition(".")[0].rpartition(".")[2]
    return _ENVELOPE.search(symbol.name) is None and _SHARED.search(module) is None


def is_list(symbol: Symbol | None) -> bool:
    """Tell whether *symbol* is a list-like type (``list``, ``List``, ``Sequence``, …)."""
    return isinstance(symbol, External) and symbol.path in _LISTS


def same_type(one: tuple[Scope, f.Expression], other: tuple[Scope, f.Expression]) -> bool | None:
    """Tell whether two type expressions mean the same type; None if a name is not known.

    Names are compared by what they stand for, so that ``List`` and ``list``,
    ``Optional[X]`` and ``X | None``, an alias and what it names are the same.
    """
    if f.render(one[1]) == f.render(other[1]) and one[0].module is other[0].module:
        return True
    first, second = _normal(*one), _normal(*other)
    if first == second:
        return True
    return None if _UNKNOWN in str(first) + str(second) else False


def tells_content(one: tuple[Scope, f.Expression], other: tuple[Scope, f.Expression]) -> bool:
    """Tell whether *one* is the builtin container *other* (``dict``), with what it holds.

    Or says what it is where *other* says nothing (``Any``).
    """
    first, second = _normal(*one), _normal(*other)
    if second == "typing.Any":
        return True
    return (
        isinstance(second, str)
        and second.startswith("builtins.")
        and (isinstance(first, tuple) and first[0] == second)
    )


_UNKNOWN = "?unknown?"
_DEEPEST = 16


def _normal(scope: Scope, annotation: f.Expression, depth: int = _DEEPEST) -> object:
    """Return a form of a type expression that is equal for equal types."""
    found = opened(scope, annotation)
    if not depth:
        return _UNKNOWN  # a type that holds itself
    parts = {_normal_single(alternative, depth - 1) for alternative in found.alternatives}
    if found.optional:
        parts.add("None")
    return parts.pop() if len(parts) == 1 else frozenset(parts)


def _normal_single(alternative: Alternative, depth: int) -> object:
    scope, annotation = alternative.scope, alternative.expression
    if isinstance(annotation, f.Subscript):
        arguments = tuple(_normal(*placed, depth) for placed in alternative.arguments)
        return (_normal_name(scope, annotation.value), arguments)
    if isinstance(annotation, f.Name | f.Attribute):
        return _normal_name(scope, annotation)
    return f.render(annotation) if isinstance(annotation, f.Constant) else _UNKNOWN


def _normal_name(scope: Scope, name: f.Expression) -> object:
    symbol = resolve(scope, name)
    if isinstance(symbol, External):
        return symbol.path
    return symbol if isinstance(symbol, Class) else _UNKNOWN


def is_orm_model(cls: Class) -> bool:
    """Tell whether *cls* certainly is mapped to a table (SQLAlchemy: it has ``__tablename__``)."""
    mapped = ("sqlalchemy.orm.DeclarativeBase", "sqlalchemy.orm.MappedAsDataclass")
    return inherits(cls, *mapped) is True or any(
        isinstance(ancestor, Class)
        and ("__tablename__" in ancestor.bindings or "__table__" in ancestor.bindings)
        for ancestor in ancestors(cls)
    )
