"""What a hover tells of an endpoint, and what an OpenAPI document says of its operation.

Both are read into the same words, part by part, so that they can be compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from gravity_lint.contract.description import Value
from gravity_lint.hosts.server.promises import default, named

Row = tuple[str, ...]
Said = dict[str, list[Row]]
"""Rows by part: parameters, body, security, model, statuses."""


class Comparison(NamedTuple):
    """One part: what only the hover tells, what only the document says, what is not known."""

    part: str
    told: set[Row]
    served: set[Row]
    unknown: set[Row]


def compared(text: str, route: str, document: dict) -> Iterator[Comparison]:
    """Yield each part of what *text* tells of *route* beside what *document* says."""
    method, path = route.split(" ", 1)
    told, served = read(text), _Document(document).operation(path, method.lower())
    old = '"null"' not in json.dumps(document)  # pydantic 1, which has no null
    for part, rows in served.items():
        ours = told[part]
        if part == "statuses":
            # What only an exception leads to stands in no document.
            ours = [x[:1] for x in ours if _DOCUMENTED.search(x[1]) or x[:1] in rows]
        ours, rows = ([_plain(x, old=old) for x in found] for found in (ours, rows))
        unknown = {x for x in ours if any(_UNKNOWN.search(cell) for cell in x)}
        more = {x for x in ours if x[0].startswith("…")}
        told_only, served_only = set(ours) - unknown - more - set(rows), set(rows) - set(ours)
        if more and len(served_only) == int(next(iter(more))[0].split()[1]):
            served_only = set()  # a hover shows the first ones
        yield Comparison(part, told_only, served_only, unknown | set(told["unknown"]))


_DOCUMENTED = re.compile("^declared|is validated")
_UNKNOWN = re.compile(r"(^|[ (])\?|\[unknown|`\w+\(\w+\)`")
"""What is not known, or hangs on a function of the service's own that names fields."""
_OF_PARTS = re.compile("`Body( of |_)[^`]*`")
"""The name of a body that is put together of several parameters."""


def read(text: str) -> Said:
    """Return what *text*, a hover in Markdown, tells."""
    found: Said = {"parameters": [], "body": [], "security": [], "model": [], "statuses": []}
    found["unknown"] = []
    part = ""
    for line in text.splitlines():
        if line.startswith("**who may call**") and "not known" in line:
            found["unknown"].append((line,))
        if line.startswith("**security scheme** "):
            found["security"] = [(x,) for x in re.findall(r"`([^`]+)`", line)]
        cells = [x.strip().replace("\\|", "|") for x in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not line.startswith("|"):
            part = ""
        elif cells[0] in ("takes", "in JSON"):
            part = cells[0]
            if part == "in JSON":
                found["model"].append((cells[1],))
        elif re.fullmatch(r"\*\*\d{3}\*\*", cells[0]):
            found["statuses"].append((cells[0].strip("*"), cells[1]))
        elif set(cells[0]) == {"-"} or not any(cells):
            continue
        elif part == "takes" and cells[0] == "?":
            found["unknown"].append(tuple(cells))
        elif part == "takes":
            of_body = cells[0] in ("body", "") or found["body"]
            found["body" if of_body else "parameters"].append(tuple(cells))
        elif part == "in JSON":
            found["model"].append(tuple(cells))
    return found


def _plain(row: Row, *, old: bool) -> Row:
    """Return *row* without what depends on the versions of FastAPI and pydantic."""
    cells = (_OF_PARTS.sub("`Body`", cell) for cell in row)
    cells = (cell.replace("anything or null", "anything") for cell in cells)
    return tuple(cell.replace(" or null", "") if old else cell for cell in cells)


class _Document:
    """An OpenAPI document, in the words of a hover."""

    def __init__(self, document: dict) -> None:
        self._document = document
        self._old = document["openapi"].startswith("3.0")

    def operation(self, path: str, method: str) -> Said:
        """Return what is said of one operation."""
        operation = self._document["paths"][path][method]
        answers = operation["responses"]
        success = next((x for x in sorted(answers) if x < "400"), None)
        content = answers[success].get("content", {}) if success is not None else {}
        schema = content.get("application/json", {}).get("schema")
        return {
            "parameters": [
                (row["in"], self._named(row["name"], row), self._words(row["schema"]))
                for row in operation.get("parameters", ())
            ],
            "body": list(self._body(operation.get("requestBody"))),
            "security": [(name,) for row in operation.get("security", ()) for name in row],
            "model": [] if not schema else [(self._words(schema),), *self._inner(schema)],
            "statuses": [(status,) for status in answers],
        }

    def _named(self, name: str, row: dict[str, Any]) -> str:
        return named(name, bool(row.get("required"))) + self._default(row["schema"])

    def _body(self, body: dict[str, Any] | None) -> Iterator[Row]:
        for media, content in (body or {}).get("content", {}).items():
            schema = content["schema"]
            needed = "" if body is not None and body.get("required") else ", optional"
            yield "body", self._words(schema), f"{media}{needed}"
            yield from (("", *row) for row in self._fields(self._present(schema)))

    def _inner(self, schema: dict[str, Any]) -> Iterator[Row]:
        """Yield the fields of the model that *schema* is, or is a list or a map of."""
        schema = self._present(schema)
        if isinstance(schema.get("items"), dict):
            schema = self._present(schema["items"])
        elif isinstance(schema.get("additionalProperties"), dict) and "properties" not in schema:
            schema = self._present(schema["additionalProperties"])
        yield from self._fields(schema)

    def _present(self, schema: dict[str, Any]) -> dict[str, Any]:
        schema = self._resolved(schema)
        rest = [x for x in schema.get("anyOf", ()) if x.get("type") != "null"]
        return self._resolved(rest[0]) if len(rest) == 1 else schema

    def _fields(self, schema: dict[str, Any]) -> Iterator[Row]:
        needed = schema.get("required", ())
        for name, field in schema.get("properties", {}).items():
            yield named(name, name in needed) + self._default(field), self._words(field)

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        if len(schema.get("allOf", ())) == 1:
            schema = schema["allOf"][0]
        if "$ref" in schema:
            return self._document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    @staticmethod
    def _default(schema: dict[str, Any]) -> str:
        value: Value = schema.get("default")
        return "" if isinstance(value, dict | list) else default(value)

    def _words(self, schema: dict[str, Any]) -> str:
        resolved = self._resolved(schema)
        if resolved is not schema and "title" in resolved:
            return f"`{resolved['title']}`"
        members = resolved.get("anyOf") or resolved.get("oneOf")
        if members:
            return " or ".join(dict.fromkeys(map(self._words, members)))
        values = [resolved["const"]] if "const" in resolved else resolved.get("enum")
        if values is not None:
            return " or ".join(default(x).removeprefix(" = ") or "null" for x in values)
        kind = resolved.get("type")
        if kind is None:
            return "anything"
        if kind == "array":
            rows = resolved.get("prefixItems")
            if rows:
                return f"list of {', '.join(map(self._words, rows))}"
            return _of("list", self._words(resolved.get("items", {})))
        if kind == "object" and "properties" not in resolved:
            inner = resolved.get("additionalProperties", True)
            return _of("map", self._words(inner) if isinstance(inner, dict) else "anything")
        if resolved.get("format") == "binary" or "contentMediaType" in resolved:
            return (
                "file"
                if resolved.get("contentMediaType") != "application/json"
                else "string (json-string)"
            )
        return f"{kind} ({resolved['format']})" if "format" in resolved else kind


def _of(kind: str, inner: str) -> str:
    return f"{kind} of ({inner})" if " or " in inner else f"{kind} of {inner}"
