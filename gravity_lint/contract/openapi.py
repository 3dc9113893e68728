"""An OpenAPI 3.1 document of what a service promises, written without running anything.

It says what FastAPI's own says. What the source does not tell is marked: ``x-unknown`` on a
schema or an operation says what, ``x-unresolved`` at the top lists what may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from gravity_lint.contract.description import (
    Answer,
    Body,
    Description,
    Field,
    Kind,
    Operation,
    Parameter,
    Scheme,
    Shape,
)
from gravity_lint.model.api.paths import shown

VERSION: Final = "3.1.0"
_BOUNDS: Final = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "pattern": "pattern",
    "unique_items": "uniqueItems",
}
_LENGTHS: Final = {
    Kind.ARRAY: {"min_length": "minItems", "max_length": "maxItems"},
    Kind.MAP: {"min_length": "minProperties", "max_length": "maxProperties"},
    Kind.STRING: {"min_length": "minLength", "max_length": "maxLength"},
}
_ODD: Final = re.compile(r"[^A-Za-z0-9.\-_]")


def document(descriptions: Iterable[Description], title: str) -> dict[str, Any]:
    """Return one OpenAPI document of all operations of *descriptions*."""
    return _Document(title).written(tuple(descriptions))


class Writer:
    """Writes operations piece by piece, with the schemas that they refer to, below *base*."""

    def __init__(self, base: str) -> None:
        self._document = _Document("", base)

    @property
    def schemas(self) -> dict[str, Any]:
        """The schemas that were referred to so far."""
        return self._document.schemas

    def operation(self, operation: Operation) -> dict[str, Any]:
        """Return what *operation* takes and answers, and what is not known of it."""
        made = self._document.operation(operation)
        answers = {
            str(answer.status): {"declared": answer.declared, "cause": answer.cause}
            for answer in operation.answers or ()
        }
        return {
            "parameters": made.get("parameters", []),
            "body": made.get("requestBody"),
            "answers": [
                {"status": int(status), **answers[status], "content": row.get("content", {})}
                for status, row in made["responses"].items()
                if status in answers
            ],
            "security": made.get("security", []),
            "deprecated": operation.deprecated,
            "documented": operation.documented,
            "unknown": made.get("x-unknown", []),
        }


class _Document:
    def __init__(self, title: str, base: str = "#/components/schemas/") -> None:
        self._title = title
        self._base = base
        self.schemas: dict[str, Any] = {}
        self._names: dict[tuple[str, object], str] = {}
        self._schemes: dict[str, Any] = {}

    def written(self, descriptions: tuple[Description, ...]) -> dict[str, Any]:
        paths: dict[str, dict[str, Any]] = {}
        identities: set[str] = set()
        for description in descriptions:
            for operation in description.operations:
                if operation.method == "WEBSOCKET" or operation.documented is False:
                    continue
                path = shown(operation.path)
                entry = paths.setdefault(path, {})
                made = self.operation(operation)
                identity = made["operationId"]
                number = 2
                while made["operationId"] in identities:
                    made["operationId"] = f"{identity}_{number}"
                    number += 1
                identities.add(made["operationId"])
                # Of two with one method and path, FastAPI's document has the last, too.
                entry[operation.method.lower()] = made
        found: dict[str, Any] = {
            "openapi": VERSION,
            "info": {"title": self._title, "version": "0.0.0"},
            "paths": paths,
        }
        components: dict[str, Any] = {}
        if self.schemas:
            components["schemas"] = dict(sorted(self.schemas.items()))
        if self._schemes:
            components["securitySchemes"] = self._schemes
        if components:
            found["components"] = components
        unresolved = [
            f"{part.place.path}:{part.place.span.line}: {part.what}" if part.place else part.what
            for description in descriptions
            for part in description.unresolved
        ]
        if unresolved:
            found["x-unresolved"] = unresolved
        return found

    # -- operations ----------------------------------------------------------------------------

    def operation(self, operation: Operation) -> dict[str, Any]:
        """Return the operation object."""
        path = re.sub(r"\W", "_", operation.path)
        name = operation.function.rpartition(".")[2]
        made: dict[str, Any] = {}
        if operation.tags:
            made["tags"] = list(operation.tags)
        made["summary"] = operation.summary or name.replace("_", " ").title()
        if operation.description:
            made["description"] = operation.description
        made["operationId"] = f"{name}{path}_{operation.method.lower()}"
        if operation.deprecated:
            made["deprecated"] = True
        if operation.security:
            made["security"] = [self._security(scheme) for scheme in operation.security]
        parameters = [
            self._parameter(parameter)
            for parameter in operation.parameters or ()
            if parameter.documented
        ]
        if parameters:
            made["parameters"] = parameters
        if operation.body is not None:
            made["requestBody"] = self._body(operation.body)
        made["responses"] = self._responses(operation)
        unknown = [
            *operation.unknown,
            *(f"what `{written}` takes" for written in operation.hiding),
            *(f"whether `{written}` authenticates" for written in operation.doubtful),
        ]
        if operation.answers is None:
            unknown.append("what it answers")
        if operation.success is None:
            unknown.append("with which status it succeeds")
        if operation.conditional:
            made["x-conditional"] = True
        if unknown:
            made["x-unknown"] = unknown
        return made

    def _security(self, scheme: Scheme) -> dict[str, Any]:
        written: dict[str, Any] = {"type": scheme.kind}
        match scheme.kind:
            case "http":
                written["scheme"] = scheme.detail
            case "apiKey":
                written |= {"in": scheme.detail, "name": scheme.key}
            case "oauth2":
                written["flows"] = {scheme.detail: {"scopes": {}, "tokenUrl": scheme.key}}
            case "openIdConnect":
                written["openIdConnectUrl"] = scheme.key
        self._schemes.setdefault(scheme.name, written)
        return {scheme.name: list(scheme.scopes)}

    def _parameter(self, parameter: Parameter) -> dict[str, Any]:
        schema = self._schema(parameter.shape, "in")
        if parameter.has_default and parameter.default is not None:
            schema = {**schema, "default": parameter.default}
        made: dict[str, Any] = {
            "name": parameter.name,
            "in": parameter.location,
            "required": bool(parameter.required),
            "schema": schema,
        }
        if parameter.required is None:
            made["x-unknown"] = ["whether it is required"]
        return made

    def _body(self, body: Body) -> dict[str, Any]:
        made: dict[str, Any] = {"content": {body.media: {"schema": self._schema(body.shape, "in")}}}
        if body.required:
            made["required"] = True
        elif body.required is None:
            made["x-unknown"] = ["whether it is required"]
        return made

    def _responses(self, operation: Operation) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for answer in operation.answers or ():
            made[str(answer.status)] = self._answer(answer, operation)
        return made or {"default": {"description": "Not known from the source."}}

    def _answer(self, answer: Answer, operation: Operation) -> dict[str, Any]:
        made: dict[str, Any] = {"description": _described(answer.status)}
        if answer.status == operation.success:
            if answer.media == "application/json":
                schema = {} if answer.shape is None else self._schema(answer.shape, "out")
                made["content"] = {answer.media: {"schema": schema}}
            elif answer.media:
                made["content"] = {answer.media: {"schema": {"type": "string"}}}
            elif answer.shape is not None and answer.shape.kind is Kind.UNKNOWN:
                made["x-unknown"] = [answer.shape.why]
        elif answer.shape is not None:
            schema = self._schema(answer.shape, "out")
            made["content"] = {"application/json": {"schema": schema}}
        elif answer.status == 422 and "is validated" in answer.cause:
            self.schemas |= _validation(self._base)
            reference = {"$ref": f"{self._base}HTTPValidationError"}
            made["content"] = {"application/json": {"schema": reference}}
        for media, shape in answer.further:
            if not media:
                made["x-unknown"] = [shape.why]
            elif media not in made.get("content", {}):
                schema = self._schema(shape, "out")
                made.setdefault("content", {})[media] = {"schema": schema} if schema else {}
        if not answer.declared:
            # FastAPI's own document does not tell of it.
            made["x-undeclared"] = answer.cause
        return made

    # -- schemas -------------------------------------------------------------------------------

    def _schema(self, shape: Shape, way: str) -> dict[str, Any]:
        match shape.kind:
            case Kind.ANY:
                return {}
            case Kind.UNKNOWN:
                return {"x-unknown": [shape.why]}
            case Kind.FILE:
                return {"type": "string", "format": "binary"}
            case Kind.UNION:
                return self._union(shape, way)
            case Kind.OBJECT if shape.naming:
                return {"x-unknown": [f"how the fields of `{shape.name}` are called"]}
            case Kind.OBJECT | Kind.REFERENCE if shape.name:
                return {"$ref": f"{self._base}{self._component(shape, way)}"}
            case Kind.OBJECT:
                return self._object(shape, way)
            case Kind.ENUM if shape.name:
                return {"$ref": f"{self._base}{self._component(shape, way)}"}
            case Kind.ENUM:
                return _enumeration(shape)
        return self._plain(shape, way)

    def _plain(self, shape: Shape, way: str) -> dict[str, Any]:
        kind = "object" if shape.kind is Kind.MAP else shape.kind.value
        made: dict[str, Any] = {"type": kind}
        if shape.format == "json-string":
            made["contentMediaType"] = "application/json"
        elif shape.format:
            made["format"] = shape.format
        if shape.kind is Kind.ARRAY and shape.members:
            made["prefixItems"] = [self._schema(member, way) for member in shape.members]
        elif shape.kind is Kind.ARRAY and shape.item is not None:
            made["items"] = self._schema(shape.item, way)
        if shape.kind is Kind.MAP and shape.item is not None:
            inner = self._schema(shape.item, way)
            made["additionalProperties"] = inner or True
        for name, value in shape.bounds:
            key = _LENGTHS.get(shape.kind, {}).get(name) or _BOUNDS.get(name)
            if isinstance(value, str) and name != "pattern":
                made.setdefault("x-unknown", []).append(f"`{name}`")
            elif key is not None:
                made[key] = value
        return made

    def _union(self, shape: Shape, way: str) -> dict[str, Any]:
        members = [self._schema(member, way) for member in shape.members]
        if not shape.discriminator:
            return {"anyOf": members}
        made: dict[str, Any] = {"oneOf": members}
        made["discriminator"] = {"propertyName": shape.discriminator}
        return made

    def _component(self, shape: Shape, way: str) -> str:
        where = shape.place
        wanted = _ODD.sub("_", shape.name)
        for candidate in _candidates(wanted, way):
            identity = (shape.name, where, way)
            before = self._names.get((candidate, None))
            if before is None:
                self._names[candidate, None] = repr(identity)
                self.schemas[candidate] = {}
                if shape.kind is Kind.REFERENCE:
                    self.schemas[candidate] = {"x-unknown": ["it is described in itself"]}
                else:
                    self.schemas[candidate] = self._written(shape, way)
                return candidate
            if before == repr(identity):
                known = self.schemas[candidate]
                if shape.kind is not Kind.REFERENCE and "x-unknown" in known:
                    self.schemas[candidate] = {}
                    self.schemas[candidate] = self._written(shape, way)
                return candidate
        raise AssertionError(wanted)

    def _written(self, shape: Shape, way: str) -> dict[str, Any]:
        made = _enumeration(shape) if shape.kind is Kind.ENUM else self._object(shape, way)
        return {**made, "title": shape.name}

    def _object(self, shape: Shape, way: str) -> dict[str, Any]:
        made: dict[str, Any] = {
            "properties": {field.name: self._field(field, way) for field in shape.fields},
            "type": "object",
        }
        required = [field.name for field in shape.fields if field.required]
        if required:
            made["required"] = required
        doubtful = [field.name for field in shape.fields if field.required is None]
        if doubtful:
            made["x-unknown"] = [f"whether `{name}` is required" for name in doubtful]
        if shape.extra == "forbid":
            made["additionalProperties"] = False
        elif shape.extra == "allow":
            made["additionalProperties"] = True
        return made

    def _field(self, field: Field, way: str) -> dict[str, Any]:
        schema = self._schema(field.shape, way)
        if field.has_default and field.default is not None:
            return {**schema, "default": field.default}
        return schema


def _candidates(name: str, way: str) -> Iterable[str]:
    yield name
    yield f"{name}-{'Input' if way == 'in' else 'Output'}"
    for number in range(2, 10_000):
        yield f"{name}_{number}"


def _enumeration(shape: Shape) -> dict[str, Any]:
    kinds = {_KINDS.get(type(value)) for value in shape.values}
    made: dict[str, Any] = {}
    only = kinds.pop() if len(kinds) == 1 else None
    if only is not None:
        made["type"] = only
    if len(shape.values) == 1:
        made["const"] = shape.values[0]
    else:
        made["enum"] = list(shape.values)
    return made


_KINDS: Final[Mapping[type, str]] = {
    bool: "boolean",
    float: "number",
    int: "integer",
    str: "string",
}


def _described(status: int) -> str:
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Additional Response"


def _validation(base: str) -> dict[str, Any]:
    """Return the schemas of the 422 that FastAPI answers itself."""
    place = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    return {
        "HTTPValidationError": {
            "properties": {
                "detail": {"items": {"$ref": f"{base}ValidationError"}, "type": "array"}
            },
            "type": "object",
            "title": "HTTPValidationError",
        },
        "ValidationError": {
            "properties": {
                "loc": {"items": place, "type": "array"},
                "msg": {"type": "string"},
                "type": {"type": "string"},
            },
            "type": "object",
            "required": ["loc", "msg", "type"],
            "title": "ValidationError",
        },
    }
