"""How long the project's formatter lets lines get.

ruff and black set it, else the linters that complain about long lines. The
nearest directory that says anything counts, up to the root of the repository.
"""

from __future__ import annotations

import configparser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from gravity_lint.sources.reading import contents

_DEFAULT = 88
"""That of ruff and of black."""


def line_length(root: Path) -> int | None:
    """Return the line length that holds in the directory *root*, None where none is set."""
    for directory in (root, *root.parents):
        for length in _lengths(directory):
            return length
        if (directory / ".git").exists():
            break
    return None


def _lengths(directory: Path) -> Iterator[int]:
    """Yield what the files of *directory* say, the formatters before the linters."""
    for name in (".ruff.toml", "ruff.toml"):
        if (directory / name).is_file():
            yield _number(_toml(directory / name).get("line-length")) or _DEFAULT
    tools = _table(_toml(directory / "pyproject.toml").get("tool"))
    for name in ("ruff", "black"):
        if name in tools:
            yield _number(_table(tools[name]).get("line-length")) or _DEFAULT
    for name in (".flake8", "setup.cfg", "tox.ini"):
        length = _number(_ini(directory / name).get("max-line-length"))
        if length is not None:
            yield length


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object) -> int | None:
    try:
        number = int(str(value))
    except ValueError:
        return None
    return number if 20 <= number <= 1000 else None


def _toml(file: Path) -> dict[str, Any]:
    return _read(file, msgspec.toml.decode) or {}


def _ini(file: Path) -> dict[str, str]:
    def parse(text: str) -> dict[str, str]:
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        parser.read_string(text)
        section = dict(parser["flake8"]) if parser.has_section("flake8") else {}
        return {key.replace("_", "-"): value for key, value in section.items()}

    return _read(file, parse) or {}


def _read(file: Path, parse: Callable[[str], Any]) -> Any:
    """Return what *file* says; nothing where it is not there or cannot be read."""
    try:
        return parse(contents(file).decode("utf-8-sig"))
    except (OSError, ValueError, configparser.Error, RecursionError):
        return None
