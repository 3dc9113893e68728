"""What a service says of itself as a distribution: its requirements and its entry points.

They stand in ``pyproject.toml`` (PEP 621, PEP 735, Poetry), ``setup.cfg``, ``setup.py``,
``requirements*.txt``, ``Pipfile`` and ``environment.yml``, and the versions that were chosen in
the lock of poetry, uv, pdm or Pipenv. Nothing is run or installed; what cannot be read is not
known.
"""

from __future__ import annotations

import ast
import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gravity_lint.patterns import pattern
from gravity_lint.sources.surroundings import Surroundings

_REQUIREMENTS = pattern(r"(?:[\w.-]*[-_.])?(?:requirements|reqs)(?:[-_.][\w.-]*)?\.(?:txt|in)")
_OTHERS = ("pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "environment.yml")
_DIRECTORIES = ("requirements",)
_LOCKS = ("poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock")
_LOCKED = pattern(
    r"""^name = "(?P<name>[^"\n]+)"\nversion = "(?P<version>[^"\n]+)"$"""
    r"""|^ +"(?P<key>[\w.-]+)": \{[^{}]*?"version": "==(?P<chosen>[^"\n]+)\"""",
    re.MULTILINE,
)
_REQUIREMENT = pattern(
    r"\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*"
    r"(?P<version>(?:\(?\s*(?:[<>=!~]=?=?|@)[^;#]*)?)"
)
_QUOTED = re.compile(r"""(['"])(?P<text>[^'"\n]+)\1""")
_CONDA = re.compile(r"^\s*-\s*(?P<text>[A-Za-z0-9][^:#\n]*?)\s*(?:#.*)?$", re.MULTILINE)
_SINGLE = pattern(r"(?<![<>=!~])=(?!=)")
_REQUIRING = (
    *("install_requires", "extras_require", "setup_requires", "tests_require", "requires", None),
)
"""Keywords of ``setup`` that say what is required; None: ``**`` gives them."""
_CONSOLE = re.compile(r"""=\s*(?P<target>[\w.]+:[\w.]+)""")
_ENTRY = re.compile(r"""=\s*(?P<target>[\w.]+(?::[\w.]+)?)""")
_TASK = pattern(r"(?P<target>[\w.]+:[\w.]+)\s*(?:\(.*)?", re.DOTALL)
"""The function that a task of poe or pdm calls, with what it is given there."""
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_RUNNERS = ("poe", "pdm")
"""The tools whose tasks in ``pyproject.toml`` call a function by its name."""
_PROGRAMS = ("console_scripts", "gui_scripts")
"""The groups of entry points that are programs, and nothing that others load."""
_HEAD = pattern(r"^(?=[ \t]*\[)([ \t]*\[\[?[^\[\]\n]+\]\]?[ \t]*(?:#.*)?$)", re.MULTILINE)
_WANTED = pattern(
    r"""[ \t]*\[\[?\s*["']?(?:project|dependency-groups"""
    r"""|tool["']?\s*(?:\]|\.\s*["']?(?:poetry|poe|pdm)))"""
)


class Distribution(msgspec.Struct, frozen=True):
    """The requirements, console scripts and plugins of one service.

    *requirements* gives to each normalised name (lower case, hyphens) the version
    specifiers as they are written, an empty one where any version does; None: no
    file of the service names any. *scripts* are the targets of console scripts and of tasks, as
    ``package.module:function``, *plugins* those of all other entry points, by which other
    distributions load them: also ``package.module``. *files* are the absolute paths of what was
    read. *locked* gives to each name the version that a lock holds.
    """

    requirements: Mapping[str, tuple[str, ...]] | None = None
    scripts: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    locked: Mapping[str, str] = {}

    def requires(self, name: str) -> bool | None:
        """Tell whether *name* is among the requirements; None: they are not known."""
        return None if self.requirements is None else normalised(name) in self.requirements

    def asks_for(self, name: str, versions: re.Pattern[str]) -> bool:
        """Tell whether a specifier of the requirement *name* is one of *versions*.

        Where a lock has chosen a version, it is as if that were required.
        """
        written = (self.requirements or {}).get(name, ())
        chosen = f"=={self.locked[name]}" if name in self.locked else ""
        specifiers = (x for text in (*written, chosen) for x in text.split(","))
        return any(versions.fullmatch(x.strip()) for x in specifiers)


class Distributions:
    """Reads what services require."""

    def __init__(self, surroundings: Surroundings | None = None) -> None:
        self._surroundings = surroundings or Surroundings()

    def of(self, root: Path) -> Distribution:
        """Return what the service at *root* says; a member of a workspace asks those above it.

        No further than to the top of their repository; outside of one, nobody is asked.
        """
        found = self._directory(root)
        for directory in self._surroundings.upwards(root)[1:]:
            if found.requirements is not None and found.locked:
                break
            outer = self._directory(directory)
            if found.requirements is None:
                found = msgspec.structs.replace(
                    found, requirements=outer.requirements, files=(*found.files, *outer.files)
                )
            found = msgspec.structs.replace(found, locked=found.locked or outer.locked)
        return found

    def _directory(self, root: Path) -> Distribution:
        return self._surroundings.once(("distribution", root), lambda: self._read(root))

    def _read(self, root: Path) -> Distribution:
        around = self._surroundings
        names = [name for name in around.names(root) if is_stated_in(name)]
        for directory in _DIRECTORIES:
            if directory in around.names(root):
                below = (f"{directory}/{name}" for name in around.names(root / directory))
                names += [name for name in below if is_stated_in(name)]
        found = interpret(names, lambda name: self._text(root / name))
        return msgspec.structs.replace(found, files=tuple(str(root / x) for x in found.files))

    def _text(self, file: Path) -> str:
        """Return the text of *file*; pip reads UTF-16 as well, which PowerShell writes."""
        data = self._surroundings.read(file)
        if data is not None and data.startswith(_UTF_16):
            return data.decode("utf-16").replace("\r\n", "\n")
        return self._surroundings.text(file)


def normalised(name: str) -> str:
    """Return the name of a distribution as packaging tools compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def interpret(names: Iterable[str], read: Callable[[str], str]) -> Distribution:
    """Return what the files *names* say; *read* gives the text of each.

    Names are below the service's root, with ``/``. A file that cannot be read says nothing.
    """
    requirements: dict[str, list[str]] = {}
    scripts: list[str] = []
    plugins: list[str] = []
    files: list[str] = []
    locked: dict[str, str] = {}
    known = False
    for name in sorted(names):
        try:
            if name in _LOCKS:
                locked |= _versions(read(name))
                continue
            stated, run, loaded = _stated(name.rpartition("/")[2], read(name))
        except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
            continue
        files.append(name)
        scripts += run
        plugins += loaded
        for requirement, version in stated or ():
            requirements.setdefault(normalised(requirement), []).append(version)
        known = known or stated is not None
    return Distribution(
        {name: tuple(dict.fromkeys(found)) for name, found in requirements.items()}
        if known
        else None,
        tuple(dict.fromkeys(scripts)),
        tuple(dict.fromkeys(plugins)),
        tuple(files),
        locked,
    )


def _versions(lock: str) -> dict[str, str]:
    """Return the versions that a *lock* holds, by normalised name."""
    return {
        normalised(found["name"] or found["key"]): found["version"] or found["chosen"]
        for found in _LOCKED.finditer(lock)
    }


def is_stated_in(name: str) -> bool:
    """Tell whether a file of that *name* (below a root, with ``/``) may state requirements.

    A lock does, in its way.
    """
    directory, _, own = name.rpartition("/")
    if directory in _DIRECTORIES:
        return own.endswith((".txt", ".in"))
    stating = (*_OTHERS, *_LOCKS)
    return not directory and (own in stating or _REQUIREMENTS.fullmatch(own) is not None)


Stated = tuple[list[tuple[str, str]] | None, list[str], list[str]]
"""Requirements as name and version (None: this file states none), console scripts, and plugins."""


def _stated(name: str, text: str) -> Stated:
    if name == "pyproject.toml":
        return _pyproject(_decoded(text))
    if name == "Pipfile":
        table = msgspec.toml.decode(text)
        return [*_poetry(table.get("packages")), *_poetry(table.get("dev-packages"))], [], []
    if name == "setup.cfg":
        return _setup_cfg(text)
    if name == "setup.py":
        return _setup_py(text)
    if name == "environment.yml":
        found = (_SINGLE.sub("==", match["text"]) for match in _CONDA.finditer(text))
        return list(_parsed(found)), [], []
    return list(_parsed(text.splitlines())), [], []


def _decoded(text: str) -> Any:
    """Return the tables of a ``pyproject.toml`` that say what is required, and maybe others.

    Parsing the whole file would take longer than all else that is done here: half of it tells
    linters what to do. What looks like the head of a table may stand in a string or a list; then
    what is cut out there is no TOML.
    """
    parts = _HEAD.split(text)
    wanted = [parts[0]]
    for head, body in zip(parts[1::2], parts[2::2], strict=True):
        if _WANTED.match(head):
            wanted.append(head + body)
    try:
        return msgspec.toml.decode("".join(wanted))
    except msgspec.MsgspecError:
        return msgspec.toml.decode(text)


def _pyproject(document: Any) -> Stated:
    project, poetry = _table(document, "project"), _table(_table(document, "tool"), "poetry")
    stated: list[tuple[str, str]] = []
    known = "dependencies" in project or "dependencies" in poetry
    lists = [project.get("dependencies"), *_table(project, "optional-dependencies").values()]
    lists += _table(document, "dependency-groups").values()
    for entries in lists:
        if isinstance(entries, list):
            stated += _parsed(entry for entry in entries if isinstance(entry, str))
    stated += _poetry(poetry.get("dependencies"))
    stated += _poetry(poetry.get("dev-dependencies"))
    for group in _table(poetry, "group").values():
        stated += _poetry(_table(group, "dependencies"))
    scripts = [
        target
        for table in (_table(project, "scripts"), _table(poetry, "scripts"))
        for target in table.values()
    ]
    groups = (*_table(project, "entry-points").items(), *_table(poetry, "plugins").items())
    loaded = [
        target.partition("[")[0].strip()
        for group, table in groups
        if group not in _PROGRAMS and isinstance(table, dict)
        for target in table.values()
        if isinstance(target, str)
    ]
    scripts += [x for name in _RUNNERS for x in _tasks(_table(_table(document, "tool"), name))]
    dynamic = "dependencies" in (project.get("dynamic") or ())
    run = [x for x in scripts if isinstance(x, str)]
    return (stated if known and not dynamic else None), run, loaded


def _tasks(value: Any) -> Iterator[str]:
    """Yield the functions that the tasks in *value*, however they are nested, say they call."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key in ("call", "script") and isinstance(inner, str):
            if (task := _TASK.fullmatch(inner.strip())) is not None:
                yield task["target"]
        yield from _tasks(inner)


def _poetry(table: Any) -> Iterator[tuple[str, str]]:
    """Yield the entries of a table from names to versions, as Poetry and Pipenv write them."""
    for name, version in table.items() if isinstance(table, dict) else ():
        if isinstance(version, dict):
            version = version.get("version", "")
        if name != "python":
            yield name, "" if not isinstance(version, str) or version == "*" else version


def _setup_cfg(text: str) -> Stated:
    if "[options" not in text:
        return None, [], []
    import configparser  # only here: most services have no such file

    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(str(error)) from error
    stated = None
    if parser.has_option("options", "install_requires"):
        stated = list(_parsed((parser["options"]["install_requires"] or "").splitlines()))
    named = "options.entry_points"
    groups = dict(parser[named]) if parser.has_section(named) else {}
    console = groups.get("console_scripts") or ""
    others = [text or "" for group, text in groups.items() if group not in _PROGRAMS]
    return (
        stated,
        [match["target"] for match in _CONSOLE.finditer(console)],
        [match["target"] for text in others for match in _ENTRY.finditer(text)],
    )


def _setup_py(text: str) -> Stated:
    """Read the strings of a ``setup.py``: what else it does cannot be known without running it."""
    strings = [match["text"] for match in _QUOTED.finditer(text)]
    stated = list(_parsed(_required(text))) if "install_requires" in text else None
    run = [m["target"] for string in strings for m in _CONSOLE.finditer(string)]
    return stated, run, list(_loaded(text)) if "entry_points" in text else []


def _loaded(text: str) -> Iterator[str]:
    """Yield the plugins that a ``setup.py`` names in a literal of groups."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="entry_points", value=ast.Dict(keys=keys, values=values)):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value not in _PROGRAMS:
                        for row in ast.walk(value):
                            if isinstance(row, ast.Constant) and isinstance(row.value, str):
                                yield from (m["target"] for m in _ENTRY.finditer(row.value))


def _required(text: str) -> Iterator[str]:
    """Yield the strings of a ``setup.py`` but for those that only describe the distribution.

    What is required may be put together anywhere in the file; what is given to ``setup`` under
    another keyword (``keywords``, ``classifiers``), itself or by the name of a variable, is not.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        yield from (match["text"] for match in _QUOTED.finditer(text))
        return
    wanted: list[ast.expr] = []
    others: list[ast.expr] = []
    for node in ast.walk(tree):
        for name, value in _given_to_setup(node):
            (wanted if name in _REQUIRING else others).append(value)
            if name == "extras_require" and isinstance(value, ast.Dict):
                others += [key for key in value.keys if key is not None]  # names of extras
    names = {node.id for given in wanted for node in ast.walk(given) if isinstance(node, ast.Name)}
    told = {given.id for given in others if isinstance(given, ast.Name)} - names
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in told:
                others.append(value)
    aside = {id(node) for given in others for node in ast.walk(given)}
    for node in ast.walk(tree):
        if id(node) not in aside and isinstance(node, ast.Constant):
            if isinstance(node.value, str) and "\n" not in node.value:
                yield node.value


def _given_to_setup(node: ast.AST) -> Iterator[tuple[object, ast.expr]]:
    """Yield what *node* gives to ``setup`` under which name: a call, or keywords for one."""
    given: list[tuple[object, ast.expr]] = []
    match node:
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called), keywords=keywords):
            given = [(keyword.arg, keyword.value) for keyword in keywords]
            if called == "setup":
                yield from given
                return
        case ast.Dict(keys=keys, values=values):
            written = (key.value if isinstance(key, ast.Constant) else None for key in keys)
            given = list(zip(written, values, strict=True))
    if any(name == "install_requires" for name, _ in given):
        yield from given


def _parsed(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if line.lstrip().startswith(("-", "#")):
            continue
        match = _REQUIREMENT.match(line)
        if match is not None:
            yield match["name"], match["version"].strip(" ()\t").removesuffix("\\").strip()


def _table(outer: Any, key: str) -> dict[str, Any]:
    inner = outer.get(key) if isinstance(outer, dict) else None
    return inner if isinstance(inner, dict) else {}
