"""How pytest is started where a service is tested: in workflows, makefiles, scripts.

What a command line says wins over every configuration file. Commands are only searched
for the mode of pytest-asyncio that they give, never followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gravity_lint.patterns import pattern
from gravity_lint.sources.surroundings import Surroundings

_AT_HAND = pattern(
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
_TEXTS = pattern(r".*\.(?:ya?ml|sh|bash|mk|json|toml|ini|py|groovy|bat|ps1|star|nix)")
_DEEPEST = 3
_LARGEST = 1_000_000
"""Bytes; what is larger was not written by hand."""
_GAP = rb"""["'\s,=]{1,8}"""
_GIVEN = pattern(
    rb"--asyncio-mode" + _GAP + rb"(\w+)"
    rb"|(?:-o|--override-ini)" + rb"""["'\s,=]{0,8}""" + rb"asyncio_mode" + _GAP + rb"(\w+)"
)
_OTHER_FILE = pattern(
    rb"""\b(?:pytest|py\.test)\b[^\n#;&|]*?\s(?:-c[ =]?|--config-file[ =])["']?([\w./-]+)"""
)


def given_on_command_lines(
    root: Path, around: Surroundings
) -> tuple[frozenset[str], frozenset[Path]]:
    """Return what command lines give to the service at *root*.

    That is modes of pytest-asyncio, and configuration files that pytest is sent to.
    """
    modes: set[str] = set()
    others: set[Path] = set()
    for directory in around.upwards(root):
        given, files = around.once(("commands", directory), lambda x=directory: _given(x, around))  # type: ignore[misc]
        modes |= given
        others.update(file for file in files if _may_concern(root, file, around))
    return frozenset(modes), frozenset(others)


def _given(directory: Path, around: Surroundings) -> tuple[set[str], list[Path]]:
    """Return the modes that the commands in *directory* give, and the files they send pytest to."""
    modes: set[str] = set()
    files: list[Path] = []
    for place in _places(directory, around):
        text = written_by_hand(place, around)
        if b"asyncio" in text:
            modes.update((x or y).decode().lower() for x, y in _GIVEN.findall(text))
        if b"pytest" in text:
            files += (directory / x.decode() for x in _OTHER_FILE.findall(text))
    return modes, files


def _may_concern(root: Path, file: Path, around: Surroundings) -> bool:
    """Tell whether a configuration *file* is not certainly that of another service."""
    place = file.parent
    return not around.exists(file) or root.is_relative_to(place) or place.is_relative_to(root)


def _places(directory: Path, around: Surroundings) -> Iterator[Path]:
    """Yield the files in and beside *directory* that may start tests."""
    for name in sorted(around.names(directory)):
        if _AT_HAND.fullmatch(name):
            yield directory / name
        elif name in _DIRECTORIES:
            yield from _below(directory / name, _DEEPEST if name.startswith(".") else 1, around)


def _below(directory: Path, depth: int, around: Surroundings) -> Iterator[Path]:
    for name in sorted(around.names(directory)):
        if _TEXTS.fullmatch(name) or _AT_HAND.fullmatch(name):
            yield directory / name
        elif depth > 1 and "." not in name:
            yield from _below(directory / name, depth - 1, around)


def written_by_hand(file: Path, around: Surroundings) -> bytes:
    """Return what a regular file of ordinary size holds; nothing if it cannot be read."""
    data = around.read(file) or b""
    return data if len(data) <= _LARGEST else b""
