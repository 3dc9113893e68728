"""How pytest is started where a service is tested: in workflows, makefiles, scripts.

What a command line says wins over every configuration file. Commands are only searched
for the mode of pytest-asyncio that they give, never followed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

_ABOVE = 3
"""How many directories above a root are asked where no repository tells where to stop."""
_AT_HAND = re.compile(
    r"(?i:makefile|gnumakefile|justfile|\.justfile|jenkinsfile.*|dockerfile.*|containerfile|procfile)"
    r"|tox\.(?:ini|toml)|noxfile\.py|[Tt]askfile\.ya?ml|tasks\.py|dodo\.py|fabfile\.py|pavement\.py"
    r"|pyproject\.toml|hatch\.toml|setup\.(?:py|cfg)|Pipfile|package\.json|\.env(?:\..*)?"
    r"|\.gitlab-ci\.ya?ml|\.travis\.ya?ml|\.?azure-pipelines.*\.ya?ml|bitbucket-pipelines\.ya?ml"
    r"|\.?appveyor\.ya?ml|buildspec.*\.ya?ml|cloudbuild.*\.ya?ml|\.drone\.ya?ml|\.cirrus\.ya?ml"
    r"|\.woodpecker.*\.ya?ml|codefresh\.ya?ml|\.pre-commit-config\.ya?ml|earthfile|Earthfile"
    r"|(?:docker-)?compose.*\.ya?ml|.*\.(?:sh|bash|mk|bat|ps1)"
)
_DIRECTORIES = (
    *(".github", ".gitlab", ".circleci", ".ci", ".buildkite", ".woodpecker", ".azure", ".vscode"),
    *("ci", "bin", "scripts", "script", "tools", "docker", "deploy", "make"),
)
"""Directories beside the code whose files may start the tests, at any depth of the hidden ones."""
_TEXTS = re.compile(r".*\.(?:ya?ml|sh|bash|mk|json|toml|ini|py|groovy|bat|ps1|star|nix)")
_DEEPEST = 3
_LARGEST = 1_000_000
"""Bytes; what is larger was not written by hand."""
_GAP = rb"""["'\s,=]{1,8}"""
_GIVEN = re.compile(
    rb"--asyncio-mode" + _GAP + rb"(\w+)"
    rb"|(?:-o|--override-ini)" + rb"""["'\s,=]{0,8}""" + rb"asyncio_mode" + _GAP + rb"(\w+)"
)
_OTHER_FILE = re.compile(
    rb"""\b(?:pytest|py\.test)\b[^\n#;&|]*?\s(?:-c[ =]?|--config-file[ =])["']?([\w./-]+)"""
)


def modes_given(root: Path) -> frozenset[str | None]:
    """Return the modes of pytest-asyncio that command lines give to the service at *root*.

    None among them: pytest is sent to a configuration file of its own.
    """
    found: set[str | None] = set()
    for directory, place in _places(root):
        text = bytes_of(place)
        if b"asyncio" in text:
            found.update((x or y).decode().lower() for x, y in _GIVEN.findall(text))
        if b"pytest" in text:
            given = (directory / x.decode() for x in _OTHER_FILE.findall(text))
            if any(_may_concern(root, file) for file in given):
                found.add(None)
    return frozenset(found)


def _may_concern(root: Path, file: Path) -> bool:
    """Tell whether a configuration *file* is not certainly that of another service."""
    place = file.parent
    return not file.exists() or root.is_relative_to(place) or place.is_relative_to(root)


def _places(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the files that may start the tests of *root*, from it up to its repository's top.

    Before each stands the directory to which its paths probably are relative.
    """
    directories = [root, *root.parents]
    tops = [place for place in directories if (place / ".git").exists()]
    last = directories.index(tops[0]) if tops else _ABOVE
    for directory in directories[: last + 1]:
        for name in sorted(listed(directory)):
            if _AT_HAND.fullmatch(name):
                yield directory, directory / name
            elif name in _DIRECTORIES:
                for place in _below(directory / name, _DEEPEST if name.startswith(".") else 1):
                    yield directory, place


def _below(directory: Path, depth: int) -> Iterator[Path]:
    for name in sorted(listed(directory)):
        if _TEXTS.fullmatch(name) or _AT_HAND.fullmatch(name):
            yield directory / name
        elif depth > 1 and "." not in name:
            yield from _below(directory / name, depth - 1)


def listed(directory: Path) -> list[str]:
    """Return the names in *directory*; none if it cannot be read."""
    try:
        return os.listdir(directory)
    except OSError:
        return []


def bytes_of(path: Path) -> bytes:
    """Return what a regular file of ordinary size holds; nothing if it cannot be read."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return b""
        return path.read_bytes()
    except OSError:
        return b""
