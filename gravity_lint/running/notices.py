"""What the configurations of a run say in vain: patterns that match no file.

Only what a file states itself is looked at: the patterns of a shared policy need not
match everywhere. And only where the run sees all that the file governs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gravity_lint.configuration.files import Configuration, Table, mistake
from gravity_lint.configuration.globs import Globs
from gravity_lint.configuration.mistakes import quoted
from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.errors import Problem


def idle_patterns(named: Sequence[Path], services: Sequence[ServiceFiles]) -> Iterator[Problem]:
    """Yield a notice per pattern that matches no file of the *services* that it governs.

    *named* are the absolute paths of the run.
    """
    governed: dict[int, tuple[Configuration, list[ServiceFiles]]] = {}
    for files in services:
        _, members = governed.setdefault(id(files.configuration), (files.configuration, []))
        members.append(files)
    for configuration, members in governed.values():
        directory = configuration.directory
        if directory is None or not any(directory.is_relative_to(path) for path in named):
            continue
        file, table = configuration.layers[0]
        for key, pattern in _idle(table, directory, members):
            error = mistake(file, key, f"the pattern {pattern!r} matches no file")
            yield error.problem


def _idle(
    table: Table, directory: Path, services: Sequence[ServiceFiles]
) -> Iterator[tuple[str, str]]:
    for key in ("per-file-ignores", "extend-per-file-ignores"):
        for pattern in table.get(key, {}):
            globs = Globs([pattern.removeprefix("!")])
            if not any(
                globs.decide(path.relative_to(directory).as_posix())
                for path in _files(services)
                if path.is_relative_to(directory)
            ):
                yield key, pattern
    layers = table.get("layers", {})
    if not layers:
        return
    from gravity_lint.model.code.layers import matches  # rarely needed, and not free

    for layer, patterns in layers.items():
        for pattern in patterns:
            if not any(
                matches(path.relative_to(files.root).as_posix(), f"**/{pattern}")
                for files in services
                for path in files.files
                if path.is_relative_to(files.root)
            ):
                yield f"layers.{quoted(layer)}", pattern


def _files(services: Iterable[ServiceFiles]) -> Iterator[Path]:
    for files in services:
        yield from files.files
