"""The page of a rule as a file, for editors to open."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gravity_lint.reporting import catalogue
from gravity_lint.rule import Rule
from gravity_lint.sources.writing import replace


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
