"""What a function or a class takes when it is called, as ``inspect.signature`` would show it.

A class takes what its own or inherited ``__init__`` or ``__new__`` takes, or
what pydantic, ``dataclasses``, ``NamedTuple`` or attrs make of its fields. As
soon as an ancestor, a metaclass or a decorator is not known, nothing is.
"""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.annotations import markers, symbol_of
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.names import (
    External,
    Variable,
    ancestors,
    bases,
    class_member,
    inherits,
    path_of,
    resolve,
    written_out,
)
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.values import Known, text_of, value_of

_MODELS = ("pydantic.BaseModel", "sqlmodel.SQLModel")
_DATACLASS = ("dataclasses.dataclass", "pydantic.dataclasses.dataclass")
_ATTRS = ("attr.define", "attr.frozen", "attr.mutable", "attr.dataclass")
_HARMLESS = (
    "dataclasses.dataclass_transform",
    "functools.total_ordering",
    "typing.dataclass_transform",
    "typing.final",
    "typing.runtime_checkable",
)
"""Decorators that leave the constructor of a class as it is."""
_SILENT = ("abc.ABC", "builtins.object", "typing.Generic", "typing.Protocol")
"""Bases without a constructor of their own."""
_FIELDS = ("Body", "Cookie", "Field", "File", "Form", "Header", "Path", "Query")
"""What describes a field of a model: pydantic's ``Field``, and FastAPI's subclasses of its kind."""


class Argument(Record, frozen=True):
    """One thing that a call takes.

    *name* is what the signature calls it, *parameter* has its annotation and
    default, as they are written in *scope* (those of a field are of the class
    body), and *owner* is the function or class that declares it.
    """

    name: str
    scope: Scope
    parameter: f.Parameter
    owner: Function | Class


def signature_of(called: Function | Class) -> tuple[Argument, ...] | None:
    """Return what calling *called* takes, the receiver aside; None where that is not known."""
    memory = called.module.service.memory
    return memory.ask(("signature", called), None, _signature_of, called)


def _signature_of(called: Function | Class) -> tuple[Argument, ...] | None:
    return _of_function(called) if isinstance(called, Function) else _of_class(called)


CONSTRUCTORS = ("__new__", "__init__")
"""The methods that run when a class is called; where it has both, the first."""


def constructor_of(cls: Class) -> Function | None:
    """Return the ``__init__`` or ``__new__`` that runs when *cls* is called, if it is a known one.

    The nearest class that has one decides; where it has both, that is ``__new__``.
    """
    for ancestor in ancestors(cls):
        if ancestor is None:
            return None
        if isinstance(ancestor, Class):
            for name in CONSTRUCTORS:
                if name in ancestor.bindings:
                    found = class_member(ancestor, name)
                    return found if isinstance(found, Function) else None
    return None


def model_fields(cls: Class) -> tuple[Argument, ...] | None:
    """Return the fields of the pydantic model *cls*, inherited ones included, by their own names.

    None where an ancestor is not known, or *cls* is no model.
    """
    lineage = list(ancestors(cls))
    if None in lineage or inherits(cls, *_MODELS) is not True:
        return None
    found: dict[str, Argument] = {}
    for ancestor in reversed(lineage):
        if isinstance(ancestor, Class):
            for name, assigned in _annotated(ancestor):
                if not name.startswith("_"):
                    found[name] = _field(ancestor, name, assigned, assigned.value)
    return tuple(found.values())


def _of_function(function: Function) -> tuple[Argument, ...]:
    outside = function.parent or function.module
    return tuple(Argument(p.name, outside, p, function) for p in function.arguments)


def _of_class(cls: Class) -> tuple[Argument, ...] | None:
    lineage = list(ancestors(cls))
    if None in lineage or any(_is_altered(x) for x in lineage if isinstance(x, Class)):
        return None
    if inherits(cls, *_MODELS):
        return _of_model(cls, lineage)
    for ancestor in lineage:
        if isinstance(ancestor, Class):
            if "__new__" in ancestor.bindings or "__init__" in ancestor.bindings:
                own = constructor_of(ancestor)
                return _of_function(own) if own is not None else None
            made_by = _maker(ancestor)
            if made_by is not None and _makes_none(made_by):
                continue
            if made_by is not None:
                return _of_fields(ancestor)
            if External("typing.NamedTuple") in bases(ancestor):
                rows = _annotated(ancestor)
                return tuple(_field(ancestor, name, row, row.value) for name, row in rows)
        elif ancestor is not None and ancestor.path not in _SILENT:
            return None
    return ()


def _is_altered(cls: Class) -> bool:
    """Tell whether something unknown may give *cls* another signature."""
    keywords = {name: value for name, value in cls.definition.keywords if name is not None}
    if len(keywords) < len(cls.definition.keywords) or "__signature__" in cls.bindings:
        return True
    assert cls.parent is not None
    if "metaclass" in keywords and path_of(cls.parent, keywords["metaclass"]) != "abc.ABCMeta":
        return True
    known = (*_HARMLESS, *_DATACLASS, *_ATTRS)
    return any(_path(cls.parent, decorator) not in known for decorator in cls.decorators)


def _path(scope: Scope, decorator: f.Expression) -> str | None:
    return path_of(scope, f.called(decorator))


def is_dataclass(cls: Class) -> bool:
    """Tell whether a decorator makes *cls* a dataclass, Python's or pydantic's."""
    assert cls.parent is not None
    return any(_path(cls.parent, decorator) in _DATACLASS for decorator in cls.decorators)


def _maker(cls: Class) -> f.Expression | None:
    """Return the decorator that makes a constructor of the fields of *cls*."""
    assert cls.parent is not None
    for decorator in cls.decorators:
        if _path(cls.parent, decorator) in (*_DATACLASS, *_ATTRS):
            return decorator
    return None


def _makes_none(decorator: f.Expression) -> bool:
    """Tell whether a decorator such as ``@dataclass(init=False)`` makes no constructor."""
    given = decorator.keyword("init") if isinstance(decorator, f.Call) else None
    return isinstance(given, f.Constant) and given.value is False


def _annotated(cls: Class) -> Iterator[tuple[str, Assigned]]:
    """Yield the annotated names of the body of *cls*, class variables aside."""
    for name, rows in cls.bindings.items():
        assigned = [row for row in rows if isinstance(row, Assigned)]
        last = assigned[-1] if assigned else None
        if last is None or last is not rows[-1] or last.annotation is None:
            continue
        kind = last.annotation
        outer = symbol_of(cls, kind.value if isinstance(kind, f.Subscript) else kind)
        if outer not in (External("typing.ClassVar"), External("dataclasses.KW_ONLY")):
            yield name, last


def _field(cls: Class, name: str, assigned: Assigned, default: f.Expression | None) -> Argument:
    kind = f.ParameterKind.KEYWORD_ONLY
    parameter = f.Parameter(*assigned.span.place, name, kind, assigned.annotation, default)
    return Argument(name, cls, parameter, cls)


# -- dataclasses and attrs -------------------------------------------------------------------


def _of_fields(cls: Class) -> tuple[Argument, ...] | None:
    """Return what ``dataclass`` or attrs make of the fields of *cls* and its ancestors."""
    found: dict[str, Argument] = {}
    for ancestor in reversed(list(ancestors(cls))):
        if not isinstance(ancestor, Class) or _maker(ancestor) is None:
            continue
        if any(_is_bare_field(ancestor, name) for name in ancestor.bindings):
            return None
        for name, assigned in _annotated(ancestor):
            found.pop(name, None)
            call = _field_call(ancestor, assigned.value)
            default, called = assigned.value, name
            if call is not None:
                if call.unpacks:
                    return None
                taken = call.keyword("init")
                if taken is not None:
                    if not isinstance(taken, f.Constant):
                        return None
                    if taken.value is False:
                        continue
                default = call.keyword("default") or call.keyword("default_factory")
                default = default or call.keyword("factory")
                alias = call.keyword("alias")
                text = text_of(ancestor, alias)
                if alias is not None and text is None:
                    return None
                called = text or name
            if _path_of_maker(ancestor) in _ATTRS:
                called = called.lstrip("_")
            found[name] = _field(ancestor, called, assigned, default)
    return tuple(found.values())


def _path_of_maker(cls: Class) -> str | None:
    maker = _maker(cls)
    assert cls.parent is not None
    return _path(cls.parent, maker) if maker is not None else None


def _is_bare_field(cls: Class, name: str) -> bool:
    """Tell whether *name* is a field of attrs without annotation: ``x = attr.ib()``."""
    last = cls.bindings[name][-1]
    if not isinstance(last, Assigned) or last.annotation is not None:
        return False
    return _field_call(cls, last.value) is not None


def _field_call(cls: Class, value: f.Expression | None) -> f.Call | None:
    """Return the ``field(...)`` of dataclasses or attrs that *value* is."""
    if isinstance(value, f.Call):
        if path_of(cls, value.function) in ("dataclasses.field", "attr.field", "attr.ib"):
            return value
    return None


# -- pydantic --------------------------------------------------------------------------------


def _of_model(cls: Class, lineage: list[Class | External | None]) -> tuple[Argument, ...] | None:
    """Return the signature that pydantic gives to the model *cls*: of its ``__init__`` alone."""
    if any(isinstance(x, External) and not _is_plain_model(x) for x in lineage):
        return None
    own = next((x for x in lineage if _has_init(x)), None)
    taken: list[Argument] = []
    rest: Argument | None = None
    if isinstance(own, Class):
        made_by = class_member(own, "__init__")
        if not isinstance(made_by, Function) or any(_hides(made_by, d) for d in made_by.decorators):
            return None
        arguments = _of_function(made_by)
        taken = list(arguments if made_by.cls is not None else arguments[1:])
        kind = f.ParameterKind.VARIADIC_KEYWORD
        rest = next((x for x in taken if x.parameter.kind is kind), None)
        taken = [argument for argument in taken if argument is not rest]
    fields, extra = model_fields(cls), _setting(lineage, "extra")
    by_alias = _setting(lineage, "validate_by_alias")
    if fields is None or extra is None or by_alias is None:
        return None
    open_to_all = rest is not None or not isinstance(own, Class)
    received = {argument.name for argument in taken}
    renamed = any(_renames_all(x) for x in lineage if isinstance(x, Class))
    names: dict[str, str] = {}
    for field in fields if open_to_all else [x for x in fields if x.name in received]:
        name = _name_in_signature(field) if not renamed else None
        name = field.name if by_alias.value is False else name
        if name is None:
            return None
        names[field.name] = name
    found: dict[str, Argument] = {}
    for argument in taken:
        name = names.get(argument.name, argument.name)
        found[name] = Argument(name, argument.scope, argument.parameter, argument.owner)
    if not open_to_all:
        return tuple(found.values())
    for field in fields:
        name = names[field.name]
        if name not in found and field.name not in found:
            found[name] = Argument(name, field.scope, field.parameter, field.owner)
    if extra.value == "allow":
        name = rest.name if rest is not None else "extra_data"
        while name in names or name in found:
            name += "_"
        kind = f.ParameterKind.VARIADIC_KEYWORD
        anything = f.Parameter(*cls.span.place, name, kind, None, None)
        given = Argument(name, cls, anything, cls)
        found[name] = given if rest is None else Argument(name, rest.scope, rest.parameter, cls)
    return tuple(found.values())


def _has_init(ancestor: Class | External | None) -> bool:
    if isinstance(ancestor, Class):
        return "__init__" in ancestor.bindings
    return isinstance(ancestor, External) and ancestor.path in _MODELS


def _hides(function: Function, decorator: f.Expression) -> bool:
    """Tell whether *decorator* may put another signature in the place of that of *function*."""
    outside = function.parent or function.module
    symbol = resolve(outside, f.called(decorator))
    if not isinstance(symbol, Function):
        return True
    wraps = (
        path_of(symbol, x.function) == "functools.wraps"
        for inner in symbol.walk()
        if isinstance(inner, Function)
        for x in inner.decorators
        if isinstance(x, f.Call)
    )
    return not any(wraps)


def _setting(lineage: list[Class | External | None], name: str) -> Known | None:
    """Return what the configuration of a model says of *name*; None where that is not known."""
    for cls in lineage:
        if not isinstance(cls, Class):
            continue
        given = dict(cls.definition.keywords).get(name)
        for binding in cls.bindings.get("model_config", ()):
            if given is None and isinstance(binding, Assigned):
                given = _entry(cls, binding.value, name)
        for inner in cls.definitions:
            if given is None and isinstance(inner, Class) and inner.name == "Config":
                given = Variable(inner, name).value
        if given is not None:
            return value_of(cls, given)
    return Known(None)


def _entry(scope: Scope, value: f.Expression | None, name: str) -> f.Expression | None:
    """Return what the configuration *value* holds for *name*."""
    if value is None:
        return None
    scope, value = written_out((scope, value))
    match value:
        case f.Call():
            return value.keyword(name)
        case f.Mapping():
            return value.get(name)
    return None


def _is_plain_model(base: External) -> bool:
    return base.path in (*_MODELS, *_SILENT)


def _renames_all(cls: Class) -> bool:
    """Tell whether the configuration of *cls* may give all fields other names."""
    rows: list[f.Expression | None] = [value for _, value in cls.definition.keywords]
    if any(name == "alias_generator" for name, _ in cls.definition.keywords):
        return True
    for binding in cls.bindings.get("model_config", ()):
        rows.append(binding.value if isinstance(binding, Assigned) else None)
        if not isinstance(binding, Assigned) or not _is_read(cls, binding.value):
            return True
    return any(
        "alias_generator" in inner.bindings or inner.definition.bases
        for inner in cls.definitions
        if isinstance(inner, Class) and inner.name == "Config"
    )


def _is_read(scope: Scope, value: f.Expression | None) -> bool:
    """Tell whether *value* is a configuration that can be read and renames nothing."""
    match value:
        case f.Call(arguments=(), keywords=keywords):
            return all(k.name not in (None, "alias_generator") for k in keywords)
        case f.Mapping() as mapping:
            return not mapping.unpacks and "alias_generator" not in mapping.literal_keys
        case f.Name() | f.Attribute():
            symbol = resolve(scope, value)
            if isinstance(symbol, Variable) and symbol.value is not None:
                return symbol.value is not value and _is_read(symbol.scope, symbol.value)
    return False


def _name_in_signature(field: Argument) -> str | None:
    """Return what the signature of a model calls *field*: its alias, if that can be a name."""
    for scope, call in descriptions(field):
        if call.unpacks:
            return None
        for word in ("alias", "validation_alias"):
            given = call.keyword(word)
            if given is None or f.is_none(given):
                continue
            text = text_of(scope, given)
            if text is None:
                return None
            if text.isidentifier():
                return text
    return field.name


def descriptions(argument: Argument) -> Iterator[tuple[Scope, f.Call]]:
    """Yield the ``Field(...)`` or ``Query(...)`` by which an argument or a field is described."""
    scope, parameter = argument.scope, argument.parameter
    for candidate in markers(scope, parameter):
        found = description(*candidate)
        if found is not None:
            yield found


def description(scope: Scope, given: f.Expression | None) -> tuple[Scope, f.Call] | None:
    """Return the call with its scope, if *given* or what it names is such a ``Field(...)``."""
    if given is not None:
        scope, given = written_out((scope, given))
    if isinstance(given, f.Call):
        function = resolve(scope, given.function)
        if isinstance(function, External) and function.name in _FIELDS:
            return scope, given
    return None


def argument_for(function: Function, call: f.Call, parameter: f.Parameter) -> f.Expression | None:
    """Return what *call* of *function* gives for *parameter*."""
    names = [p.name for p in function.arguments]
    position = names.index(parameter.name) if parameter.name in names else None
    if parameter.kind is f.ParameterKind.KEYWORD_ONLY:
        position = None
    return call.argument(position, parameter.name)
