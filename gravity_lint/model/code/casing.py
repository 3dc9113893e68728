"""How names are written."""

from __future__ import annotations

from gravity_lint.patterns import pattern

_BOUNDS = pattern(r"(?<=[a-z0-9])(?=[A-Z])")


def in_snake_case(name: str) -> str:
    """Return *name* as Python writes it: ``nextPageToken`` is ``next_page_token``."""
    return _BOUNDS.sub("_", name).lower()
