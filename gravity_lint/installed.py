"""What is installed beside the linter, found without running any of it.

A linted tree may name packages (rule packs, policies), but it must never be one:
what lies in the working directory or in a tree that is judged is not looked at, even
where Python itself would find it there (``python -m``, ``PYTHONPATH=.``).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

OWN_PACKS: Final = ("gravity_rules",)
"""The rule packs that belong to the linter."""


def package_directory(name: str, linted: Iterable[Path] = ()) -> Path | None:
    """Return where the top-level package *name* is installed; None if it is not.

    Nothing in the trees *linted*, nor in the working directory, is looked at.
    """
    if not name.isidentifier():
        return None
    import importlib.machinery  # rarely needed

    spec = importlib.machinery.PathFinder.find_spec(name, import_path(linted))
    locations = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(locations))) if locations else None


def package_version(name: str, file: Path) -> str:
    """Return the version of the installed package *name*, in which *file* lies; empty if unknown.

    That is the version of the distribution that has brought the file, else what the package says
    of itself in its ``__init__.py``. None of its code is run.
    """
    top = name.partition(".")[0]
    directory = next((x for x in file.parents if x.name == top), file.parent)
    places = [Path(place) for place in dict.fromkeys((str(directory.parent), *import_path([])))]
    installed = [found for place in places for found in sorted(place.glob("*-*.dist-info"))]
    own = f"{top}-".lower()
    for metadata in sorted(installed, key=lambda x: not x.name.lower().startswith(own)):
        if metadata.name.lower().startswith(own) or _brings(metadata, top):
            return metadata.name.removesuffix(".dist-info").rpartition("-")[2]
    try:
        text = (directory / "__init__.py").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    stated = re.search(r"""^__version__\b[^=\n]*=\s*["']([^"'\n]+)["']""", text, re.MULTILINE)
    return stated[1] if stated is not None else ""


def _brings(metadata: Path, package: str) -> bool:
    """Tell whether the distribution whose *metadata* these are has brought *package*."""
    try:
        recorded = (metadata / "RECORD").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return f"\n{package}/" in f"\n{recorded}"


def import_path(linted: Iterable[Path] = ()) -> list[str]:
    """Return ``sys.path`` without what lies in the working directory or the trees *linted*.

    The interpreter's own directories stay, also where a virtual environment lies in there.
    """
    shut = [os.path.realpath(os.getcwd()), *(os.path.realpath(place) for place in linted)]
    own = _own_directories()
    return [
        entry
        for entry in sys.path
        if entry
        and (
            (real := os.path.realpath(entry)) in own
            or not any(real == place or real.startswith(f"{place}{os.sep}") for place in shut)
        )
    ]


def withdrawn(path: Sequence[str]) -> list[str]:
    """Return *path*, which is like ``sys.path``, without what lies in the working directory.

    That is what comes before the standard library (``python -m``, ``PYTHONPATH=.``), the linter's
    own places apart: what is installed may lie in a virtual environment in there.
    """
    library = os.path.dirname(os.__file__)
    ahead = path.index(library) if library in path else len(path)
    try:
        here = os.path.realpath(os.getcwd())
    except FileNotFoundError:  # it has been removed
        return list(path)
    own = str(Path(__file__).parents[1])
    kept = {own, os.path.join(own, "rules")}
    return [
        entry
        for number, entry in enumerate(path)
        if number >= ahead or os.path.realpath(entry or here) in kept or not _inside(entry, here)
    ]


def _inside(entry: str, directory: str) -> bool:
    real = os.path.realpath(entry or directory)
    return real == directory or real.startswith(f"{directory}{os.sep}")


@contextmanager
def withdrawing() -> Iterator[None]:
    """Import nothing from the working directory as long as this lasts (see `withdrawn`)."""
    before = sys.path[:]
    sys.path[:] = withdrawn(before)
    try:
        yield
    finally:
        sys.path[:] = before


@contextmanager
def importing(linted: Sequence[Path] = ()) -> Iterator[None]:
    """Import only what is installed as long as this lasts."""
    before = sys.path[:]
    sys.path[:] = import_path(linted)
    try:
        yield
    finally:
        sys.path[:] = before


def _own_directories() -> frozenset[str]:
    """Return where this interpreter keeps the standard library and what is installed."""
    import site
    import sysconfig

    kinds = ("stdlib", "platstdlib", "purelib", "platlib")
    found = {path for name in kinds if (path := sysconfig.get_path(name))}
    found.update(site.getsitepackages())
    if site.ENABLE_USER_SITE:
        found.add(site.getusersitepackages())
    found.add(str(Path(os.__file__).parent / "lib-dynload"))
    found.add(str(Path(__file__).parents[1]))
    return frozenset(os.path.realpath(place) for place in found)
