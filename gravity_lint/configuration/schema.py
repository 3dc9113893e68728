"""The JSON Schema of the configuration, for editors that complete and check it."""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from typing import Any

import msgspec

from gravity_lint.configuration.mistakes import tables
from gravity_lint.configuration.settings import Settings
from gravity_lint.configuration.twins import twins


def json_schema(rules: Mapping[str, type[msgspec.Struct]] | None = None) -> dict[str, Any]:
    """Return the JSON Schema of ``gravity-lint.toml`` and of ``[tool.gravity-lint]``.

    *rules* are the rules that have options, by name, with the classes of their
    options. Descriptions are the docstrings of classes and of attributes.
    """
    shared: dict[str, Any] = {}
    schema = _described(Settings, shared)
    for name, section in tables(Settings).items():
        del schema["properties"][name]["default"]
        shared[section.__name__] = _described(section, {})
    schema["properties"]["rules"]["properties"] = {
        name: _described(options, shared) for name, options in sorted((rules or {}).items())
    }
    schema["$defs"] = shared
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "gravity-lint",
    }


def _described(section: type[msgspec.Struct], shared: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of one table, with what the docstrings of its attributes say.

    The schemas that it refers to are added to *shared*.
    """
    _, components = msgspec.json.schema_components([section], ref_template="#/$defs/{name}")
    schema: dict[str, Any] = components.pop(section.__name__)
    shared.update(components)
    words = attribute_docstrings(section)
    for field in msgspec.structs.fields(section):
        if field.name in words:
            schema["properties"][field.encode_name]["description"] = words[field.name]
    for twin, key in twins(section).items():
        schema["properties"][twin] = {
            **{k: v for k, v in schema["properties"][key].items() if k != "default"},
            "description": f"Adds to ``{key}`` instead of replacing it.",
        }
    return schema


def attribute_docstrings(section: type[msgspec.Struct]) -> dict[str, str]:
    """Return the strings that stand below the attributes of the class *section*, by attribute."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(section))).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for attribute, below in zip(definition.body, definition.body[1:], strict=False):
        match attribute, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(words))),
            ):
                found[name] = inspect.cleandoc(words)
    return found
