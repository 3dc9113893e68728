"""Regular expressions that are compiled when they are first used.

There are more than a hundred of them. A run needs some, and to compile all takes a tenth of the
time in which a commit is to be judged.
"""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "split", "sub", "subn")


def pattern(expression: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what `re.compile` returns, compiled at its first use."""
    return cast("re.Pattern[AnyStr]", _Lazy(expression, flags))


class _Lazy:
    """Stands in for a compiled pattern; once compiled, it costs nothing more than that."""

    def __init__(self, expression: Any, flags: int) -> None:
        self._stated = expression, flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(*self._stated)
        self.__dict__.update({method: getattr(compiled, method) for method in _METHODS})
        return getattr(compiled, name)
