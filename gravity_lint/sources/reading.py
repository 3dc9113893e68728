"""Reading what may be anybody's: only ordinary files, and not more of them than makes sense.

A repository may hold links to devices that never end, to pipes on which one waits for ever, and
files of any size.
"""

from __future__ import annotations

import os
import stat

LARGEST = 8_000_000
"""Bytes; what is larger was not written by hand, and is not read."""


def contents(file: str | os.PathLike[str], largest: int = LARGEST) -> bytes:
    """Return what *file* holds; raises OSError unless it is ordinary and not too large."""
    data = beginning(file, largest + 1)
    if len(data) > largest:
        raise OSError(27, f"Larger than {largest:,} bytes")
    return data


def beginning(file: str | os.PathLike[str], size: int) -> bytes:
    """Return the first *size* bytes of *file*, or all if there are not so many.

    Raises OSError unless it is an ordinary file.
    """
    mode = os.stat(file).st_mode  # before it is opened, for which one may wait for ever
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(22, "Neither a file nor a directory")
    with open(file, "rb", buffering=0) as stream:
        expected = os.fstat(stream.fileno()).st_size
        data = stream.read(min(size, expected + 1) if expected else size)
        if 0 < len(data) <= expected:
            return data
        parts = [data]
        while parts[-1] and len(parts[-1]) < size:  # what the system makes up comes in pieces
            size -= len(parts[-1])
            parts.append(stream.read(size))
        return b"".join(parts)
