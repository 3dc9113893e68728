"""Schemas written out in ``responses=``: JSON Schema is read, anything else is not known."""

from __future__ import annotations

import pytest

import cases
from gravity_lint import facts as f
from gravity_lint.configuration.settings import Settings
from gravity_lint.contract.description import Kind, Shape
from gravity_lint.contract.handwritten import shape_of_schema


def shape(schema: str) -> Shape:
    module = cases.service_of({"app/main.py": f"SCHEMA = {schema}\n"}, Settings()).modules[0]
    statement = module.facts.body[0]
    assert isinstance(statement, f.Assign)
    return shape_of_schema(module, statement.value)


def test_a_list_of_types_is_a_union() -> None:
    """OpenAPI 3.1, by JSON Schema 2020-12: each of the types will do."""
    found = shape('{"type": ["string", "null"], "maxLength": 5}')
    assert found.kind is Kind.UNION
    assert found.nullable
    text, nothing = found.members
    assert (text.kind, text.bounds) == (Kind.STRING, (("max_length", 5),))
    assert (nothing.kind, nothing.bounds) == (Kind.NULL, ())


@pytest.mark.parametrize(
    "schema",
    [
        '{"type": "text"}',
        '{"type": ["text"]}',
        '{"type": {"a": 1}}',
        '{"type": 5}',
        '{"enum": 5}',
        '{"anyOf": 5}',
        '{"properties": []}',
        '{"properties": {"a": {}}, "required": True}',
        '{"items": [1], "type": "array"}',
        '{("a",): 1}',
        '{["a"]: 1}',
        "[1]",
        "open",
    ],
)
def test_what_is_no_schema_is_not_known(schema: str) -> None:
    found = shape(schema)
    assert found.kind is Kind.UNKNOWN
    assert found.why.startswith("a schema that is written by hand")
