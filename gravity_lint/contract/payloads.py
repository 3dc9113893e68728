"""Shapes: what type expressions are in JSON, as pydantic and FastAPI make it of them.

A type says one thing of what comes in and another of what goes out: aliases, excluded and
computed fields, decimals. What the source does not tell is a shape that is not known, with why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

import msgspec

from gravity_lint import facts as f
from gravity_lint.contract.changes import Direction
from gravity_lint.contract.description import Field, Kind, Place, Shape, Value
from gravity_lint.model.api.constraints import limits, limits_given
from gravity_lint.model.api.enumerations import (
    is_enumeration,
    values_of_enumeration,
    values_of_literal,
    wire_value,
)
from gravity_lint.model.api.fields import (
    WireField,
    arguments_of,
    inherited_meanings,
    is_altered,
    is_its_own_schema,
    is_type_variable,
    naming_of,
    rewrites_itself,
    wire_fields,
)
from gravity_lint.model.api.pydantic import reads_one, setting_of
from gravity_lint.model.code.annotations import Alternative, Opened, opened_within, symbol_of
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.callables import Argument, is_dataclass, signature_of
from gravity_lint.model.code.names import (
    External,
    Variable,
    ancestors,
    bases,
    inherits,
    path_of,
    written_out,
)
from gravity_lint.model.code.scopes import Class, Module, Scope
from gravity_lint.model.code.values import text_of
from gravity_lint.sources.spans import Span

Locator: TypeAlias = Callable[[Module, Span], Place]
"""What gives a place of a module its path below the described top."""

ANY: Final = Shape(Kind.ANY)
NULL: Final = Shape(Kind.NULL)
STRING: Final = Shape(Kind.STRING)
NUMBER: Final = Shape(Kind.NUMBER)
INTEGER: Final = Shape(Kind.INTEGER)
FILE: Final = Shape(Kind.FILE)

_FORMATS: Final = {
    "builtins.bytes": "binary",
    "datetime.date": "date",
    "datetime.datetime": "date-time",
    "datetime.time": "time",
    "datetime.timedelta": "duration",
    "ipaddress.IPv4Address": "ipv4",
    "ipaddress.IPv4Interface": "ipv4interface",
    "ipaddress.IPv4Network": "ipv4network",
    "ipaddress.IPv6Address": "ipv6",
    "ipaddress.IPv6Interface": "ipv6interface",
    "ipaddress.IPv6Network": "ipv6network",
    "pathlib.Path": "path",
    "pydantic.AwareDatetime": "date-time",
    "pydantic.DirectoryPath": "directory-path",
    "pydantic.EmailStr": "email",
    "pydantic.FilePath": "file-path",
    "pydantic.FutureDate": "date",
    "pydantic.FutureDatetime": "date-time",
    "pydantic.IPvAnyAddress": "ipvanyaddress",
    "pydantic.IPvAnyInterface": "ipvanyinterface",
    "pydantic.IPvAnyNetwork": "ipvanynetwork",
    "pydantic.NaiveDatetime": "date-time",
    "pydantic.NameEmail": "name-email",
    "pydantic.NewPath": "path",
    "pydantic.PastDate": "date",
    "pydantic.PastDatetime": "date-time",
    "pydantic.SecretBytes": "password",
    "pydantic.SecretStr": "password",
    "pydantic.UUID1": "uuid1",
    "pydantic.UUID3": "uuid3",
    "pydantic.UUID4": "uuid4",
    "pydantic.UUID5": "uuid5",
    "re.Pattern": "regex",
    "uuid.UUID": "uuid",
}
"""Types that are texts of a certain form."""
_URLS: Final = {
    "pydantic.AnyHttpUrl": (("min_length", 1),),
    "pydantic.AnyUrl": (("min_length", 1),),
    "pydantic.HttpUrl": (("max_length", 2083), ("min_length", 1)),
}
_SHAPES: Final = {
    "builtins.bool": Shape(Kind.BOOLEAN),
    "builtins.float": NUMBER,
    "builtins.int": INTEGER,
    "builtins.object": ANY,
    "builtins.str": STRING,
    "pydantic.FiniteFloat": NUMBER,
    "pydantic.NegativeFloat": Shape(Kind.NUMBER, bounds=(("lt", 0),)),
    "pydantic.NegativeInt": Shape(Kind.INTEGER, bounds=(("lt", 0),)),
    "pydantic.NonNegativeFloat": Shape(Kind.NUMBER, bounds=(("ge", 0),)),
    "pydantic.NonNegativeInt": Shape(Kind.INTEGER, bounds=(("ge", 0),)),
    "pydantic.NonPositiveFloat": Shape(Kind.NUMBER, bounds=(("le", 0),)),
    "pydantic.NonPositiveInt": Shape(Kind.INTEGER, bounds=(("le", 0),)),
    "pydantic.PositiveFloat": Shape(Kind.NUMBER, bounds=(("gt", 0),)),
    "pydantic.PositiveInt": Shape(Kind.INTEGER, bounds=(("gt", 0),)),
    "pydantic.StrictBool": Shape(Kind.BOOLEAN),
    "pydantic.StrictBytes": Shape(Kind.STRING, format="binary"),
    "pydantic.StrictFloat": NUMBER,
    "pydantic.StrictInt": INTEGER,
    "pydantic.StrictStr": STRING,
    "fastapi.UploadFile": FILE,
    "starlette.datastructures.UploadFile": FILE,
    "typing.Any": ANY,
    "typing.AnyStr": STRING,
}
_MADE: Final = {
    "pydantic.conbytes": Shape(Kind.STRING, format="binary"),
    "pydantic.condate": Shape(Kind.STRING, format="date"),
    "pydantic.confloat": NUMBER,
    "pydantic.conint": INTEGER,
    "pydantic.constr": STRING,
}
"""Functions that make a limited type."""
_LISTS: Final = (
    *("builtins.list", "typing.List", "typing.Sequence", "typing.Iterable", "typing.Collection"),
    *("typing.MutableSequence", "typing.Deque", "collections.deque"),
)
_SETS: Final = (
    *("builtins.set", "builtins.frozenset", "typing.Set", "typing.FrozenSet"),
    *("typing.AbstractSet", "typing.MutableSet", "collections.abc.Set"),
)
_TUPLES: Final = ("builtins.tuple", "typing.Tuple")
_MAPS: Final = (
    *("builtins.dict", "typing.Dict", "typing.Mapping", "typing.MutableMapping"),
    *("collections.OrderedDict", "typing.OrderedDict", "typing.DefaultDict"),
    *("collections.defaultdict", "collections.abc.Mapping", "collections.abc.MutableMapping"),
)
_MODULES: Final = re.compile(r"^pydantic\.(?:v1\.)?(?:types|networks)\.")
"""Where pydantic keeps what it lets be imported from itself."""
_MODELS: Final = ("pydantic.BaseModel", "sqlmodel.SQLModel")
_NUMERIC: Final = frozenset({"ge", "gt", "le", "lt", "multiple_of", "max_digits", "decimal_places"})
_TEXTUAL: Final = frozenset({"min_length", "max_length", "pattern"})
_DEEPEST: Final = 24


def unknown(why: str) -> Shape:
    """Return a shape of which nothing is known, because of *why*."""
    return Shape(Kind.UNKNOWN, why=why)


class Shaper:
    """Makes the shapes of types of one service, for values that travel in one *direction*.

    *by_alias*: fields are called by their aliases on the way out, as FastAPI does by default.
    """

    def __init__(self, direction: Direction, locate: Locator, *, by_alias: bool = True) -> None:
        self._asks = direction is Direction.REQUEST
        self.place = locate
        self._by_alias = by_alias
        self._known: dict[tuple[int, tuple[int, ...]], Shape] = {}
        self._kept: list[Shape] = []
        self._open: list[tuple[tuple[int, tuple[int, ...]], str]] = []
        self._looped: set[tuple[int, tuple[int, ...]]] = set()

    def shape(self, scope: Scope, annotation: f.Expression | None) -> Shape:
        """Return the shape of what is annotated so."""
        if annotation is None:
            return ANY
        return self._of(Alternative(scope, annotation, {}))

    def described(
        self,
        scope: Scope,
        annotation: f.Expression | None,
        marks: Iterable[tuple[Scope, f.Expression]],
    ) -> Shape:
        """Return the shape of what is annotated so, with what *marks* say about it."""
        if annotation is None:
            return self._marked(ANY, tuple(marks))
        return self._of(Alternative(scope, annotation, {}), tuple(marks))

    def unlimited(
        self,
        scope: Scope,
        annotation: f.Expression,
        marks: Iterable[tuple[Scope, f.Expression]],
    ) -> Shape:
        """Return the shape of a parameter with a marker for default: ``x: PositiveInt = Query()``.

        FastAPI keeps the plain type, and of what limits it only the *marks* of that default.
        """
        found = opened_within(Alternative(scope, annotation, {}))
        if found.optional or len(found.alternatives) != 1:
            return self.described(scope, annotation, marks)
        shape = self._single(found.alternatives[0])
        if shape.format.startswith("uuid"):
            shape = msgspec.structs.replace(shape, format="uuid")
        if shape.format != "uri":
            own = tuple(row for row in shape.bounds if row[0] == "unique_items")
            shape = msgspec.structs.replace(shape, bounds=own)
        return self._marked(shape, tuple(marks))

    def of_class(self, cls: Class) -> Shape:
        """Return the shape of the objects of *cls*."""
        name = f.Name(*cls.span.place, cls.name)
        return self._class(cls, Alternative(cls.parent or cls.module, name, {}))

    # -- type expressions ----------------------------------------------------------------------

    def _of(
        self, at: Alternative, marks: tuple[tuple[Scope, f.Expression], ...] | None = None
    ) -> Shape:
        if len(self._open) > _DEEPEST:
            return unknown("it is nested too deeply")
        found = opened_within(at)
        said = found.metadata if marks is None else marks
        serialized = None if self._asks else _serialized(said)
        if serialized is not None:
            scope, returned = serialized
            if returned is None:
                return unknown(f"`{f.render(at.expression)}` is serialised by a function")
            return self._of(Alternative(scope, returned, {}))
        members = self._members(found)
        if found.optional:
            members.append(NULL)
        shape = members[0] if len(members) == 1 else _union(members)
        return self._marked(shape, said)

    def _members(self, found: Opened) -> list[Shape]:
        members = [self._single(x) for x in found.alternatives]
        if not found.inside:
            return members
        inside = limits(found.inside)
        if inside == ():
            return members
        if len(members) == 1 and inside is not None:
            return [_limited(members[0], inside)]
        return [unknown("members of the union are limited apart")]

    def _marked(self, shape: Shape, marks: tuple[tuple[Scope, f.Expression], ...]) -> Shape:
        if not marks:
            return shape
        for scope, mark in map(written_out, marks):
            if isinstance(mark, f.Call) and path_of(scope, mark.function) in _OVERRIDING:
                return unknown(f"`{f.render(mark)}` decides what it is")
        found = limits(marks)
        if found is None:
            return unknown("what limits it is not all in view")
        shape = _limited(shape, found)
        discriminator = _discriminator(marks)
        if discriminator and shape.kind is Kind.UNION:
            shape = msgspec.structs.replace(shape, discriminator=discriminator)
        return shape

    def _single(self, at: Alternative) -> Shape:
        scope, expression = at.scope, at.expression
        if isinstance(expression, f.Call):
            return self._made(at, expression)
        if not isinstance(expression, f.Name | f.Attribute | f.Subscript):
            return unknown(f"`{f.render(expression)}` is no type")
        base = expression.value if isinstance(expression, f.Subscript) else expression
        symbol = symbol_of(scope, base)
        if isinstance(symbol, External):
            return self._external(symbol.path, at)
        if isinstance(symbol, Class):
            return self._class(symbol, at)
        if is_type_variable(scope, base):
            assert isinstance(symbol, Variable)
            assert isinstance(symbol.value, f.Call)
            bound = symbol.value.keyword("bound")
            return ANY if bound is None else self._of(Alternative(symbol.scope, bound, {}))
        if isinstance(base, f.Name) and isinstance(scope, Class):
            if base.name in scope.definition.type_parameters:
                return ANY
        return unknown(f"`{f.render(expression)}`")

    def _made(self, at: Alternative, call: f.Call) -> Shape:
        path = path_of(at.scope, call.function) or ""
        bounds = limits_given(at.scope, call)
        if bounds is None:
            return unknown(f"`{f.render(call)}`")
        if path in _MADE:
            return _limited(_MADE[path], bounds)
        if path == "pydantic.condecimal":
            return _limited(self._decimal(at.scope), bounds)
        if path in ("pydantic.conlist", "pydantic.conset"):
            item = call.argument(0, "item_type")
            inner = ANY if item is None else self._of(Alternative(at.scope, item, at.given))
            unique = (("unique_items", True),) if path.endswith("conset") else ()
            return _limited(Shape(Kind.ARRAY, item=inner, bounds=unique), bounds)
        return unknown(f"`{f.render(call)}`")

    def _external(self, path: str, at: Alternative) -> Shape:
        path = _MODULES.sub("pydantic.", path)
        expression = at.expression
        indices = expression.indices if isinstance(expression, f.Subscript) else ()
        inner = [Alternative(at.scope, index, at.given) for index in indices]
        if path in _FORMATS:
            return Shape(Kind.STRING, format=_FORMATS[path])
        if path in _URLS:
            return Shape(Kind.STRING, format="uri", bounds=_URLS[path])
        if path in _SHAPES:
            return _SHAPES[path]
        if path == "decimal.Decimal":
            return self._decimal(at.scope)
        if path in _LISTS:
            return Shape(Kind.ARRAY, item=self._of(inner[0]) if inner else ANY)
        if path in _SETS:
            item = self._of(inner[0]) if inner else ANY
            return Shape(Kind.ARRAY, item=item, bounds=(("unique_items", True),))
        if path in _TUPLES:
            return self._tuple(inner)
        if path in _MAPS:
            return Shape(Kind.MAP, item=self._of(inner[1]) if len(inner) == 2 else ANY)
        if path == "typing.Literal":
            values = values_of_literal(at.scope, indices)
            if values is None:
                return unknown(f"`{f.render(expression)}`")
            return _enumeration("", values, None)
        if path == "pydantic.RootModel" and len(inner) == 1:
            return self._of(inner[0])
        if path == "pydantic.Json" and self._asks:
            return Shape(Kind.STRING, format="json-string")
        if path in ("typing.Type", "builtins.type"):
            return unknown("a class is no JSON")
        return unknown(f"`{path}` is not of this service")

    def _tuple(self, inner: list[Alternative]) -> Shape:
        if not inner:
            return Shape(Kind.ARRAY, item=ANY)
        last = inner[-1].expression
        if isinstance(last, f.Constant) and last.kind == "ellipsis":
            return Shape(Kind.ARRAY, item=self._of(inner[0]))
        return _positions(tuple(self._of(x) for x in inner))

    def _decimal(self, scope: Scope) -> Shape:
        service = scope.module.service
        if reads_one(service):
            return NUMBER
        return _union([NUMBER, STRING]) if self._asks else STRING

    # -- classes -------------------------------------------------------------------------------

    def _class(self, cls: Class, at: Alternative) -> Shape:
        place = self.place(cls.module, cls.span)
        if is_enumeration(cls):
            if is_its_own_schema(cls):
                return unknown(f"`{cls.name}` says itself what it is")
            values = values_of_enumeration(cls)
            if values is None:
                return unknown(f"the values of `{cls.name}`")
            return _enumeration(cls.name, values, place)
        given = arguments_of(cls, at)
        shapes = [self._of(meant) for meant in given.values()]
        self._kept += shapes  # or another may get the identity of one that is gone
        key = (id(cls), tuple(id(_canonical(shape)) for shape in shapes))
        name = cls.name
        if shapes:
            name = f"{cls.name}[{', '.join(shown(shape) for shape in shapes)}]"
        if key in self._known:
            return self._known[key]
        for open_key, _ in self._open:
            if open_key == key:
                self._looped.add(key)
                return Shape(Kind.REFERENCE, name, place=place)
        self._open.append((key, name))
        try:
            shape = self._structure(cls, name, dict(given), place)
        finally:
            self._open.pop()
        self._looped.discard(key)
        if not self._looped:
            self._known[key] = shape
        return shape

    def _structure(
        self, cls: Class, name: str, given: dict[str, Alternative], place: Place
    ) -> Shape:
        if inherits(cls, "pydantic.RootModel"):
            return self._root(cls, given)
        kind = inherits(cls, *_MODELS)
        if kind and any(isinstance(x, Class) and is_altered(x) for x in ancestors(cls)):
            return unknown(f"what a decorator or metaclass makes of `{cls.name}`")
        if kind:
            return self._model(cls, name, given, place)
        if inherits(cls, "typing.TypedDict"):
            return self._typed_dict(cls, name, place)
        if External("typing.NamedTuple") in bases(cls):
            arguments = signature_of(cls) or ()
            return _positions(tuple(self._of_argument(x) for x in arguments))
        if any(isinstance(x, Class) and is_dataclass(x) for x in ancestors(cls)):
            return self._dataclass(cls, name, place)
        if kind is None:
            return unknown(f"a base of `{cls.name}` is not in view")
        return unknown(f"`{cls.name}` is no schema")

    def _model(self, cls: Class, name: str, given: dict[str, Alternative], place: Place) -> Shape:
        rows = wire_fields(cls, given)
        if rows is None:
            return unknown(f"the fields of `{cls.name}`")
        if not self._asks and rewrites_itself(cls):
            return unknown(f"`{cls.name}` serialises itself")
        fields: list[Field] = []
        for row in rows:
            if not (row.taken if self._asks else row.sent):
                continue
            called = row.taken_as if self._asks else row.sent_as if self._by_alias else row.name
            if called is None:
                return unknown(f"how the fields of `{cls.name}` are called")
            fields.append(self._field(called, row))
        extra = _extra(cls)
        if extra is None:
            return unknown(f"whether `{cls.name}` takes more than its fields")
        naming = naming_of(cls)
        return Shape(
            Kind.OBJECT, name, fields=tuple(fields), naming=naming, extra=extra, place=place
        )

    def _field(self, called: str, row: WireField) -> Field:
        argument = row.argument
        annotation = argument.parameter.annotation
        if not self._asks and row.returned is not None:
            shape = self._of(Alternative(*row.returned, {}))
        elif not self._asks and row.reshaped:
            shape = unknown(f"`{row.name}` is serialised by a function that does not say as what")
        elif annotation is None:
            shape = ANY
        else:
            shape = self._of(Alternative(argument.scope, annotation, row.given), row.marks)
        return Field(
            called,
            shape,
            row.required,
            row.default is not None,
            row.default.value if row.default is not None else None,
            self.place(argument.scope.module, argument.parameter.span),
            row.also_as if self._asks else (),
        )

    def _root(self, cls: Class, given: dict[str, Alternative]) -> Shape:
        meanings = inherited_meanings(cls, given)
        for ancestor in ancestors(cls):
            if not isinstance(ancestor, Class):
                continue
            assert ancestor.parent is not None
            for binding in ancestor.bindings.get("root", ()):
                if isinstance(binding, Assigned) and binding.annotation is not None:
                    return self._of(
                        Alternative(ancestor, binding.annotation, meanings.get(ancestor, {}))
                    )
            for base in ancestor.definition.bases:
                if isinstance(base, f.Subscript):
                    if path_of(ancestor.parent, base.value) == "pydantic.RootModel":
                        return self._of(
                            Alternative(ancestor.parent, base.index, meanings.get(ancestor, {}))
                        )
        return unknown(f"the root of `{cls.name}`")

    def _typed_dict(self, cls: Class, name: str, place: Place) -> Shape:
        fields: dict[str, Field] = {}
        for ancestor in reversed(ancestors(cls)):
            if ancestor is None:
                return unknown(f"a base of `{cls.name}` is not in view")
            if not isinstance(ancestor, Class):
                continue
            total = not any(
                key == "total" and isinstance(value, f.Constant) and value.value is False
                for key, value in ancestor.definition.keywords
            )
            for key, bindings in ancestor.bindings.items():
                last = bindings[-1]
                if isinstance(last, Assigned) and last.annotation is not None:
                    kind = last.annotation
                    outer = path_of(ancestor, kind.value) if isinstance(kind, f.Subscript) else None
                    required = {"typing.NotRequired": False, "typing.Required": True}.get(
                        outer or "", total
                    )
                    shape = self._of(Alternative(ancestor, kind, {}))
                    where = self.place(ancestor.module, last.span)
                    fields[key] = Field(key, shape, required, place=where)
        return Shape(Kind.OBJECT, name, fields=tuple(fields.values()), place=place)

    def _dataclass(self, cls: Class, name: str, place: Place) -> Shape:
        arguments = signature_of(cls)
        if arguments is None:
            return unknown(f"the fields of `{cls.name}`")
        fields = tuple(map(self._dataclass_field, arguments))
        return Shape(Kind.OBJECT, name, fields=fields, place=place)

    def _dataclass_field(self, argument: Argument) -> Field:
        default = argument.parameter.default
        known = None
        if not isinstance(default, f.Call):  # a ``default_factory`` is called for each object
            known = wire_value(argument.scope, default)
        return Field(
            argument.name,
            self._of_argument(argument),
            default is None,
            known is not None,
            known.value if known is not None else None,
            self.place(argument.scope.module, argument.parameter.span),
        )

    def _of_argument(self, argument: Argument) -> Shape:
        return self.shape(argument.scope, argument.parameter.annotation)


_OVERRIDING: Final = (
    *("pydantic.PlainValidator", "pydantic.functional_validators.PlainValidator"),
    *("pydantic.WithJsonSchema", "pydantic.GetPydanticSchema", "pydantic.SkipValidation"),
    *("pydantic.json_schema.WithJsonSchema", "pydantic.EncodedStr", "pydantic.EncodedBytes"),
)


def shown(shape: Shape) -> str:
    """Return what people call a shape: ``Order``, ``list[Order]``, ``string``."""
    if shape.name:
        return shape.name
    match shape.kind:
        case Kind.ARRAY if shape.item is not None:
            return f"list[{shown(shape.item)}]"
        case Kind.MAP if shape.item is not None:
            return f"dict[{shown(shape.item)}]"
        case Kind.UNION:
            return " | ".join(shown(member) for member in shape.members)
        case Kind.ENUM:
            return " | ".join(repr(value) for value in shape.values)
    return str(shape.kind.value)


def _canonical(shape: Shape) -> Shape:
    """Return the one object for plain shapes that are made anew each time."""
    plain = (shape.kind, shape.format)
    if shape == Shape(shape.kind, format=shape.format):
        return _PLAIN.setdefault(plain, shape)
    return shape


_PLAIN: Final[dict[tuple[Kind, str], Shape]] = {}


def _positions(members: tuple[Shape, ...]) -> Shape:
    number = len(members)
    bounds = (("max_length", number), ("min_length", number))
    return Shape(Kind.ARRAY, members=members, bounds=bounds)


def _enumeration(name: str, values: tuple[Value, ...], place: Place | None) -> Shape:
    present = tuple(value for value in values if value is not None)
    shape = Shape(Kind.ENUM, name, values=present, place=place)
    if len(present) == len(values):
        return shape
    return _union([shape, NULL]) if present else NULL


def _union(members: Iterable[Shape]) -> Shape:
    flat: list[Shape] = []
    for member in members:
        for part in member.members if member.kind is Kind.UNION else (member,):
            if part not in flat:
                flat.append(part)
    if not flat:
        return unknown("no type")
    if any(part.kind is Kind.ANY for part in flat) and len(flat) > 1:
        rest = [part for part in flat if part.kind is not Kind.NULL]
        if len(rest) == 1:
            return ANY
    return flat[0] if len(flat) == 1 else Shape(Kind.UNION, members=tuple(flat))


def _limited(shape: Shape, bounds: tuple[tuple[str, Value], ...]) -> Shape:
    """Return *shape* with what of *bounds* can limit it; all members of a union are."""
    if not bounds:
        return shape
    if shape.kind is Kind.UNION:
        members = tuple(_limited(member, bounds) for member in shape.members)
        return msgspec.structs.replace(shape, members=members)
    if shape.kind in (Kind.INTEGER, Kind.NUMBER):
        taken = _NUMERIC
    elif shape.kind in (Kind.STRING, Kind.ARRAY, Kind.MAP):
        taken = _TEXTUAL
    else:
        return shape
    own = {**dict(shape.bounds), **{name: value for name, value in bounds if name in taken}}
    return msgspec.structs.replace(shape, bounds=tuple(sorted(own.items())))


def _discriminator(marks: Iterable[tuple[Scope, f.Expression]]) -> str:
    for scope, mark in map(written_out, marks):
        if isinstance(mark, f.Call):
            given = mark.keyword("discriminator")
            if given is None and path_of(scope, mark.function) == "pydantic.Discriminator":
                given = mark.argument(0, "discriminator")
            text = text_of(scope, given)
            if text:
                return text
    return ""


def _serialized(
    marks: Iterable[tuple[Scope, f.Expression]],
) -> tuple[Scope, f.Expression | None] | None:
    """Return what a ``PlainSerializer`` in ``Annotated`` says that it gives; None without one."""
    for scope, mark in map(written_out, marks):
        if isinstance(mark, f.Call):
            path = (path_of(scope, mark.function) or "").rpartition(".")[2]
            if path in ("PlainSerializer", "WrapSerializer"):
                return scope, mark.keyword("return_type")
    return None


def _extra(cls: Class) -> str | None:
    """Return what becomes of fields that *cls* does not have; None where that is not known."""
    known, given = setting_of(cls, "extra")
    if not known:
        return None
    if given is None:
        return "ignore"
    scope, value = given
    text = text_of(scope, value)
    if text is None and isinstance(value, f.Attribute):
        text = value.name  # ``Extra.forbid``
    return text if text in ("ignore", "allow", "forbid") else None


def literal_payload(mapping: f.Mapping) -> Shape:
    """Return the shape of a dict that is written out: its keys, if all of them are literal."""
    if mapping.unpacks or len(mapping.literal_keys) < len(mapping.keys):
        return unknown("not all keys are in view")
    keys = (str(key.value) for key in mapping.keys if isinstance(key, f.Constant))
    return Shape(Kind.OBJECT, fields=tuple(Field(key, ANY) for key in keys), extra="allow")
