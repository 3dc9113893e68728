"""Putting a mended text where it came from: same encoding, and nobody's work overwritten."""

from __future__ import annotations

from pathlib import Path

from gravity_lint.sources.source import decoded, encoded
from gravity_lint.sources.writing import replace


class ChangedError(Exception):
    """The file is no longer what was judged."""


class EncodingError(Exception):
    """The file's encoding does not hold the text."""


def objection(path: str, text: str) -> str | None:
    """Say why the file at *path* cannot hold *text*, if it cannot."""
    try:
        fitting(text, Path(path).read_bytes())
    except EncodingError as error:
        return str(error)
    except OSError:
        return None  # text that comes from elsewhere; for a file that is gone, saving says so
    return None


def save(path: str, before: str, after: str) -> None:
    """Write *after* to the file at *path*, in one step, if it still holds *before*.

    Raises ChangedError if it does not, EncodingError if it cannot hold *after*
    and OSError if it cannot be written.
    """
    data = Path(path).read_bytes()
    if decoded(data) != before:
        raise ChangedError("the file has changed since it was read")
    replace(Path(path), fitting(after, data))


def fitting(text: str, like: bytes) -> bytes:
    """Return the bytes of *text* in the encoding of the file that holds *like*.

    Raises EncodingError unless they are read as *text* again, and all that
    stays of the file keeps its bytes: what goes through some codecs (escapes,
    shift states) comes back as something else.
    """
    try:
        written = encoded(text, like)
        kept = encoded(decoded(like), like) == like
    except UnicodeEncodeError as error:
        character = error.object[error.start : error.start + 1]
        raise EncodingError(
            f"{character!r} cannot be written in the file's encoding, {error.encoding}"
        ) from error
    except (ValueError, LookupError, SyntaxError) as error:
        raise EncodingError(f"the file's encoding cannot write it: {error}") from error
    if not kept or decoded(written) != text:
        raise EncodingError("in the file's encoding other bytes would change as well")
    return written
