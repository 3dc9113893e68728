"""OpenAPI documents in a form that can be compared, whoever has written them.

References are followed, titles, descriptions and examples dropped, and what can be said in two
ways is said in one. What one side marks as not known (``x-unknown``) is equal to anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_DROPPED = ("title", "description", "example", "examples", "deprecated", "readOnly", "writeOnly")
_DROPPED += ("contentMediaType", "contentEncoding", "externalDocs", "$defs", "xml")
_KEPT = (
    *("type", "format", "enum", "items", "anyOf", "required", "properties", "additionalProperties"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "pattern"),
    *("minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "prefixItems", "default"),
    *("minProperties", "maxProperties", "discriminator", "x-unknown"),
)
UNKNOWN = {"x-unknown": True}


class Schemas:
    """The schemas of one document, looked up by their references."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def normal(self, schema: Any, seen: tuple[str, ...] = ()) -> Any:
        """Return *schema* in its one form, references followed until they come again."""
        if schema is True or schema == {}:
            return {}
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            reference = str(schema["$ref"])
            if reference in seen:
                return {"again": True}
            if reference.endswith("/HTTPValidationError"):
                return {"HTTPValidationError": True}  # its fields are not those of every version
            found: Any = self._document
            for part in reference.removeprefix("#/").split("/"):
                found = found[part]
            inner = self.normal(found, (*seen, reference))
            rest = {k: v for k, v in schema.items() if k in ("default",)}
            return {**inner, **rest} if rest else inner
        if schema.get("contentMediaType") == "application/octet-stream":
            schema = {**schema, "format": "binary"}
        schema = {k: v for k, v in schema.items() if k not in _DROPPED}
        if "x-unknown" in schema and not schema.get("properties"):
            return UNKNOWN
        if "allOf" in schema and len(schema["allOf"]) == 1:
            rest = {k: v for k, v in schema.items() if k != "allOf"}
            return {**self.normal(schema["allOf"][0], seen), **self.normal(rest, seen)}
        if "const" in schema:
            schema["enum"] = [schema.pop("const")]
        if "oneOf" in schema:
            schema["anyOf"] = schema.pop("oneOf")
        if isinstance(schema.get("discriminator"), dict):
            schema["discriminator"] = schema["discriminator"]["propertyName"]
        found = {}
        for key, value in schema.items():
            if key == "properties":
                found[key] = {name: self.normal(inner, seen) for name, inner in value.items()}
            elif key in ("items", "additionalProperties"):
                found[key] = self.normal(value, seen)
            elif key == "anyOf":
                members = [self.normal(inner, seen) for inner in value]
                if {} in members:
                    return {}
                found[key] = sorted(members, key=lambda x: json.dumps(x, sort_keys=True))
            elif key == "prefixItems":
                found[key] = [self.normal(inner, seen) for inner in value]
            elif key == "required":
                found[key] = sorted(value)
            elif key in _KEPT:
                found[key] = value
        if found.get("additionalProperties") == {} and "properties" in found:
            found["additionalProperties"] = True
        if found.get("additionalProperties") in ({}, True) and "properties" not in found:
            del found["additionalProperties"]
        if found.get("items") == {}:
            del found["items"]
        if not isinstance(found.get("default", 0), str | int | float):
            del found["default"]
        if found.get("required") == []:
            del found["required"]
        if found.get("properties") == {}:
            del found["properties"]
        return found


def operations(document: dict[str, Any], prefix: str = "") -> dict[tuple[str, str], dict[str, Any]]:
    """Return the operations of *document* by method and path, each in its one form."""
    schemas = Schemas(document)
    found = {}
    for path, entry in document["paths"].items():
        for method, operation in entry.items():
            if method in METHODS:
                found[method.upper(), prefix + path] = _operation(operation, schemas)
    return found


def _operation(operation: dict[str, Any], schemas: Schemas) -> dict[str, Any]:
    parameters = {
        (row["in"], row["name"]): (bool(row.get("required")), schemas.normal(row["schema"]))
        for row in operation.get("parameters", [])
    }
    body = operation.get("requestBody")
    responses = {}
    for status, answer in operation.get("responses", {}).items():
        if "x-undeclared" in answer:
            continue
        content = {
            media: schemas.normal(row.get("schema", {}))
            for media, row in answer.get("content", {}).items()
        }
        responses[status] = UNKNOWN if "x-unknown" in answer else content
    return {
        "parameters": parameters,
        "body": None
        if body is None
        else {
            media: (bool(body.get("required")), schemas.normal(row["schema"]))
            for media, row in body["content"].items()
        },
        "responses": responses,
        "tags": operation.get("tags", []),
        "deprecated": bool(operation.get("deprecated")),
        "security": sorted(
            {
                (name, *sorted(scopes))
                for row in operation.get("security", [])
                for name, scopes in row.items()
            }
        ),
        "unknown": operation.get("x-unknown", []),
    }


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Yield where *one* (which may say that it does not know) and *other* differ."""
    if UNKNOWN in (one, other):
        return
    if isinstance(one, dict) and isinstance(other, dict):
        if {"again": True} in (one, other):
            return
        for key in sorted({*one, *other}, key=repr):
            if key == "x-unknown":
                continue
            if key not in one:
                yield f"{path}.{key}: lacking, is {_short(other[key])}"
            elif key not in other:
                yield f"{path}.{key}: too much, {_short(one[key])}"
            else:
                yield from differences(one[key], other[key], f"{path}.{key}")
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
        if len(one) != len(other):
            yield f"{path}: {_short(one)} for {_short(other)}"
            return
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{path}[{number}]")
    elif one != other or (isinstance(one, bool) != isinstance(other, bool)):
        yield f"{path}: {_short(one)} for {_short(other)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 90 else f"{text[:87]}..."
