"""From configuration files to `Settings`.

The nearest ``gravity-lint.toml``, or ``pyproject.toml`` with a table
``[tool.gravity-lint]``, at or above a directory configures it; where both lie
in one directory, ``gravity-lint.toml`` does. ``extend`` names a configuration
to inherit from: tables merge key by key, anything else replaces what was
inherited, and only ``extend-select`` and ``extend-exclude`` add up. What is
inherited reads as if it stood in the file that inherits it, so the patterns of
a shared policy are relative to the project that adopts it.

Whatever is wrong in a file becomes one `UsageError` that names the file, the
key, what was found there and what may stand there.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgspec

from gravity_lint.configuration.mistakes import MisfitError, convert, described, quoted
from gravity_lint.configuration.settings import Settings
from gravity_lint.errors import UsageError
from gravity_lint.installed import package_directory

OWN_FILE = "gravity-lint.toml"
SHARED_FILE = "pyproject.toml"
FILES = (OWN_FILE, SHARED_FILE)
"""The names of the files that can configure a directory, the preferred one first."""

_TABLE = "tool.gravity-lint"
_ADDED_UP = ("extend-select", "extend-exclude")
_PACKAGE = "package:"

_DEEPEST = 32
"""How many tables may lie in one another; nothing that makes sense needs more than five."""

Table: TypeAlias = dict[str, Any]
T = TypeVar("T", bound=msgspec.Struct)


class Configuration(msgspec.Struct, frozen=True):
    """Settings, and where they come from.

    *directory* is the directory of the file that applies, to which all
    patterns are relative; None if no file does. *layers* are that file and
    those that it inherits from, nearest first, each with what it says.
    """

    settings: Settings = Settings()
    directory: Path | None = None
    layers: tuple[tuple[Path, Table], ...] = ()

    def origin(self, key: str) -> Path | None:
        """Return the file that sets the dotted *key*; None: it has its default."""
        for file, table in self.layers:
            if any(dotted == key for dotted, _ in _leaves(table)):
                return file
        return None

    def explained(self) -> Iterator[tuple[str, object, Path | None]]:
        """Yield each dotted key with its value and the file that sets it (None: the default)."""
        for key, value in _leaves(msgspec.to_builtins(self.settings)):
            yield key, value, self.origin(key)


class Configurations:
    """Finds the configuration of any directory, and reads each file once."""

    def __init__(self) -> None:
        self._above: dict[str, Configuration] = {}

    def above(self, directory: Path) -> Configuration:
        """Return the configuration of *directory*, which is absolute.

        Raises `UsageError` for a file that cannot be read or holds a mistake.
        """
        passed = []
        place = os.fspath(directory)
        while (found := self._above.get(place)) is None:
            found = _in_directory(place)
            passed.append(place)
            parent = os.path.dirname(place)
            if found is not None or parent == place:
                break
            place = parent
        configuration = found or Configuration()
        self._above.update(dict.fromkeys(passed, configuration))
        return configuration


def load(directory: Path) -> Configuration:
    """Return the configuration of *directory*, which is absolute; see `Configurations.above`."""
    return Configurations().above(directory)


def read(file: Path) -> Configuration:
    """Return the configuration that *file* states, with all that it inherits.

    Raises `UsageError` for a file that cannot be read or holds a mistake.
    """
    table = _table(file)
    if table is None:
        raise UsageError(f"{file}: there is no table [{_TABLE}]")
    return _configuration(file, table)


def options(configuration: Configuration, rule: str, schema: type[T]) -> T:
    """Return the options of the rule named *rule*, which fit *schema*.

    Raises `UsageError` if the configuration says something else.
    """
    for file, table in configuration.layers:
        if rule in table.get("rules", {}):
            _convert(file, table["rules"][rule], schema, f"rules.{quoted(rule)}")
    return msgspec.convert(configuration.settings.rules.get(rule, {}), schema)


def mistake(file: Path, key: str, words: str) -> UsageError:
    """Return the error for what stands at the dotted *key* in *file*."""
    if file.name == SHARED_FILE:
        key = f"{_TABLE}.{key}"
    return UsageError(f"{file}: {key}: {words}")


# -- reading files ----------------------------------------------------------------------------


def _in_directory(directory: str) -> Configuration | None:
    """Return what the files directly in *directory* configure, if they do."""
    for name in FILES:
        path = os.path.join(directory, name)
        if os.path.lexists(path):
            file = Path(path)
            table = _table(file)
            if table is not None:
                return _configuration(file, table)
    return None


def _table(file: Path) -> Table | None:
    """Return what *file* says about the linter; None for a ``pyproject.toml`` that says nothing.

    A ``pyproject.toml`` that does not even mention the linter is not parsed:
    every service of a fleet has one.
    """
    try:
        data = file.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise UsageError(f"{file}: cannot be read: {reason or error}") from error
    if file.name != SHARED_FILE:
        return _parse(file, data)
    if b"gravity-lint" not in data:
        return None
    tool = _parse(file, data).get("tool")
    table = tool.get("gravity-lint") if isinstance(tool, dict) else None
    if table is None or isinstance(table, dict):
        return table
    raise UsageError(f"{file}: {_TABLE}: expected a table, found {described(table)}")


def _parse(file: Path, data: bytes) -> Table:
    """Parse the TOML in *data*, which *file* holds."""
    try:
        text = data.decode("utf-8-sig")
        table: Table = msgspec.toml.decode(text)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(f"{file}, line {line}: not UTF-8, which TOML must be") from error
    except RecursionError as error:
        raise UsageError(f"{file}: nested too deeply") from error
    except (msgspec.DecodeError, ValueError) as error:  # ValueError: a number of 5,000 digits
        raise UsageError(_broken(file, text, str(error))) from error
    if _is_deeper(table, _DEEPEST):
        raise UsageError(f"{file}: nested too deeply")
    return table


def _is_deeper(table: Table, limit: int) -> bool:
    """Tell whether more than *limit* tables or lists lie in one another in *table*."""
    level: list[Any] = [table]
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
    return bool(level)


def _broken(file: Path, text: str, words: str) -> str:
    """Say where in *text* the TOML is broken, from the *words* of its parser."""
    place = re.search(r" \(at line (\d+), column (\d+)\)$", words)
    if place is not None:
        return f"{file}, line {place[1]}, column {place[2]}: broken TOML: {words[: place.start()]}"
    words = words.removesuffix(" (at end of document)")
    return f"{file}, line {max(1, len(text.splitlines()))}: broken TOML: {words}"


def _configuration(file: Path, table: Table) -> Configuration:
    """Return the configuration that *table* in *file* states, with all that it inherits."""
    layers: list[tuple[Path, Table]] = []
    seen: list[Path] = []
    nearest = file
    while True:
        real = file.resolve()
        if real in seen:
            raise UsageError(f"{nearest}: 'extend' goes round in a circle: {_chain(layers, file)}")
        seen.append(real)
        stated = _convert(file, table, Settings)
        layers.append((file, table))
        if stated.extend is None:
            break
        file = _extended(file, stated.extend)
        inherited = _table(file)
        if inherited is None:
            raise UsageError(f"{file}: there is no table [{_TABLE}] to inherit from")
        table = inherited
    merged: Table = {}
    for _, layer in reversed(layers):
        merged = _merge(merged, layer)
    settings = msgspec.convert(merged, Settings)
    return Configuration(settings, nearest.parent, tuple(layers))


def _chain(layers: Sequence[tuple[Path, Table]], last: Path) -> str:
    return " -> ".join(str(file) for file in [*(file for file, _ in layers), last])


def _extended(file: Path, extend: str) -> Path:
    """Return the file that *extend* in *file* names."""
    if extend.startswith(_PACKAGE):
        name = extend.removeprefix(_PACKAGE)
        for directory in _package_directories(name, file.parent):
            if os.path.isfile(directory / OWN_FILE):
                return directory / OWN_FILE
        words = f"no package {name!r} with a {OWN_FILE} is installed in this environment"
        raise mistake(file, "extend", words)
    found = Path(os.path.normpath(file.parent / extend))
    if not os.path.isfile(found):
        raise mistake(file, "extend", f"there is no file {extend!r} ({found})")
    return found


def _package_directories(name: str, linted: Path) -> list[Path]:
    """Return where the package *name* is installed, without running any of its code.

    What lies in *linted* is not looked at.
    """
    top, *rest = name.split(".")
    if not all(part.isidentifier() for part in (top, *rest)):
        return []
    directory = package_directory(top, [linted])
    return [] if directory is None else [Path(directory, *rest)]


def _merge(inherited: Table, table: Table) -> Table:
    """Return *inherited* overlaid with *table*."""
    merged = dict(inherited)
    for key, value in table.items():
        before = merged.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            merged[key] = _merge(before, value)
        elif key in _ADDED_UP and isinstance(before, list):
            merged[key] = list(dict.fromkeys([*before, *value]))
        else:
            merged[key] = value
    return merged


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield every value in *table* that is not itself a filled table, with its dotted key."""
    for key, value in table.items():
        dotted = f"{prefix}{quoted(key)}"
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{dotted}.")
        else:
            yield dotted, value


def _convert(file: Path, table: object, schema: type[T], key: str = "") -> T:
    """Return *table*, which stands at *key* in *file*, as a *schema*."""
    try:
        return convert(table, schema)
    except MisfitError as misfit:
        words = misfit.words
        if schema is Settings and misfit.key == "tool" and file.name != SHARED_FILE:
            words = f"in this file the settings stand at the top, without [{_TABLE}]"
        raise mistake(file, ".".join(filter(None, [key, misfit.key])), words) from None
