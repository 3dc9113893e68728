"""Putting a mended text where it came from: same encoding, and nobody's work overwritten."""

from __future__ import annotations

from pathlib import Path

from gravity_lint.sources.source import decoded, encoded
from gravity_lint.sources.writing import replace


class ChangedError(Exception):
    """The file is no longer what was judged."""


def objection(path: str, text: str) -> str | None:
    """Say why the file at *path* cannot hold *text*, if it cannot."""
    try:
        encoded(text, Path(path).read_bytes())
    except UnicodeEncodeError as error:
        character = error.object[error.start]
        return f"{character!r} cannot be written in the file's encoding, {error.encoding}"
    except OSError:
        return None  # text that comes from elsewhere; for a file that is gone, saving says so
    return None


def save(path: str, before: str, after: str) -> None:
    """Write *after* to the file at *path*, in one step, if it still holds *before*.

    Raises ChangedError if it does not, OSError if it cannot be written.
    """
    data = Path(path).read_bytes()
    if decoded(data) != before:
        raise ChangedError("the file has changed since it was read")
    replace(Path(path), encoded(after, data))
