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


def index_of(top: str, read: Callable[[str], bytes | None]) -> bytes:
    """Return git's index of the repository at *top*; empty where none can be read.

    *read* gives what a file holds. In a further work tree, and in a submodule, `.git` is a file
    that says where git keeps what is its own.
    """
    pointer = read(os.path.join(top, ".git")) or b""
    _, found, place = pointer.partition(b"gitdir:")
    directory = os.fsdecode(place.strip()) if found else ".git"
    return read(os.path.join(top, directory, "index")) or b""


def is_tracked(index: bytes, path: str) -> bool:
    """Tell whether git tracks *path*, which is below the top of the repository, with ``/``.

    Before each path the *index* has its length, and a zero behind it. Where paths are shortened
    (in version 4) none is found.
    """
    name = os.fsencode(path)
    return b"%c%b\0" % (len(name) & 0xFF, name) in index


def leaves(real: str, top: str) -> bool:
    """Tell whether the path *real*, in which there is no link, lies outside of *top*."""
    return not os.path.join(real, "").startswith(os.path.join(top, ""))
