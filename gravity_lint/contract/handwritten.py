"""JSON Schema that somebody has written out in ``responses=``, as a shape."""

from __future__ import annotations

from typing import Any, Final

from gravity_lint import facts as f
from gravity_lint.contract.description import Field, Kind, Shape
from gravity_lint.model.api.enumerations import wire_value
from gravity_lint.model.code.scopes import Scope

_KINDS: Final = {
    kind.value: kind
    for kind in (Kind.NULL, Kind.BOOLEAN, Kind.INTEGER, Kind.NUMBER, Kind.STRING, Kind.ARRAY)
}
_BOUNDS: Final = {
    "exclusiveMaximum": "lt",
    "exclusiveMinimum": "gt",
    "maxItems": "max_length",
    "maxLength": "max_length",
    "maximum": "le",
    "minItems": "min_length",
    "minLength": "min_length",
    "minimum": "ge",
    "multipleOf": "multiple_of",
    "pattern": "pattern",
}
_READ: Final = frozenset(
    {
        *("additionalProperties", "anyOf", "default", "description", "enum", "example", "examples"),
        *("format", "items", "oneOf", "properties", "required", "title", "type", *_BOUNDS),
    }
)


def shape_of_schema(scope: Scope, schema: f.Expression | None) -> Shape:
    """Return what *schema* in *scope* describes: anything where there is none."""
    if schema is None:
        return Shape(Kind.ANY)
    try:
        return _shape(_data(scope, schema))
    except ValueError as doubt:
        return Shape(Kind.UNKNOWN, why=f"a schema that is written by hand: {doubt}")
    except (AttributeError, TypeError):
        return Shape(Kind.UNKNOWN, why="a schema that is written by hand, not as JSON Schema is")


def _data(scope: Scope, expression: f.Expression) -> Any:
    """Return the data that *expression* writes out; ValueError where it does not."""
    match expression:
        case f.Mapping(keys=keys, values=values) if None not in keys:
            rows = zip(keys, values, strict=True)
            return {_data(scope, key): _data(scope, value) for key, value in rows if key}
        case f.Collection(items=items):
            return [_data(scope, item) for item in items]
    known = wire_value(scope, expression)
    if known is None:
        raise ValueError(f"`{f.render(expression)}` is not known")
    return known.value


def _shape(schema: Any) -> Shape:
    if not isinstance(schema, dict):
        raise ValueError("no mapping")
    odd = next((key for key in schema if key not in _READ), None)
    if odd is not None:
        raise ValueError(f"`{odd}`")
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return Shape(Kind.UNION, members=tuple(map(_shape, schema[word])))
    if "enum" in schema:
        return Shape(Kind.ENUM, values=tuple(schema["enum"]))
    kind = schema.get("type")
    if isinstance(kind, list):
        # OpenAPI 3.1 writes what may be null so; nothing else that is said is about null.
        rows = ({"type": x} if x == "null" else {**schema, "type": x} for x in kind)
        return Shape(Kind.UNION, members=tuple(map(_shape, rows)))
    bounds = tuple((name, schema[word]) for word, name in _BOUNDS.items() if word in schema)
    if kind is None and not schema.keys() & {"properties", "items", *_BOUNDS}:
        return Shape(Kind.ANY)
    if kind == "object" or (kind is None and "properties" in schema):
        return _object(schema)
    if kind not in _KINDS:
        raise ValueError(f"type `{kind}`")
    item = _shape(schema.get("items", {})) if kind == "array" else None
    return Shape(_KINDS[kind], format=schema.get("format", ""), item=item, bounds=bounds)


def _object(schema: dict[str, Any]) -> Shape:
    further = schema.get("additionalProperties", True)
    if "properties" not in schema:
        return Shape(Kind.MAP, item=_shape(further) if isinstance(further, dict) else None)
    required = schema.get("required", [])
    fields = tuple(
        Field(name, _shape(row), name in required) for name, row in schema["properties"].items()
    )
    return Shape(Kind.OBJECT, fields=fields, extra="ignore" if further is True else "forbid")
