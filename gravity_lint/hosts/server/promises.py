"""What an endpoint takes and answers, in words: as its OpenAPI document says it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gravity_lint.contract.description import Answer, Field, Kind, Operation, Scheme, Shape, Value
from gravity_lint.contract.extraction import Extraction
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.order import placed_routes

UNKNOWN = "?"


def operation(endpoint: Endpoint) -> Operation | None:
    """Return what is promised on the first path of *endpoint*; None where that is not known."""
    service = endpoint.module.service
    placed = next((one for one in placed_routes(service) if one.endpoint is endpoint), None)
    if placed is None:
        return None
    extraction = Extraction(service, Path(service.root))
    return next(iter(extraction.operations_at(placed)), None)


def taken(operation: Operation) -> Iterator[tuple[str, str, str]]:
    """Yield what a request may hold: where, under which name (with its default), of which type."""
    for parameter in operation.parameters or ():
        name = named(parameter.name, parameter.required)
        given = default(parameter.default) if parameter.has_default else ""
        yield parameter.location, f"{name}{given}", words(parameter.shape)
    body = operation.body
    if body is not None:
        yield "body", words(body.shape), f"{body.media}{'' if body.required else ', optional'}"
        for field in body.shape.present.fields:
            yield "", *_field(field)
    for what in operation.unknown:
        yield UNKNOWN, what, ""
    for what in operation.hiding:
        whose = f"`{what}`" if what else "a dependency that is not in view"
        yield UNKNOWN, f"what {whose} takes", ""


def answered(operation: Operation) -> Answer | None:
    """Return how *operation* answers where all goes well."""
    found = (one for one in operation.answers or () if one.status == operation.success)
    return next(found, None)


def fields(shape: Shape) -> Iterator[tuple[str, str]]:
    """Yield the fields of the model that *shape* is, or is a list of: name and type."""
    present = shape.present
    inner = present.item if present.kind in (Kind.ARRAY, Kind.MAP) else present
    for field in inner.present.fields if inner is not None else ():
        yield _field(field)


def scheme(one: Scheme) -> str:
    """Return a security scheme under its name, with the scopes that are demanded."""
    return f"`{one.name}`" + (f" with {', '.join(one.scopes)}" if one.scopes else "")


def words(shape: Shape) -> str:
    """Return a type as clients see it, in one line."""
    match shape.kind:
        case Kind.UNKNOWN:
            return UNKNOWN
        case Kind.ANY:
            return "anything"
        case Kind.UNION:
            return " or ".join(dict.fromkeys(map(words, shape.members)))
        case _ if shape.name:
            return f"`{shape.name}`"
        case Kind.ARRAY if shape.members:
            return f"list of {', '.join(map(words, shape.members))}"
        case Kind.ARRAY | Kind.MAP:
            kind = "list" if shape.kind is Kind.ARRAY else "map"
            inner = words(shape.item) if shape.item is not None else "anything"
            return f"{kind} of ({inner})" if " or " in inner else f"{kind} of {inner}"
        case Kind.ENUM:
            return " or ".join(map(_literal, shape.values))
    return f"{shape.kind.value} ({shape.format})" if shape.format else shape.kind.value


def named(name: str, required: bool | None) -> str:
    """Return *name* as code, with a mark where it may be left out."""
    return f"`{name}`{'' if required else '?'}"


def default(value: Value) -> str:
    """Return what stands behind the name of something that is *value* where it is left out."""
    return "" if value is None else f" = {_literal(value)}"


def _field(field: Field) -> tuple[str, str]:
    given = default(field.default) if field.has_default else ""
    return f"{named(field.name, field.required)}{given}", words(field.shape)


def _literal(value: Value) -> str:
    return f"`{value!r}`" if isinstance(value, str) else f"`{str(value).lower()}`"
