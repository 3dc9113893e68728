"""Paths of directories and files, as text: which lies below which."""

import os


def prefix(directory: str) -> str:
    """Return what the path of everything below *directory* starts with."""
    return directory if directory.endswith(os.sep) else directory + os.sep


def below(path: str, directory: str) -> bool:
    """Tell whether *path* lies in *directory* or further down."""
    return path != directory and path.startswith(prefix(directory))


def overlap(one: str, other: str) -> bool:
    """Tell whether one directory lies in the other, or is the other."""
    return prefix(one).startswith(prefix(other)) or prefix(other).startswith(prefix(one))


def relative(path: str, anchor: str) -> str:
    """Return *path* relative to the directory *anchor* above it, with ``/`` between its parts."""
    rest = path[len(prefix(anchor)) :]
    return rest if os.sep == "/" else rest.replace(os.sep, "/")
