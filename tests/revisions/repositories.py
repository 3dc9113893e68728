"""Scratch repositories, made by the real git."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

_IDENTITY = [
    "-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false",
    "-c", "init.defaultBranch=main", "-c", "core.autocrlf=false",
]  # fmt: skip


def git(top: Path, *arguments: str) -> str:
    """Run git in *top* and return what it says."""
    return subprocess.run(
        ["git", *_IDENTITY, *arguments], cwd=top, check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(
    top: Path, changes: Mapping[str, str | None] | None = None, message: str = "work"
) -> str:
    """Write *changes* (see `write`), commit all, return the commit."""
    write(top, changes or {})
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(top, "rev-parse", "HEAD")


def write(top: Path, changes: Mapping[str, str | None]) -> None:
    """Write each text of *changes* at its path below *top*; None removes."""
    for name, text in changes.items():
        place = top / name
        if text is None:
            place.unlink()
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)


def start(top: Path) -> Path:
    """Make *top* an empty repository."""
    top.mkdir(parents=True, exist_ok=True)
    git(top, "init", "--quiet")
    return top
