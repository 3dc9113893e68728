"""How configurations add up: what replaces, what merges, and the ``extend-`` twin of every list.

A table merges key by key with what is inherited; anything else replaces it. To
a list ``public`` the key ``extend-public`` adds instead, to what is inherited
or, where nothing is, to the default. So it is in every table, that of a rule's
options included; for a table of lists (``per-file-ignores``) the twin adds to
the lists in it. The schemas know nothing of twins.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeAlias, get_args, get_origin

import msgspec

PREFIX = "extend-"
ALWAYS_ADDED = ("ignore", "extend-select")
"""Lists that never replace: who says that a rule is off, or on, speaks of that rule alone."""

Table: TypeAlias = dict[str, Any]
Schema: TypeAlias = type[msgspec.Struct]


class Twin(NamedTuple):
    """What a table adds to a list: the keys that lead to the *list*, and the *value* added."""

    list: tuple[str, ...]
    value: object

    @property
    def alone(self) -> Table:
        """A table that says nothing but that the list is *value*."""
        *above, last = self.list
        table: Table = {last: self.value}
        for key in reversed(above):
            table = {key: table}
        return table

    def renamed(self, key: str) -> str:
        """Return the dotted *key* of a mistake in `alone`, as the file spells it."""
        *above, last = self.list
        prefix = "".join(f"{step}." for step in above)
        return f"{prefix}{PREFIX}{key.removeprefix(prefix)}" if last in key else key


def twins(schema: Schema) -> dict[str, str]:
    """Return the keys of *schema* that have a twin, by the key of the twin."""
    keys = {field.encode_name for field in msgspec.structs.fields(schema)}
    named = {
        f"{PREFIX}{field.encode_name}": field.encode_name
        for field in msgspec.structs.fields(schema)
        if _adds_up(field.type) and not field.encode_name.startswith(PREFIX)
    }
    return {twin: key for twin, key in named.items() if twin not in keys}


def parted(table: object, schema: Schema) -> tuple[object, list[Twin]]:
    """Part *table* into what *schema* describes and the twins in it, at any depth."""
    if not isinstance(table, dict):
        return table, []
    plain: Table = {}
    found: list[Twin] = []
    known, sections = twins(schema), _sections(schema)
    for key, value in table.items():
        if key in known:
            found.append(Twin((known[key],), value))
        elif key in sections:
            plain[key], inner = parted(value, sections[key])
            found += (Twin((key, *twin.list), twin.value) for twin in inner)
        else:
            plain[key] = value
    return plain, found


def fold(tables: Iterable[Table], schema: Schema) -> Table:
    """Return what *tables*, which fit *schema*, say together; each stands on those before it."""
    merged: Table = {}
    for table in tables:
        merged = _merge(merged, table, schema)
    return merged


def _merge(inherited: Table, table: Table, schema: Schema | None) -> Table:
    """Return *inherited* overlaid with *table*; without *schema* both are plain."""
    merged = dict(inherited)
    known = twins(schema) if schema is not None else {}
    sections = _sections(schema) if schema is not None else {}
    # A list that a table states is what its own additions stand on.
    for key, value in sorted(table.items(), key=lambda item: item[0] in known):
        before = merged.get(key)
        if key in known and schema is not None:
            list_ = known[key]
            base = merged[list_] if list_ in merged else _default(schema, list_)
            merged[list_] = _sum(base, value)
        elif key in sections:
            merged[key] = _merge(before or {}, value, sections[key])
        elif isinstance(value, dict) and isinstance(before, dict):
            merged[key] = _merge(before, value, None)
        elif key in ALWAYS_ADDED and isinstance(before, list):
            merged[key] = _sum(before, value)
        else:
            merged[key] = value
    return merged


def _sum(base: Any, more: Any) -> Any:
    if isinstance(more, dict):
        return {**base, **{key: _sum(base.get(key, []), value) for key, value in more.items()}}
    return [*base, *(item for item in more if item not in base)]


def _default(schema: Schema, key: str) -> Any:
    """Return the default of *key* as a file would state it."""
    for field in msgspec.structs.fields(schema):
        if field.encode_name == key:
            given = field.default
            if given is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
                given = field.default_factory()
            return msgspec.to_builtins(given) if given not in (msgspec.NODEFAULT, None) else []
    return []


def _adds_up(kind: Any) -> bool:
    """Tell whether *kind*, the type of a setting, is a list, or a table of lists."""
    while hasattr(kind, "__metadata__"):
        kind = kind.__origin__
    origin = get_origin(kind) or kind
    if origin is dict:
        return _adds_up(get_args(kind)[1])
    if origin in (tuple, list, set, frozenset):
        return True
    return any(_adds_up(part) for part in get_args(kind) if part is not type(None))


def _sections(schema: Schema) -> dict[str, Schema]:
    """Return the tables of *schema* that have a schema of their own, by key."""
    return {
        field.encode_name: field.type
        for field in msgspec.structs.fields(schema)
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)
    }
