"""How pytest is configured for a service, as plain data.

pytest reads one file: the first that configures it, at or above the directory
in which it is started. That is taken to be the service's root; where a file between the root and
the tests, or a command line of its workflows, says something else, the mode is not known. What
cannot be read is not known either, and no rule speaks where it matters.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gravity_lint.discovery.pytest_invocations import given_on_command_lines, written_by_hand
from gravity_lint.patterns import pattern
from gravity_lint.sources.surroundings import Surroundings

FILES = (
    "pytest.toml",
    ".pytest.toml",
    "pytest.ini",
    ".pytest.ini",
    "pyproject.toml",
    "tox.ini",
    "setup.cfg",
)
"""Where pytest looks, in its order."""
_SECTIONS = {"tox.ini": "pytest", "setup.cfg": "tool:pytest"}
_MODE = pattern(r"(?:--asyncio-mode[= ]|(?:-o ?|--override-ini[= ])asyncio_mode=)(\w+)")
_ELSEWHERE = pattern(r"(?:^| )(?:-c |--config-file|-p ?(?:no:asyncio|aiohttp|alt_pytest_asyncio))")
_HEADER = pattern(r"^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*pytest\b", re.MULTILINE)
_NEXT_HEADER = pattern(r"^[ \t]*\[\[?[ \t]*(?!tool[ \t]*\.[ \t]*pytest)\w", re.MULTILINE)
_STRAY = pattern(r"[^\s#;\[][^=:]*$")
_REQUIREMENTS = pattern(
    r"tox\.ini|noxfile\.py|pyproject\.toml|setup\.(?:py|cfg)|.*requirements.*\.(?:txt|in)|Pipfile"
)
_OLD = pattern(rb"pytest[-_](?:asyncio\W{0,12}0\.(?:\d|1[0-8])|aiohttp\W{0,12}0\.\d+)\b")
"""Until version 0.18 pytest-asyncio's default was neither strict nor auto; until 1.0
pytest-aiohttp ran every async test and fixture itself."""
_LISTS = (".txt", ".in")
_LIKE_TESTS = pattern(r"test.*\.py|.*_tests?\.py|conftest\.py")
_HOOKS = (b"pytest_collection_modifyitems", b"pytest_pyfunc_call", b"asyncio_mode")


class PytestConfiguration(msgspec.Struct, frozen=True):
    """What decides which functions are tests and how async ones are run.

    *asyncio_mode* is ``auto`` where async tests and fixtures need no marks,
    ``strict`` where they do, None where it is not known. *testpaths* are below
    the service's root; empty: everything.
    """

    asyncio_mode: str | None = "strict"
    python_files: tuple[str, ...] = ("test_*.py", "*_test.py")
    python_classes: tuple[str, ...] = ("Test",)
    python_functions: tuple[str, ...] = ("test",)
    testpaths: tuple[str, ...] = ()


class PytestConfigurations:
    """Reads the configuration of services, and every file once."""

    def __init__(self, surroundings: Surroundings | None = None) -> None:
        self._around = surroundings or Surroundings()

    def of(self, root: Path, files: Iterable[Path] = ()) -> PytestConfiguration:
        """Return how pytest is configured for the service at *root*, whose *files* are these."""
        found = PytestConfiguration()
        hooked = False
        for directory in (root, *root.parents):
            configures, options = self._read(directory, above=directory != root)
            if configures:
                found = interpret(options, own=directory == root)
                hooked = directory != root and _hooked_above(root, directory, self._around)
            if configures or self._around.exists(directory / ".git"):
                break
        # Which file counts, and whether it does, depends on how pytest is started.
        below = _on_the_way(root, files)
        nested = [self._read(directory) for directory in below]
        modes = {interpret(o, own=False).asyncio_mode for configures, o in nested if configures}
        modes |= self._reaching(root)
        given, others = given_on_command_lines(root, self._around)
        modes |= given | {_mode_in(file, self._around) for file in others}
        if (
            hooked
            or modes - {found.asyncio_mode}
            or (found.asyncio_mode == "strict" and any(map(self._is_old, (root, *below))))
        ):
            found = msgspec.structs.replace(found, asyncio_mode=None)
        return found

    def _reaching(self, root: Path) -> set[str | None]:
        """Return the modes of configurations above *root* that name its directory, or one below.

        Whoever starts pytest where such a one lies runs these tests by what it says.
        """
        found: set[str | None] = set()
        for directory in self._around.upwards(root)[1:]:
            configures, options = self._read(directory, above=True)
            named = interpret(options, own=True).testpaths if configures else ()
            if any((directory / path).is_relative_to(root) for path in named):
                found.add(interpret(options, own=False).asyncio_mode)
        return found

    def _is_old(self, directory: Path) -> bool:
        """Tell whether files in *directory* ask for a plugin that knew no modes."""
        around = self._around
        names = filter(_REQUIREMENTS.fullmatch, around.names(directory))
        stated = [directory / name for name in sorted(names)]
        if "requirements" in around.names(directory):
            inner = directory / "requirements"
            stated += [inner / x for x in sorted(around.names(inner)) if x.endswith(_LISTS)]
        return any(_OLD.search(written_by_hand(file, around)) for file in stated)

    def _read(self, directory: Path, *, above: bool = False) -> tuple[bool, Any]:
        """Tell whether a file in *directory* configures pytest, and what it says.

        What else lies *above* the service comes and goes, and is not looked at.
        """
        around = self._around
        likely = FILES if above else around.names(directory)
        names = [x for x in FILES if x in likely and around.exists(directory / x)]
        return around.once(
            ("pytest", directory),
            lambda: options_in(names, lambda name: around.text(directory / name)),
        )


def _hooked_above(root: Path, top: Path, around: Surroundings) -> bool:
    """Tell whether a ``conftest.py`` above *root*, up to *top*, may change how tests are run."""
    for directory in root.parents:
        text = written_by_hand(directory / "conftest.py", around)
        if any(hook in text for hook in _HOOKS):
            return True
        if directory == top:
            break
    return False


def _mode_in(file: Path, around: Surroundings) -> str | None:
    """Return the mode that *file*, to which pytest is sent by name, gives."""
    try:
        options = _options(file.name, around.text(file))
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
        return None
    return interpret(options or {}, own=False).asyncio_mode


def _on_the_way(root: Path, files: Iterable[Path]) -> list[Path]:
    """Return the directories below *root* in which, or below which, there are tests."""
    found: set[Path] = set()
    for file in files:
        if _LIKE_TESTS.fullmatch(file.name):
            for directory in file.parents:
                if directory == root or directory in found:
                    break
                found.add(directory)
    return sorted(found)


def options_in(names: Iterable[str], read: Callable[[str], str]) -> tuple[bool, Any]:
    """Tell whether one of the files *names* of a directory configures pytest, and what it says.

    *read* gives the text of a file. The options are None if they cannot be read.
    """
    for name in sorted(set(names) & set(FILES), key=FILES.index):
        try:
            options = _options(name, read(name))
        except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
            return True, None
        if options is not None:
            return True, options
    return False, None


def _options(name: str, text: str) -> Mapping[str, Any] | None:
    """Return what the file says about pytest; None if nothing. Raises ValueError if unreadable."""
    if name.endswith(".toml"):
        return _toml_options(name, text)
    section = _SECTIONS.get(name, "pytest")
    if any(map(_STRAY.match, text.splitlines())):
        raise ValueError("pytest takes no line without a key, and does not start")
    if f"[{section}]" not in text:
        return {} if name not in _SECTIONS else None
    import configparser  # only here: most services have no such file

    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(str(error)) from error
    return dict(parser[section]) if parser.has_section(section) else {}


def _toml_options(name: str, text: str) -> Mapping[str, Any] | None:
    if name != "pyproject.toml":
        return _table(msgspec.toml.decode(text), "pytest") or {}
    header = _HEADER.search(text)
    if header is None and "ini_options" not in text:
        return None
    try:
        # Parsing the whole file takes longer than all else that is done here.
        start = header.start() if header is not None else 0
        following = _NEXT_HEADER.search(text, header.end()) if header is not None else None
        table = msgspec.toml.decode(text[start : following.start() if following else None])
    except msgspec.MsgspecError:
        table = msgspec.toml.decode(text)
    found = _table(_table(table, "tool"), "pytest")
    if found is None:
        return None
    return _table(found, "ini_options") or found


def _table(outer: Any, key: str) -> dict[str, Any] | None:
    inner = outer.get(key) if isinstance(outer, dict) else None
    return inner if isinstance(inner, dict) else None


def interpret(options: Mapping[str, Any] | None, *, own: bool) -> PytestConfiguration:
    """Return what *options* mean; None: they could not be read.

    ``testpaths`` count only if the file is the service's *own*.
    """
    if options is None:
        return PytestConfiguration(asyncio_mode=None)
    defaults = PytestConfiguration()
    arguments = _words(options.get("addopts"))
    return PytestConfiguration(
        _asyncio_mode(options, arguments),
        _words(options.get("python_files")) or defaults.python_files,
        _words(options.get("python_classes")) or defaults.python_classes,
        _words(options.get("python_functions")) or defaults.python_functions,
        tuple(path.rstrip("/").removeprefix("./") for path in _words(options.get("testpaths")))
        if own
        else (),
    )


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value, comments=True))
        except ValueError:
            return tuple(value.split())
    if isinstance(value, list):
        return tuple(str(word) for word in value)
    return ()


def _asyncio_mode(options: Mapping[str, Any], arguments: tuple[str, ...]) -> str | None:
    """Return the mode; those of anyio and trio that need no marks count as ``auto``."""
    line = " ".join(arguments)
    if _ELSEWHERE.search(line):
        return None
    if options.get("anyio_mode") == "auto" or str(options.get("trio_mode", "")).lower() == "true":
        return "auto"
    overridden = _MODE.findall(line)
    mode = overridden[-1] if overridden else options.get("asyncio_mode", "strict")
    return mode if mode in ("auto", "strict") else None
