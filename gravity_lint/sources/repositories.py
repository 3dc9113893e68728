"""Where a git repository begins, and what leads out of it. Nobody is asked: this is about paths."""

from __future__ import annotations

import os
from collections.abc import Callable


def repository_of(directory: str, bears: Callable[[str], bool] = os.path.lexists) -> str | None:
    """Return the top of the git repository in which the absolute *directory* lies, if in one.

    *bears* tells whether there is something at a path.
    """
    while not bears(os.path.join(directory, ".git")):
        parent = os.path.dirname(directory)
        if parent == directory:
            return None
        directory = parent
    return directory


def leaves(real: str, top: str) -> bool:
    """Tell whether the path *real*, in which there is no link, lies outside of *top*."""
    return not os.path.join(real, "").startswith(os.path.join(top, ""))
