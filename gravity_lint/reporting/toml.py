"""Values as they are spelled in a configuration file."""

import enum
import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec


def table(struct: msgspec.Struct, header: str) -> Iterator[str]:
    """Yield the lines of the table *header* with what *struct* holds, nested tables last.

    What is None has no spelling and is left out.
    """
    entries = {
        field.encode_name: getattr(struct, field.name) for field in msgspec.structs.fields(struct)
    }
    yield from _table(entries, header)


def value(given: Any) -> str:
    """Return *given* as TOML; tables come out inline."""
    if isinstance(given, enum.Enum):
        return value(given.value)
    if isinstance(given, str):
        return _string(given)
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float):
        return repr(given)
    if isinstance(given, Mapping):
        pairs = ", ".join(f"{_key(key)} = {value(item)}" for key, item in given.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(given, tuple | list | set | frozenset):
        items = sorted(given) if isinstance(given, set | frozenset) else given
        return f"[{', '.join(map(value, items))}]"
    raise TypeError(f"TOML has no spelling for {given!r}")


def _table(entries: Mapping[str, Any], header: str) -> Iterator[str]:
    yield f"[{header}]"
    nested: list[tuple[str, Any]] = []
    for key, given in entries.items():
        if isinstance(given, msgspec.Struct | Mapping):
            nested.append((key, given))
        elif given is not None:
            yield from _entry(_key(key), given)
    for key, given in nested:
        name = f"{header}.{_key(key)}"
        if isinstance(given, msgspec.Struct):
            yield ""
            yield from table(given, name)
        elif given:
            yield ""
            yield from _table(given, name)


def _entry(key: str, given: Any) -> Iterator[str]:
    line = f"{key} = {value(given)}"
    if len(line) <= 88 or not isinstance(given, tuple | list):
        yield line
        return
    yield f"{key} = ["
    yield from (f"    {value(item)}," for item in given)
    yield "]"


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if bare else _string(key)


def _string(text: str) -> str:
    # JSON's strings are TOML's, except that JSON leaves DEL as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
