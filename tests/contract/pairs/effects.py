"""What became of callers, told from two OpenAPI documents alone.

Nothing of the program is used: schemas are compared as sets of values. What a request may hold
must stay among what is taken, what an answer may hold among what was answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.contract import documents

Operation = tuple[str, str]
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


class Effect(NamedTuple):
    """What two documents show of one operation: the part that differs, and whether it breaks."""

    operation: Operation
    part: str
    breaks: bool


def effects(old: dict[str, Any], new: dict[str, Any]) -> set[Effect]:
    """Return what differs between two documents."""
    before, after = _by_address(old), _by_address(new)
    found = {Effect(address, "removed", True) for address in before if address not in after}
    found |= {Effect(address, "added", False) for address in after if address not in before}
    for address, was in before.items():
        if address in after:
            found |= {Effect(address, *part) for part in _parts(was, after[address])}
    return found


def address_of(method: str, path: str) -> Operation:
    """Return what callers address: names of path parameters do not count."""
    return method, re.sub(r"\{[^}]*\}", "{}", path)


def _by_address(document: dict[str, Any]) -> dict[Operation, dict[str, Any]]:
    return {address_of(*key): row for key, row in documents.operations(document).items()}


def _parts(was: dict[str, Any], is_: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    if was["parameters"] != is_["parameters"]:
        yield "parameters", _parameters_break(was["parameters"], is_["parameters"])
    if was["body"] != is_["body"]:
        yield "body", _body_breaks(was["body"], is_["body"])
    statuses = set(was["responses"]), set(is_["responses"])
    if statuses[0] != statuses[1]:
        yield "status", any(status[0] == "2" for status in statuses[0] - statuses[1])
    for status in statuses[0] & statuses[1]:
        one, other = (_closed(side["responses"][status]) for side in (was, is_))
        if one != other:
            yield "response", _answer_breaks(one, other)
    if was["security"] != is_["security"]:
        yield "security", not all(_is_met(row, was["security"]) for row in is_["security"])
    if was["deprecated"] != is_["deprecated"]:
        yield "deprecated", False


def _is_met(wanted: Any, given: list[Any]) -> bool:
    """Tell whether who had all that is *given* has what is *wanted*: a scheme, and its scopes."""
    return any(wanted[0] == row[0] and set(wanted[1:]) <= set(row[1:]) for row in given)


def _parameters_break(old: dict[Any, Any], new: dict[Any, Any]) -> bool:
    paths = [sorted(name for where, name in side if where == "path") for side in (old, new)]
    for key, (required, schema) in new.items():
        if key[0] == "path" and paths[0] != paths[1]:
            continue  # a name that no caller writes
        if key not in old:
            # Something of that name elsewhere is no longer read where callers put it.
            if required or any(name == key[1] for _, name in old):
                return True
        elif (required and not old[key][0]) or not within(old[key][1], schema):
            return True
    return False


def _body_breaks(old: Any, new: Any) -> bool:
    if old is None:
        return any(required for required, _ in new.values())
    if new is None:
        return False
    return any(
        media not in new or (new[media][0] and not required) or not within(schema, new[media][1])
        for media, (required, schema) in old.items()
    )


def _answer_breaks(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return any(
        media not in new or not within(new[media], schema) or _lacks(schema, new[media])
        for media, schema in old.items()
    )


def _closed(schema: Any) -> Any:
    """Return *schema* without what it says of further fields: models send none."""
    if isinstance(schema, dict):
        rest = {k: v for k, v in schema.items() if (k, v) != ("additionalProperties", False)}
        return {key: _closed(value) for key, value in rest.items()}
    return [_closed(value) for value in schema] if isinstance(schema, list) else schema


def _lacks(old: Any, new: Any) -> bool:
    """Tell whether *new* lacks a field of *old* that callers may have read."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    for name, inner in old.get("properties", {}).items():
        if name not in new.get("properties", {}) and "properties" in new:
            return True
        if _lacks(inner, new.get("properties", {}).get(name)):
            return True
    return _lacks(old.get("items"), new.get("items"))


def within(one: Any, other: Any) -> bool:
    """Tell whether every value of the schema *one* is one of *other*, as far as can be told."""
    if other == {} or one == other:
        return True
    if one == {}:
        return False
    if "anyOf" in one:
        return all(within(member, other) for member in one["anyOf"])
    if "anyOf" in other:
        return any(within(one, member) for member in other["anyOf"])
    if "enum" in other:
        return "enum" in one and all(value in other["enum"] for value in one["enum"])
    kinds = one.get("type"), other.get("type")
    if kinds[1] is not None and kinds[0] != kinds[1] and kinds != ("integer", "number"):
        return False
    if other.get("format", one.get("format")) != one.get("format"):
        return False
    if other.get("pattern", one.get("pattern")) != one.get("pattern"):
        return False
    if any(name in other and one.get(name, -1e99) < other[name] for name in _LOWER):
        return False
    if any(name in other and one.get(name, 1e99) > other[name] for name in _UPPER):
        return False
    if not within(one.get("items", {}), other.get("items", {})):
        return False
    return _fields_within(one, other)


def _fields_within(one: dict[str, Any], other: dict[str, Any]) -> bool:
    fields, others = one.get("properties", {}), other.get("properties", {})
    if set(other.get("required", ())) - set(one.get("required", ())):
        return False
    if other.get("additionalProperties") is False:
        if one.get("additionalProperties") is not False or set(fields) - set(others):
            return False
    values = one.get("additionalProperties"), other.get("additionalProperties")
    if isinstance(values[0], dict) and isinstance(values[1], dict) and not within(*values):
        return False
    return all(within(fields[name], others[name]) for name in fields if name in others)
