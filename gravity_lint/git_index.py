"""Git's index, which says what git tracks, whatever a ``.gitignore`` says of it."""

from __future__ import annotations

import os
from collections.abc import Callable


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

    Where the *index* shortens paths (in version 4) none is found.
    """
    return entry(path) in index


def entry(path: str) -> bytes:
    """Return how an index writes *path*: its length before it, and a zero behind it."""
    name = os.fsencode(path)
    return b"%c%b\0" % (len(name) & 0xFF, name)
