"""The OpenAPI document that is read off the source is the one that FastAPI writes.

For every layout: its operations, parameters with types, bounds and defaults, bodies, answers, tags
and security.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.contract.extraction import describe_all
from gravity_lint.contract.openapi import document
from tests.contract.documents import differences, operations

HERE = Path(__file__).parent
LAYOUTS = HERE.parent / "layouts"
NAMES = sorted(path.name for path in LAYOUTS.iterdir() if path.is_dir())


@pytest.fixture(scope="session")
def written() -> dict[str, dict[tuple[str, str], Any]]:
    """The operations of FastAPI's documents, by layout."""
    command = [sys.executable, *(["-P"] if sys.version_info >= (3, 11) else [])]
    command += ["-W", "ignore", str(HERE / "running.py"), "--documents"]
    command += [str(LAYOUTS / name) for name in NAMES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, list[tuple[str, Any]]] = json.loads(done.stdout)
    return {
        name: {key: row for prefix, one in rows for key, row in operations(one, prefix).items()}
        for name, rows in told.items()
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_document_of_a_layout(
    name: str, written: dict[str, dict[tuple[str, str], Any]], tmp_path: Path
) -> None:
    place = tmp_path / name
    shutil.copytree(LAYOUTS / name, place, ignore=shutil.ignore_patterns("__pycache__"))
    (place / "pyproject.toml").touch()
    made = document(describe_all([place], place).descriptions, name)
    assert "x-unresolved" not in made
    known = operations(made)
    assert set(known) == set(written[name])
    for key, row in known.items():
        real = {**written[name][key], "unknown": row["unknown"]}
        assert list(differences(row, real)) == [], key
