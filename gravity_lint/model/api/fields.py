"""The fields of pydantic models as they go over the wire: names, defaults, what stays inside.

Aliases and alias generators, ``exclude``, serializers and computed fields count. What a class
inherits from generic bases is told with what their type parameters mean there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.api.enumerations import wire_value
from gravity_lint.model.api.pydantic import reads_one, setting_of
from gravity_lint.model.code.annotations import Alternative, metadata, opened
from gravity_lint.model.code.callables import Argument, descriptions, model_fields
from gravity_lint.model.code.names import Variable, ancestors, path_of, resolve, written_out
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.values import Known, text_of
from gravity_lint.patterns import pattern
from gravity_lint.sources.digests import digest

Given: TypeAlias = "Mapping[str, Alternative]"
"""What type parameters mean, by their names."""

_SERIALIZERS: Final = (
    "pydantic.field_serializer",
    "pydantic.functional_serializers.field_serializer",
)
_COMPUTED: Final = ("pydantic.computed_field", "pydantic.fields.computed_field")
_HARMLESS: Final = (
    *("dataclasses.dataclass_transform", "functools.total_ordering", "typing.dataclass_transform"),
    *("typing.deprecated", "typing.final", "typing.runtime_checkable", "warnings.deprecated"),
)
"""Decorators that leave the fields of a class as they are."""
_CHANGING: Final = (
    "__get_pydantic_core_schema__",
    "__get_pydantic_json_schema__",
    "__get_validators__",
    "__modify_schema__",
)
"""Methods by which a class says itself what it is in JSON."""
_UPPER_AFTER: Final = pattern(r"([0-9A-Za-z])_(?=[0-9A-Z])")


class WireField(Record, frozen=True):
    """A field of a model on its way in (*taken_as*) or out (*sent_as*).

    A name is None where it is not known. *also_as* are other names that it is taken under.
    *required* is None where that is not known; *default* is the known value where there is
    one. *sent* tells whether it is part of what goes out. *returned* is what stands for its type
    there, where a serializer says so; *reshaped* tells that a serializer does not say.
    """

    argument: Argument
    taken_as: str | None
    sent_as: str | None
    also_as: tuple[str, ...] = ()
    required: bool | None = True
    default: Known | None = None
    sent: bool = True
    taken: bool = True
    returned: tuple[Scope, f.Expression] | None = None
    reshaped: bool = False
    given: Given = MappingProxyType({})

    @property
    def name(self) -> str:
        """What the code calls it."""
        return self.argument.parameter.name

    @property
    def marks(self) -> tuple[tuple[Scope, f.Expression], ...]:
        """What is said about it: in ``Annotated``, and by a ``Field(...)`` that is its default."""
        scope, parameter = self.argument.scope, self.argument.parameter
        said = metadata(scope, parameter.annotation)
        added = {id(x) for placed in said for _, x in (placed, written_out(placed))}
        defining = [row for row in descriptions(self.argument) if id(row[1]) not in added]
        return (*said, *defining)


def wire_fields(cls: Class, given: Given) -> tuple[WireField, ...] | None:
    """Return the fields of the pydantic model *cls*, in order; None where they are not known.

    *given* says what the type parameters of *cls* mean.
    """
    arguments = model_fields(cls)
    if arguments is None or any(is_its_own_schema(x) for x in _own_ancestors(cls)):
        return None
    meanings = inherited_meanings(cls, given)
    serializers = _serializers(cls)
    found: list[WireField] = []
    for argument in arguments:
        if argument.name == "model_config" or _is_relationship(argument):
            continue
        found.append(_wired(cls, argument, meanings.get(argument.owner, {}), serializers))
    return (*found, *_computed(cls, meanings))


def is_its_own_schema(cls: Class) -> bool:
    """Tell whether *cls* says by methods of its own what it is in JSON."""
    return any(name in cls.bindings for name in _CHANGING)


def is_altered(cls: Class) -> bool:
    """Tell whether a decorator or a metaclass may make other fields of those of *cls*."""
    assert cls.parent is not None
    scope = cls.parent
    metaclass = next((v for k, v in cls.definition.keywords if k == "metaclass"), None)
    if metaclass is not None and path_of(scope, metaclass) != "abc.ABCMeta":
        return True
    return any(path_of(scope, f.called(d)) not in _HARMLESS for d in cls.decorators)


def rewrites_itself(cls: Class) -> bool:
    """Tell whether a ``model_serializer`` makes something else of *cls* on its way out."""
    return any(
        (path_of(ancestor, f.called(decorator)) or "").endswith(".model_serializer")
        for ancestor in _own_ancestors(cls)
        for method in ancestor.methods.values()
        for decorator in method.decorators
    )


def type_parameters(cls: Class) -> tuple[str, ...]:
    """Return the names of the type parameters of *cls*, in the order of their arguments."""
    if cls.definition.type_parameters:
        return cls.definition.type_parameters
    assert cls.parent is not None
    bases = [base for base in cls.definition.bases if isinstance(base, f.Subscript)]
    generic = [b for b in bases if path_of(cls.parent, b.value) == "typing.Generic"]
    found = (
        name.name
        for base in generic or bases
        for index in base.indices
        for name in f.walk(index)
        if isinstance(name, f.Name) and is_type_variable(cls.parent, name)
    )
    return tuple(dict.fromkeys(found))


def is_type_variable(scope: Scope, name: f.Expression) -> bool:
    """Tell whether *name* is bound to a ``TypeVar``."""
    symbol = resolve(scope, name)
    return (
        isinstance(symbol, Variable)
        and isinstance(symbol.value, f.Call)
        and path_of(symbol.scope, symbol.value.function) == "typing.TypeVar"
    )


def arguments_of(cls: Class, at: Alternative) -> Given:
    """Return what the type parameters of *cls* mean where it is written *at* a place."""
    if not isinstance(at.expression, f.Subscript):
        return {}
    indices = [Alternative(at.scope, index, at.given) for index in at.expression.indices]
    return dict(zip(type_parameters(cls), indices, strict=False))


def inherited_meanings(cls: Class, given: Given) -> dict[Function | Class, Given]:
    """Return what the type parameters of *cls* and of its ancestors mean, by class."""
    found: dict[Function | Class, Given] = {cls: given}
    queue = [cls]
    while queue:
        current = queue.pop(0)
        assert current.parent is not None
        for base in current.definition.bases:
            symbol = resolve(current.parent, base)
            if isinstance(symbol, Class) and symbol not in found:
                at = Alternative(current.parent, base, found[current])
                found[symbol] = arguments_of(symbol, at)
                queue.append(symbol)
    return found


# -- one field -----------------------------------------------------------------------------


def _wired(
    cls: Class,
    argument: Argument,
    given: Given,
    serializers: Mapping[str, Function],
) -> WireField:
    calls = [*descriptions(argument)]
    hidden = any(call.unpacks for _, call in calls)
    plain = argument.parameter.name
    generated = _generated(cls, plain)
    if hidden:
        return WireField(argument, None, None, required=None, given=given)
    alias = _named(calls, "alias")
    taken = _either(_named(calls, "validation_alias"), alias, generated[0])
    sent = _either(_named(calls, "serialization_alias"), alias, generated[1])
    taken_as = taken.value if taken is not None else None
    sent_as = sent.value if sent is not None else None
    name_in = str(taken_as) if taken is not None and taken_as else None if taken is None else plain
    name_out = str(sent_as) if sent is not None and sent_as else None if sent is None else plain
    also = (plain,) if _by_name(cls) and name_in != plain else ()
    required, default = _default(argument, calls)
    serializer = serializers.get(plain) or serializers.get("*")
    returned = None
    if serializer is not None and serializer.returns is not None:
        returned = (serializer.parent or serializer.module, serializer.returns)
    return WireField(
        argument,
        name_in,
        name_out,
        also,
        required,
        default,
        sent=not _flag(calls, "exclude"),
        taken=True,
        returned=returned,
        reshaped=serializer is not None and returned is None,
        given=given,
    )


_UNKNOWN: Final = None
_PROBE: Final = "some_field"
_NOTHING: Final = Known(None)


def _named(calls: list[tuple[Scope, f.Call]], word: str) -> Known | None:
    """Return the name that *word* gives: a known None without one, None where it is not known."""
    for scope, call in calls:
        given = call.keyword(word)
        if given is None or f.is_none(given):
            continue
        text = text_of(scope, given)
        return Known(text) if text is not None else _UNKNOWN
    return _NOTHING


def _either(*names: Known | None) -> Known | None:
    """Return the first name that is given; None where it is not known which one counts."""
    for name in names:
        if name is None or name.value is not None:
            return name
    return _NOTHING


def _flag(calls: list[tuple[Scope, f.Call]], word: str) -> bool:
    given = next((x for _, call in calls if (x := call.keyword(word)) is not None), None)
    return isinstance(given, f.Constant) and given.value is True


def _by_name(cls: Class) -> bool:
    for word in ("populate_by_name", "validate_by_name", "allow_population_by_field_name"):
        known, value = setting_of(cls, word)
        if known and value is not None and isinstance(value[1], f.Constant):
            if value[1].value is True:
                return True
    return False


def _default(
    argument: Argument, calls: list[tuple[Scope, f.Call]]
) -> tuple[bool | None, Known | None]:
    """Return whether the field is required, and its default where that is a known value."""
    scope, value = argument.scope, argument.parameter.default
    written = {id(call) for _, call in calls}
    if isinstance(value, f.Name | f.Attribute) and calls:
        symbol = resolve(scope, value)
        if isinstance(symbol, Variable) and id(symbol.value) in written:
            scope, value = symbol.scope, symbol.value
    if value is not None and id(value) not in written:
        if isinstance(value, f.Call) and isinstance(resolve(scope, value.function), Function):
            return None, None  # it may well make a ``Field(...)``
        if f.is_ellipsis(value):
            return True, None
        return False, wire_value(scope, value)
    for where, call in calls:
        given = call.argument(0, "default")
        if given is not None:
            return (True, None) if f.is_ellipsis(given) else (False, wire_value(where, given))
        if call.keyword("default_factory") is not None:
            return False, None
    if _allows_none_by_itself(argument):
        return False, Known(None)
    return True, None


def _allows_none_by_itself(argument: Argument) -> bool:
    """Tell whether pydantic 1 reads it, for which ``Optional[X]`` is a default."""
    if not reads_one(argument.scope.module.service):
        return False
    return opened(argument.scope, argument.parameter.annotation).optional


def _is_relationship(argument: Argument) -> bool:
    value = argument.parameter.default
    return (
        isinstance(value, f.Call)
        and path_of(argument.scope, value.function) == "sqlmodel.Relationship"
    )


# -- alias generators ----------------------------------------------------------------------


def _generated(cls: Class, name: str) -> tuple[Known | None, Known | None]:
    """Return the names that the alias generator of *cls* makes, for the ways in and out."""
    known, given = setting_of(cls, "alias_generator")
    if not known:
        return None, None
    if given is None or (isinstance(given[1], f.Constant) and given[1].kind == "None"):
        return _NOTHING, _NOTHING
    scope, made = given
    if isinstance(made, f.Call) and (path_of(scope, made.function) or "").endswith(
        ".AliasGenerator"
    ):
        both = made.keyword("alias")
        ways = [made.keyword(word) or both for word in ("validation_alias", "serialization_alias")]
        if made.unpacks:
            return None, None
        one, other = (_NOTHING if way is None else generated_name(scope, way, name) for way in ways)
        return one, other
    same = generated_name(scope, made, name)
    return same, same


def naming_of(cls: Class) -> str:
    """Return what tells the service's own function that names the fields of *cls* from another.

    It stands for the names, which only running it would show; empty without such a function.
    """
    known, given = setting_of(cls, "alias_generator")
    if not known or given is None:
        return ""
    function = resolve(*given)
    if not isinstance(function, Function):
        return ""
    made = generated_name(*given, _PROBE)
    return _digest(function) if made == _called_on(function, _PROBE) else ""


def _called_on(function: Function, name: str) -> Known:
    return Known(f"{function.name}({name})")


def _digest(function: Function) -> str:
    written = [f.render(x) for step in function.steps for x in step.expressions]
    text = "\n".join([function.label, *written])
    return digest(text.encode("utf-8", "surrogatepass")).hex()


def generated_name(scope: Scope, generator: f.Expression, name: str) -> Known | None:
    """Return what the alias *generator* makes of *name*; None where that is not known.

    What a function of the service's own makes of it is written as a call: ``camel(first_name)``.
    """
    for _ in range(4):
        path = (path_of(scope, generator) or "").removeprefix("pydantic.alias_generators.")
        match path:
            case "to_camel":
                return Known(_camel(name))
            case "to_pascal":
                return Known(_pascal(name))
            case "to_snake" if re.fullmatch("[a-z_]+", name):
                return Known(name)
        function = resolve(scope, generator)
        if not isinstance(function, Function):
            return None
        returned = [statement.value for _, statement in function.returned]
        match returned:
            case [f.Call(function=inner, arguments=(f.Name(name=handed),), keywords=())] if (
                function.arguments and function.arguments[0].name == handed
            ):
                scope, generator = function, inner
            case _:
                return _called_on(function, name) if _stands_alone(function) else None
    return None


def _stands_alone(function: Function) -> bool:
    """Tell whether what *function* gives hangs on nothing else of the service."""
    return not any(
        isinstance(resolve(function, x), Function | Class)
        or (isinstance(symbol := resolve(function, x), Variable) and symbol.scope is not function)
        for step in function.steps
        for x in step.parts
        if isinstance(x, f.Name)
    )


def _pascal(name: str) -> str:
    return _UPPER_AFTER.sub(lambda match: match[1], name.title())


def _camel(name: str) -> str:
    """Make a name as ``pydantic.alias_generators.to_camel`` does."""
    if re.fullmatch(r"[a-z]+[A-Za-z0-9]*", name) and not re.search(r"\d[a-z]", name):
        return name
    return re.sub(r"(^_*[A-Z])", lambda match: match[1].lower(), _pascal(name))


# -- what goes out otherwise ---------------------------------------------------------------


def _own_ancestors(cls: Class) -> Iterator[Class]:
    return (x for x in ancestors(cls) if isinstance(x, Class))


def _serializers(cls: Class) -> dict[str, Function]:
    """Return the functions that serialise fields of *cls*, by the field's name or ``*``."""
    found: dict[str, Function] = {}
    for ancestor in reversed(list(_own_ancestors(cls))):
        for method in ancestor.methods.values():
            for decorator in method.decorators:
                if not isinstance(decorator, f.Call):
                    continue
                if path_of(ancestor, decorator.function) in _SERIALIZERS:
                    for argument in decorator.arguments:
                        name = text_of(ancestor, argument)
                        if name is not None:
                            found[name] = method
    return found


def _computed(cls: Class, meanings: Mapping[Function | Class, Given]) -> Iterator[WireField]:
    """Yield the properties that pydantic puts among the fields of what goes out."""
    seen: set[str] = set()
    for ancestor in _own_ancestors(cls):
        for method in ancestor.methods.values():
            if method.name in seen:
                continue
            for decorator in method.decorators:
                if path_of(ancestor, f.called(decorator)) not in _COMPUTED:
                    continue
                seen.add(method.name)
                calls: list[tuple[Scope, f.Call]]
                calls = [(ancestor, decorator)] if isinstance(decorator, f.Call) else []
                alias = _either(_named(calls, "alias"), _generated(cls, method.name)[1])
                name = None if alias is None else str(alias.value or method.name)
                parameter = f.Parameter(
                    *method.span.place,
                    method.name,
                    f.ParameterKind.KEYWORD_ONLY,
                    method.returns,
                    None,
                )
                yield WireField(
                    Argument(method.name, ancestor, parameter, ancestor),
                    None,
                    name,
                    required=True,
                    taken=False,
                    reshaped=method.returns is None,
                    given=meanings.get(ancestor, {}),
                )
