"""From configuration files to `Settings`.

The nearest ``gravity-lint.toml``, or ``pyproject.toml`` with a table
``[tool.gravity-lint]``, at or above a directory configures it; where both lie
in one directory, ``gravity-lint.toml`` does. The search ends at the top of the
repository: what lies above it may be anybody's. ``extend`` names a configuration
to inherit from: tables merge key by key, and anything else replaces what was
inherited or is the default. Every list has a twin that adds to it instead
(``extend-public`` to ``public``), and ``ignore`` always adds up. What is
inherited reads as if it stood in the file that inherits it, so the patterns of
a shared policy are relative to the project that adopts it.

Below the root of a service a file of our own stands on top of what holds
for the service, and may say only what concerns the files under it: which rules
are on, how much they weigh and their options (`Configurations.overlay`).

Whatever is wrong in a file becomes one `ConfigurationError` that names the file,
the key, what was found there and what may stand there.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgspec

from gravity_lint.configuration.mistakes import MisfitError, convert, described, quoted
from gravity_lint.configuration.settings import BELOW_A_ROOT, Settings
from gravity_lint.configuration.twins import Twin, fold, parted
from gravity_lint.errors import ConfigurationError, Problem
from gravity_lint.installed import package_directory
from gravity_lint.patterns import pattern
from gravity_lint.sources.reading import contents
from gravity_lint.sources.surroundings import Surroundings

OWN_FILE = "gravity-lint.toml"
SHARED_FILE = "pyproject.toml"
FILES = (OWN_FILE, SHARED_FILE)
"""The names of the files that can configure a directory, the preferred one first."""
_MISNAMED = (".gravity-lint.toml", "gravity_lint.toml", ".gravity_lint.toml", "gravitylint.toml")
_RELATED = pattern(rb"gravity[-_. ]?lint", re.IGNORECASE)

_TABLE = "tool.gravity-lint"
PACKAGE = "package:"
"""How a package is named from which a configuration inherits."""

_DEEPEST = 32
"""How many tables may lie in one another; nothing that makes sense needs more than five."""

Table: TypeAlias = dict[str, Any]
T = TypeVar("T", bound=msgspec.Struct)


class Imposed(msgspec.Struct, frozen=True):
    """What the command line says about configuration files and what is left out.

    *file* (or ``package:NAME``) holds instead of all files that lie around; *isolated*: none holds.
    *exclude* takes the place of the configured one, *extend_exclude* adds to it.
    """

    file: Path | None = None
    isolated: bool = False
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()


NOTHING = Imposed()


class Configuration(msgspec.Struct, frozen=True):
    """Settings, and where they come from.

    *directory* is the directory of the file that applies, to which all
    patterns are relative; None if no file does, or one that was named from
    outside: then patterns are relative to the root of each service. *layers*
    are that file and those that it inherits from, nearest first, each with what
    it says. *outer* is the configuration of the service on which this one, from
    below its root, stands. *fault*: it cannot be read, and what it governs must
    not be judged.
    """

    settings: Settings = Settings()
    directory: Path | None = None
    layers: tuple[tuple[Path, Table], ...] = ()
    outer: "Configuration | None" = None
    fault: ConfigurationError | None = None

    def origin(self, key: str) -> Path | None:
        """Return the file that sets the dotted *key* or adds to it; None: it has its default."""
        parent, dot, last = key.rpartition(".")
        twin = f"{parent}{dot}extend-{last}"
        for file, table in self.layers:
            if any(dotted in (key, twin) for dotted, _ in leaves(table)):
                return file
        return None

    def explained(self) -> Iterator[tuple[str, object, Path | None]]:
        """Yield each dotted key with its value and the file that sets it (None: the default)."""
        for key, value in leaves(msgspec.to_builtins(self.settings)):
            yield key, value, self.origin(key)


class Configurations:
    """Finds the configuration of any directory, and reads each file once."""

    def __init__(self, imposed: Imposed = NOTHING, around: Surroundings | None = None) -> None:
        """*imposed* is what the command line says; files are seen through *around*.

        Raises `ConfigurationError` for a file named there that cannot be used.
        """
        self._above: dict[str, Configuration] = {}
        self._overlays: dict[str, Configuration] = {}
        self._imposed = imposed
        self._around = around or Surroundings()
        self.notices: list[Problem] = []
        """What looks like configuration and is not read, with the right name."""
        self._everywhere: Configuration | None = None
        if imposed.file is not None:
            named = _imposed(imposed.file, self._around)
            self._everywhere = Configuration(named.settings, None, named.layers)
        elif imposed.isolated:
            self._everywhere = Configuration()
        if self._everywhere is not None:
            self._everywhere = self._less(self._everywhere)

    def above(self, directory: Path) -> Configuration:
        """Return the configuration of *directory*, which is absolute.

        One that cannot be used has its `fault`.
        """
        if self._everywhere is not None:
            return self._everywhere
        passed = []
        place = os.fspath(directory)
        while (found := self._above.get(place)) is None:
            found = self._in_directory(place)
            passed.append(place)
            parent = os.path.dirname(place)
            is_top = self._around.bears(os.path.join(place, ".git"))  # of a repository
            if found is not None or parent == place or is_top:
                break
            place = parent
        configuration = found or self._less(Configuration())
        self._above.update(dict.fromkeys(passed, configuration))
        return configuration

    def overlay(self, directory: Path, root: Path, outer: Configuration) -> Configuration:
        """Return what the own file in *directory* makes of *outer*, which holds for *root*.

        All are absolute, and *directory* lies below *root*, the root of a service.
        """
        if self._everywhere is not None:
            return self._everywhere
        place = os.fspath(directory)
        if place not in self._overlays:
            try:
                overlaid = _overlaid(directory, root, outer, self._around)
            except ConfigurationError as error:
                overlaid = Configuration(outer.settings, directory, fault=error, outer=outer)
            self._overlays[place] = self._less(overlaid)
        return self._overlays[place]

    def _in_directory(self, directory: str) -> Configuration | None:
        self.notices += _misnamed(directory, self._around)
        try:
            found = _in_directory(directory, self.notices, self._around)
        except ConfigurationError as error:
            found = Configuration(directory=Path(directory), fault=error)
        return None if found is None else self._less(found)

    def _less(self, configuration: Configuration) -> Configuration:
        """Return *configuration* without its ``exclude`` where the command line has one."""
        if self._imposed.exclude is None:
            return configuration
        settings = msgspec.structs.replace(configuration.settings, exclude=())
        return msgspec.structs.replace(configuration, settings=settings)


def load(directory: Path, imposed: Imposed = NOTHING) -> Configuration:
    """Return the configuration of *directory*, which is absolute.

    Raises `ConfigurationError` for a file that cannot be read or holds a mistake.
    """
    found = Configurations(imposed).above(directory)
    if found.fault is not None:
        raise found.fault
    return found


def read(file: Path, around: Surroundings | None = None) -> Configuration:
    """Return the configuration that *file* states, with all that it inherits.

    Raises `ConfigurationError` for a file that cannot be read or holds a mistake.
    """
    around = around or Surroundings()
    table = _table(file, around)
    if table is None:
        raise ConfigurationError(file, f"there is no table [{_TABLE}]")
    return _configuration(file, table, around)


def _imposed(file: Path, around: Surroundings) -> Configuration:
    """Return the configuration that the command line names: a file, or ``package:NAME``."""
    said = os.fspath(file)
    if said.startswith(PACKAGE):
        return _configuration(Path(os.getcwd(), "--config"), {"extend": said}, around)
    return read(Path(os.path.abspath(file)), around)


def options(configuration: Configuration, rule: str, schema: type[T]) -> T:
    """Return the options of the rule named *rule*, which fit *schema*.

    Raises `ConfigurationError` if the configuration says something else.
    """
    stated = []
    for file, table in configuration.layers:
        if rule in table.get("rules", {}):
            _convert(file, table["rules"][rule], schema, f"rules.{quoted(rule)}")
            stated.append(table["rules"][rule])
    return msgspec.convert(fold(reversed(stated), schema), schema)


def mistake(file: Path, key: str, words: str) -> ConfigurationError:
    """Return the error for what stands at the dotted *key* in *file*."""
    if file.name == SHARED_FILE:
        key = f"{_TABLE}.{key}"
    return ConfigurationError(file, f"{key}: {words}")


def _misnamed(directory: str, around: Surroundings) -> Iterator[Problem]:
    """Yield what in *directory* looks like configuration of the linter and is not read."""
    for name in _MISNAMED:
        path = os.path.join(directory, name)
        if around.bears(path):
            yield Problem(path, f"is not read; the file is called {OWN_FILE}")


def _misnamed_tables(file: Path, data: bytes) -> Iterator[Problem]:
    """Yield the tables in the *data* of a ``pyproject.toml`` whose names resemble ours."""
    if _RELATED.search(data) is None:
        return
    try:
        document = _parse(file, data)
    except ConfigurationError:
        return  # who needs the file says what is wrong with it
    tool = document.get("tool")
    tools = tool if isinstance(tool, dict) else {}
    names = {**{f"tool.{key}": key for key in tools}, **{key: key for key in document}}
    if isinstance(tools.get("gravity"), dict) and "lint" in tools["gravity"]:
        names["tool.gravity.lint"] = "gravity.lint"
    for dotted, name in names.items():
        if re.sub("[-_. ]", "", name).lower() == "gravitylint" and dotted != _TABLE:
            yield Problem(str(file), f"[{dotted}] is not read; the table is called [{_TABLE}]")


# -- reading files ----------------------------------------------------------------------------


def _in_directory(
    directory: str, notices: list[Problem], around: Surroundings
) -> Configuration | None:
    """Return what the files directly in *directory* configure, if they do.

    What only resembles a configuration is added to *notices*.
    """
    for name in FILES:
        path = os.path.join(directory, name)
        if around.bears(path):
            file = Path(path)
            table = _table(file, around, notices)
            if table is not None:
                return _configuration(file, table, around)
    return None


def _table(file: Path, around: Surroundings, notices: list[Problem] | None = None) -> Table | None:
    """Return what *file* says about the linter; None for a ``pyproject.toml`` that says nothing.

    A ``pyproject.toml`` that does not even mention the linter is not parsed:
    every service of a fleet has one.
    """
    try:
        data = around.read(file)
        if data is None:
            data = contents(file)  # it tells what is wrong
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise ConfigurationError(file, f"cannot be read: {reason or error}") from error
    if file.name != SHARED_FILE:
        return _parse(file, data)
    if notices is not None:
        notices += _misnamed_tables(file, data)
    if b"gravity-lint" not in data:
        return None
    tool = _parse(file, data).get("tool")
    table = tool.get("gravity-lint") if isinstance(tool, dict) else None
    if table is None or isinstance(table, dict):
        return table
    raise ConfigurationError(file, f"{_TABLE}: expected a table, found {described(table)}")


def _parse(file: Path, data: bytes) -> Table:
    """Parse the TOML in *data*, which *file* holds."""
    try:
        text = data.decode("utf-8-sig")
        table: Table = msgspec.toml.decode(text)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigurationError(file, "not UTF-8, which TOML must be", line) from error
    except RecursionError as error:
        raise ConfigurationError(file, "nested too deeply") from error
    except (msgspec.DecodeError, ValueError) as error:  # ValueError: a number of 5,000 digits
        raise _broken(file, text, str(error)) from error
    if _is_deeper(table, _DEEPEST):
        raise ConfigurationError(file, "nested too deeply")
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


def _broken(file: Path, text: str, words: str) -> ConfigurationError:
    """Say where in *text* the TOML is broken, from the *words* of its parser."""
    place = re.search(r" \(at line (\d+), column (\d+)\)$", words)
    if place is not None:
        words = words[: place.start()]
        return ConfigurationError(file, f"broken TOML: {words}", int(place[1]), int(place[2]))
    words = words.removesuffix(" (at end of document)")
    return ConfigurationError(file, f"broken TOML: {words}", max(1, len(text.splitlines())))


def _configuration(file: Path, table: Table, around: Surroundings) -> Configuration:
    """Return the configuration that *table* in *file* states, with all that it inherits."""
    layers = _layers(file, table, around)
    return Configuration(stacked(layers), file.parent, layers)


def stacked(layers: Sequence[tuple[Path, Table]]) -> Settings:
    """Return what *layers*, nearest first, say together."""
    return msgspec.convert(fold((table for _, table in reversed(layers)), Settings), Settings)


def _overlaid(
    directory: Path, root: Path, outer: Configuration, around: Surroundings
) -> Configuration:
    """Return what the file in *directory*, below the *root* of a service, makes of *outer*."""
    file = next((directory / name for name in FILES if around.exists(directory / name)), None)
    told = None if file is None else _table(file, around)
    if file is None or told is None:
        return outer
    inherited = {inner for inner, _ in outer.layers}
    own = tuple(layer for layer in _layers(file, told, around) if layer[0] not in inherited)
    for stated, table in own:
        for key in table:
            if key not in BELOW_A_ROOT:
                at = outer.layers[0][0] if outer.directory is not None else root / OWN_FILE
                words = (
                    f"this shapes the service as a whole, so only its root ({root}) can say it:"
                    f" move it to {at}"
                )
                raise mistake(stated, quoted(key), words)
    layers = (*own, *outer.layers)
    merged = fold((t for _, t in reversed(layers)), Settings)
    # The patterns of each file are relative to that file: those of *outer* stay with it.
    merged["per-file-ignores"] = fold((t for _, t in reversed(own)), Settings).get(
        "per-file-ignores", {}
    )
    return Configuration(msgspec.convert(merged, Settings), file.parent, layers, outer)


def _layers(file: Path, table: Table, around: Surroundings) -> tuple[tuple[Path, Table], ...]:
    """Return *file* and those that it inherits from, nearest first, each with what it says."""
    layers: list[tuple[Path, Table]] = []
    seen: list[str] = []
    nearest = file
    while True:
        real = around.real(file)
        if real in seen:
            chain = _chain(layers, file)
            raise ConfigurationError(nearest, f"'extend' goes round in a circle: {chain}")
        seen.append(real)
        stated = _convert(file, table, Settings)
        layers.append((file, table))
        if stated.extend is None:
            return tuple(layers)
        file = _extended(file, stated.extend, around)
        inherited = _table(file, around)
        if inherited is None:
            raise ConfigurationError(file, f"there is no table [{_TABLE}] to inherit from")
        table = inherited


def _chain(layers: Sequence[tuple[Path, Table]], last: Path) -> str:
    return " -> ".join(str(file) for file in [*(file for file, _ in layers), last])


def _extended(file: Path, extend: str, around: Surroundings) -> Path:
    """Return the file that *extend* in *file* names."""
    if extend.startswith(PACKAGE):
        name = extend.removeprefix(PACKAGE)
        around.complete = False
        for directory in _package_directories(name, file.parent):
            if around.is_file(directory / OWN_FILE):
                return directory / OWN_FILE
        words = f"no package {name!r} with a {OWN_FILE} is installed in this environment"
        raise mistake(file, "extend", words)
    found = Path(os.path.normpath(file.parent / extend))
    if not around.is_file(found):
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


def leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield every value in *table* that is not itself a filled table, with its dotted key."""
    for key, value in table.items():
        dotted = f"{prefix}{quoted(key)}"
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{dotted}.")
        else:
            yield dotted, value


def _convert(file: Path, table: object, schema: type[T], key: str = "") -> T:
    """Return *table*, which stands at *key* in *file*, as a *schema*, without what it adds."""
    try:
        plain, added = parted(table, schema)
        for twin in added:
            _check(twin, schema)
        return convert(plain, schema)
    except MisfitError as misfit:
        words = misfit.words
        if schema is Settings and misfit.key == "tool" and file.name != SHARED_FILE:
            words = f"in this file the settings stand at the top, without [{_TABLE}]"
        raise mistake(file, ".".join(filter(None, [key, misfit.key])), words) from None


def _check(twin: Twin, schema: type[T]) -> None:
    """Raise `MisfitError`, about the key as it was spelled, where *twin* does not fit."""
    try:
        convert(twin.alone, schema)
    except MisfitError as misfit:
        raise MisfitError(twin.renamed(misfit.key), misfit.words) from None
