"""Paths as services that show a repository want them: below its top, whatever the directory."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from gravity_lint.reporting.text import shown_path


def below_repository(path: str) -> str:
    """Return the absolute *path* as seen from the top of its git repository, with ``/``.

    Outside of one, as seen from the working directory.
    """
    return shown_path(path, top_of(os.path.dirname(path)))


@lru_cache(maxsize=4096)
def top_of(directory: str) -> str | None:
    """Return the top of the repository in which *directory* lies, None if it lies in none."""
    place = Path(directory)
    for above in (place, *place.parents):
        if os.path.lexists(above / ".git"):
            return str(above)
    return None
