"""What a verdict owes to the program: its engine, its rules, its Python."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from gravity_lint import __version__
from gravity_lint.installed import OWN_PACKS, package_directory
from gravity_lint.sources.digests import digest

_ENGINE = Path(__file__).parents[1]


def fingerprint(packs: Iterable[str], linted: Sequence[Path] = ()) -> bytes:
    """Return what changes whenever the engine, the rule packs called *packs*, or Python do.

    No pack is looked for in the trees *linted*.
    """
    # msgspec spells what is kept; it need not be loaded to know which one is there.
    lines = [__version__, sys.version, *_modules(_home("msgspec"))]
    for directory in (_ENGINE, *(_directory(pack, linted) for pack in packs)):
        lines += _modules(directory)
    return digest("\n".join(lines).encode("utf-8", "surrogateescape"))


@lru_cache(maxsize=1)
def own_fingerprint() -> bytes:
    """Return what stands for the program with its own rules alone."""
    return fingerprint(OWN_PACKS)


def _directory(pack: str, linted: Sequence[Path]) -> Path | None:
    """Return where *pack* lies, without running any of it."""
    return _home(pack) if pack in OWN_PACKS else package_directory(pack, linted)


def _home(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    places = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(places))) if places else None


def _modules(directory: Path | None) -> Iterator[str]:
    """Yield size and time of each module below *directory*."""
    pending = [] if directory is None else [os.fspath(directory)]
    while pending:
        with os.scandir(pending.pop()) as listing:
            for entry in sorted(listing, key=lambda entry: entry.name):
                if entry.name.endswith(".py"):
                    found = entry.stat()
                    yield f"{entry.path} {found.st_size} {found.st_mtime_ns}"
                elif entry.is_dir() and entry.name != "__pycache__":
                    pending.append(entry.path)
