"""The JSON Schemas of what ``gravity-lint`` writes as JSON, made from the classes it writes."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

from gravity_lint.addresses import DOCUMENTATION
from gravity_lint.configuration.schema import attribute_docstrings
from gravity_lint.reporting.documents import VERSION, CheckDocument
from gravity_lint.reporting.scorecard import scores


def json_schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas of all documents, by file name; versions of one are never mixed."""
    return {
        f"check-{VERSION}.schema.json": _schema(CheckDocument, f"check-{VERSION}"),
        f"report-{scores.VERSION}.schema.json": _schema(
            scores.Scorecard, f"report-{scores.VERSION}"
        ),
    }


def _schema(document: type[msgspec.Struct], name: str) -> dict[str, Any]:
    _, components = msgspec.json.schema_components([document], ref_template="#/$defs/{name}")
    for kind in _kinds(document):
        words = {
            attribute: text
            for base in reversed(kind.__mro__)
            if issubclass(base, msgspec.Struct) and base is not msgspec.Struct
            for attribute, text in attribute_docstrings(base).items()
        }
        described = components[kind.__name__]
        for field in msgspec.structs.fields(kind):
            told = described["properties"][field.encode_name]
            told.pop("default", None)
            told["description"] = words[field.name]
        # What is written is there even where a reader could do without.
        described["required"] = [field.encode_name for field in msgspec.structs.fields(kind)]
    for described in components.values():
        if "description" in described:  # Python 3.13 takes the indentation away, others do not
            described["description"] = inspect.cleandoc(described["description"])
    schema: dict[str, Any] = components.pop(document.__name__)
    schema["properties"]["schema_version"]["const"] = int(name.rpartition("-")[2])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{DOCUMENTATION}/schemas/{name}.schema.json",
        **schema,
        "title": f"gravity-lint {name.rpartition('-')[0]}",
        "$defs": components,
    }


def _kinds(document: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    """Return *document* and all classes that lie in it."""
    found: list[type[msgspec.Struct]] = []
    waiting: list[Any] = [document]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if kind not in found:
                found.append(kind)
                waiting += (field.type for field in msgspec.structs.fields(kind))
        else:
            waiting += getattr(kind, "__args__", ())
    return found
