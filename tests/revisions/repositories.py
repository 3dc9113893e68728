"""Scratch repositories, made by the real git."""

from __future__ import annotations

import subprocess
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


def commit(top: Path, message: str = "work", **changes: str | None) -> str:
    """Write *changes* (``__`` stands for ``/``, None removes), commit all, return the commit."""
    write(top, **changes)
    git(top, "add", "--all")
    git(top, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(top, "rev-parse", "HEAD")


def write(top: Path, **changes: str | None) -> None:
    """Write *changes* below *top* (``__`` stands for ``/`` and ``.py`` is added, None removes)."""
    for name, text in changes.items():
        place = top / f"{name.replace('__', '/')}.py"
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
