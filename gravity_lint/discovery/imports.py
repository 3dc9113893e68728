"""What the modules below a directory import, by a look at their text.

Whether a directory is the root of a service must be known before anything is
parsed, and it is none where the app around it imports it.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from gravity_lint.discovery.places import relative
from gravity_lint.sources.digests import digest
from gravity_lint.sources.surroundings import Surroundings

_SOURCES = "src"
_NO_APP = frozenset(
    {"test", "tests", "scripts", "examples", "venv", "env", "node_modules", "build", "dist"}
)
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<source>\.*[\w.]*)[ \t]+import[ \t]*"
    r"(?P<names>\([^)]{0,4000}\)|[^\n#]*)"
    r"|import[ \t]+(?P<modules>[^\n#]*))",
    re.MULTILINE,
)


class Imports:
    """Reads what lies below each root once, and only where it is asked."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._by_root: dict[str, frozenset[str]] = {}

    def reach(self, directory: str, root: str, stop: Collection[str]) -> bool:
        """Tell whether the app below *root* imports *directory*, which lies below it.

        A directory of sources may be where Python begins to look, or be named itself
        (``src.shop``). What lies below a directory that holds one of the files *stop* is not
        looked at, nor are tests and scripts.
        """
        names = relative(directory, root).split("/")
        if not all(map(str.isidentifier, names)):
            return False
        modules = [".".join(names)]
        if names[0] == _SOURCES and names[1:]:
            modules.append(".".join(names[1:]))
        if root not in self._by_root:
            self._by_root[root] = frozenset(_below(root, stop, self._around))
        return any(
            name == module or name.startswith(f"{module}.")
            for name in self._by_root[root]
            for module in modules
        )


def imported(directory: str, root: str, files: Iterable[str], around: Surroundings) -> bool:
    """Tell whether one of *files* below *root* seems to import the package in *directory*.

    Any directory on the way to it may be where Python begins to look for packages.
    """
    names = relative(directory, root).split("/")
    ends = [".".join(names[start:]) for start in range(len(names))]
    if len(names) > 1 and around.bears(os.path.join(os.path.dirname(directory), "__init__.py")):
        ends.pop()
    for file in files:
        package = relative(os.path.dirname(file), root).split("/")
        inside = package if os.path.dirname(file) != root else []
        for name in _imports(file, inside, around):
            if any(name == end or name.startswith(f"{end}.") for end in ends):
                return True
    return False


def imported_by(files: Iterable[str], around: Surroundings) -> frozenset[str]:
    """Return the dotted names that *files* seem to import absolutely."""
    return frozenset(name for file in files for name in _imports(file, (), around))


def _below(root: str, stop: Collection[str], around: Surroundings) -> Iterator[str]:
    pending = [root]
    while pending:
        directory = pending.pop()
        try:
            entries = around.entries(directory)
        except OSError:
            continue
        if directory != root and any(entry.name in stop for entry in entries):
            continue
        package = relative(directory, root).split("/") if directory != root else []
        package = package[1:] if package[:1] == [_SOURCES] else package
        for entry in entries:
            name = entry.name
            if entry.is_dir(follow_symlinks=False):
                if name.isidentifier() and name not in _NO_APP:
                    pending.append(entry.path)
            elif name.endswith(".py") and not name.startswith(("test_", "conftest")):
                yield from _imports(entry.path, package, around)


def _imports(file: str, package: Sequence[str], around: Surroundings) -> Iterator[str]:
    """Yield the dotted names of what *file*, a module of *package*, seems to import."""
    try:
        data = around.code(file)
    except OSError:
        return
    around.note_code(file, digest(data))
    yield from imports_in(data, package)


def imports_in(data: bytes, package: Sequence[str]) -> Iterator[str]:
    """Yield the dotted names of what a module of *package* with the bytes *data* seems to import.

    A name that is taken from a module follows that module's.
    """
    text = data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    for found in _IMPORT.finditer(text):
        if found["modules"] is not None:
            yield from (part.split()[0] for part in found["modules"].split(",") if part.split())
            continue
        source = found["source"]
        name = source.lstrip(".")
        dots = len(source) - len(name)
        if dots:
            name = ".".join([*package[: len(package) - dots + 1], *filter(None, [name])])
        yield from (
            f"{name}.{part.split()[0]}"
            for part in found["names"].strip("()").split(",")
            if part.split()
        )
