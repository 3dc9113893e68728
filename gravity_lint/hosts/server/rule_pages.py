"""Where a rule is explained: its page in the documentation, and its text."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, Final

from gravity_lint.installed import OWN_PACKS
from gravity_lint.reporting import catalogue
from gravity_lint.rule import Rule
from gravity_lint.running.packs import load_rules
from gravity_lint.sources.writing import replace

_DISTRIBUTION: Final = "gravity-lint"
_PLACE: Final = "blob/main/docs/rules"


@cache
def link(name: str) -> str | None:
    """Return the address of the page of the rule called *name*; None for one of another pack."""
    repository = _repository()
    known = any(rule.name == name for rule in load_rules(OWN_PACKS))
    return f"{repository}/{_PLACE}/{name}.md" if repository is not None and known else None


def written(rule: Rule[Any], rules: Sequence[Rule[Any]]) -> Path:
    """Write the page of *rule*, one of *rules*, to a file, and return its path."""
    directory = Path(tempfile.gettempdir()) / f"gravity-lint-rules-{_user()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    file = directory / f"{rule.name}.md"
    replace(file, "\n".join(catalogue.page(rule, rules)).encode())
    return file


def _user() -> str:
    """Return what tells this user's files from those of others."""
    return str(os.getuid()) if hasattr(os, "getuid") else ""


@cache
def _repository() -> str | None:
    """Return the address of the repository, as the installed distribution states it."""
    try:
        stated = metadata(_DISTRIBUTION).get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    urls = dict(line.split(", ", 1) for line in stated)
    return urls.get("Repository")
