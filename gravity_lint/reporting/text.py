"""Text from files and file names, made fit to be shown."""

import contextlib
import os
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TextIO

_ORDINARY = re.compile(r"[ -~]*")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_COMMAND = re.compile(r"##(?=[\w.-]*\[)")
"""How commands to those begin who read the log of a CI: GitHub, Azure Pipelines, TeamCity."""
_COMMAND_OF_A_LINE = re.compile(r"\s*(:)(?=:)")
"""GitHub's other way; a line that begins so is one, and any text may stand first in a line."""


def visible(text: str) -> str:
    """Return *text* with every character that a terminal would obey, or not show, spelled out.

    Control characters (so also ANSI escape sequences), bidirectional and
    zero-width format characters, line separators and lone surrogates become
    Python escapes, and so does what makes a command of it for those who read the
    log of a CI; everything else stays.
    """
    if ":" in text and (command := _COMMAND_OF_A_LINE.match(text)) is not None:
        before, after = text[: command.start(1)], text[command.end(1) :]
        return f"{visible_code(before)}\\x3a{visible_code(after)}"
    return visible_code(text)


def visible_code(text: str) -> str:
    """Return what `visible` returns, for text that never stands first in a line."""
    if "##" in text:
        text = _COMMAND.sub(r"#\\x23", text)
    if _ORDINARY.fullmatch(text):
        return text
    return "".join(map(_shown, text))


def inert(document: str) -> str:
    """Return a *document* in JSON in which nobody who reads a log finds a command."""
    return _COMMAND.sub(r"#\\u0023", document) if "##" in document else document


def write_json(data: Any, stream: TextIO, indent: int) -> None:
    """Write *data* as one line-broken document in JSON, in ASCII, and `inert`."""
    import json  # what is written in other formats needs no more than this module

    stream.write(inert(json.dumps(data, indent=indent)))
    stream.write("\n")


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


def encodable_data(thing: Any) -> Any:
    """Return *thing*, plain data, with all of its texts made `encodable`."""
    if isinstance(thing, str):
        return encodable(thing)
    if isinstance(thing, list | tuple):
        return [encodable_data(item) for item in thing]
    if isinstance(thing, dict):
        return {key: encodable_data(item) for key, item in thing.items()}
    return thing


def shown_path(path: str, start: str | None = None) -> str:
    """Return the absolute *path* as seen from *start* (the working directory), with ``/``.

    A path on another drive stays absolute.
    """
    return encodable(exact_path(path, start))


def exact_path(path: str, start: str | None = None) -> str:
    """Return what `shown_path` does, with bytes that are no text as Python keeps them."""
    return _exact_path(path, os.path.join(start or os.getcwd(), ""))


@lru_cache(maxsize=4096)
def _exact_path(path: str, start: str) -> str:
    if path.startswith(start) and os.pardir not in path:
        path = path[len(start) :]  # what `relpath` says too, ten times as fast
    else:
        with contextlib.suppress(ValueError):
            path = os.path.relpath(path, start)
    return path.replace(os.sep, "/")


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
