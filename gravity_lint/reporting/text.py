"""Text from files and file names, made fit to be shown."""

import contextlib
import os
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_ORDINARY = re.compile(r"[ -~]*")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """Return *text* with every character that a terminal would obey, or not show, spelled out.

    Control characters (so also ANSI escape sequences), bidirectional and
    zero-width format characters, line separators and lone surrogates become
    Python escapes; everything else stays.
    """
    if _ORDINARY.fullmatch(text):
        return text
    return "".join(map(_shown, text))


@lru_cache(maxsize=1024)
def _shown(character: str) -> str:
    if unicodedata.category(character) not in _INVISIBLE:
        return character
    if character in _SHORT:
        return _SHORT[character]
    number = ord(character)
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def encodable(text: str) -> str:
    """Return *text* with lone surrogates (undecodable bytes of file names) spelled out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def shown_path(path: str, start: str | None = None) -> str:
    """Return the absolute *path* as seen from *start* (the working directory), with ``/``.

    A path on another drive stays absolute.
    """
    return _shown_path(path, os.path.join(start or os.getcwd(), ""))


@lru_cache(maxsize=4096)
def _shown_path(path: str, start: str) -> str:
    if path.startswith(start) and os.pardir not in path:
        path = path[len(start) :]  # what `relpath` says too, ten times as fast
    else:
        with contextlib.suppress(ValueError):
            path = os.path.relpath(path, start)
    return encodable(path.replace(os.sep, "/"))


def counted(number: int, noun: str) -> str:
    """Return ``1 file``, ``2 files``, ``2 services``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def columns(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Return *rows* as lines with aligned columns; those numbered in *right* from the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
