"""What a verdict owes to the program: its engine, its rules, its Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gravity_lint import __version__
from gravity_lint.sources.digests import digest

_ENGINE = Path(__file__).parents[1]


def fingerprint(packs: Iterable[Path]) -> bytes:
    """Return what changes whenever the engine, the rules below *packs*, or Python do."""
    lines = [__version__, sys.version, msgspec.__version__]
    for directory in (_ENGINE, *packs):
        lines += _modules(os.fspath(directory))
    return digest("\n".join(lines).encode("utf-8", "surrogateescape"))


def _modules(directory: str) -> Iterator[str]:
    """Yield size and time of each module below *directory*."""
    pending = [directory]
    while pending:
        with os.scandir(pending.pop()) as listing:
            for entry in sorted(listing, key=lambda entry: entry.name):
                if entry.name.endswith(".py"):
                    found = entry.stat()
                    yield f"{entry.path} {found.st_size} {found.st_mtime_ns}"
                elif entry.is_dir() and entry.name != "__pycache__":
                    pending.append(entry.path)
