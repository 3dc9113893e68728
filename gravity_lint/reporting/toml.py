"""Values as they are spelled in a configuration file."""

import enum
import json
from collections.abc import Mapping
from typing import Any

from gravity_lint.configuration.mistakes import quoted

_WIDTH = 88


def entry(key: str, given: Any) -> str:
    """Return ``key = value``, a long list on lines of its own; *key* is already spelled."""
    line = f"{key} = {value(given)}"
    if len(line) <= _WIDTH or not isinstance(given, tuple | list):
        return line
    return "\n".join([f"{key} = [", *(f"    {value(item)}," for item in given), "]"])


def value(given: Any) -> str:
    """Return *given* as TOML; tables come out inline."""
    if isinstance(given, enum.Enum):
        return value(given.value)
    if isinstance(given, str):
        # JSON's strings are TOML's, except that JSON leaves DEL as it is.
        return json.dumps(given, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float):
        return repr(given)
    if isinstance(given, Mapping):
        pairs = ", ".join(f"{quoted(str(key))} = {value(item)}" for key, item in given.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(given, set | frozenset):
        return value(sorted(given))
    if isinstance(given, tuple | list):
        return f"[{', '.join(map(value, given))}]"
    return value(str(given))
