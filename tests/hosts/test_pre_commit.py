"""The real pre-commit program, with this repository as the source of its hooks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

BAD = """\
from fastapi import APIRouter, HTTPException

router = APIRouter(prefix="/api/v1/items", tags=["Items"])


async def read(item_id: int) -> int:
    if item_id < 1:
        raise HTTPException(status_code=404, detail="no item")
    return item_id
"""
MENDED = BAD.replace(
    "import APIRouter, HTTPException", "import APIRouter, HTTPException, status"
).replace("status_code=404", "status_code=status.HTTP_404_NOT_FOUND")


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    # The variables by which git tells hooks where they are must not leak into the scratch one.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {"PRE_COMMIT_HOME": str(cwd.parent / "pre-commit"), "PRE_COMMIT_COLOR": "never"}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A git repository with the hooks installed and one bad file staged."""
    there = tmp_path / "service"
    (there / "app" / "api").mkdir(parents=True)
    revision = run("git", "rev-parse", "HEAD", cwd=REPOSITORY).stdout.strip()
    if not revision:
        pytest.skip("not run from a git checkout")
    hooks = "".join(f"      - id: {name}\n" for name in ("gravity-lint-fix", "gravity-lint"))
    (there / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {REPOSITORY}\n    rev: {revision}\n    hooks:\n{hooks}"
    )
    (there / "pyproject.toml").write_text('[tool.gravity-lint]\nselect = ["GRV108"]\n')
    (there / "app" / "api" / "items.py").write_text(BAD)
    for command in (
        ("git", "init", "--quiet"),
        ("git", "config", "user.email", "dev@example.com"),
        ("git", "config", "user.name", "Dev"),
        (sys.executable, "-m", "pre_commit", "install"),
        ("git", "add", "."),
    ):
        done = run(*command, cwd=there)
        assert done.returncode == 0, done.stdout + done.stderr
    return there


def test_a_bad_commit_is_stopped_mended_and_then_passes(scratch: Path) -> None:
    stopped = run("git", "commit", "-m", "Add items", cwd=scratch)
    assert stopped.returncode != 0, stopped.stdout
    assert "files were modified by this hook" in stopped.stdout + stopped.stderr
    assert (scratch / "app" / "api" / "items.py").read_text() == MENDED
    run("git", "add", ".", cwd=scratch)
    passed = run("git", "commit", "-m", "Add items", cwd=scratch)
    assert passed.returncode == 0, passed.stdout + passed.stderr


def test_what_cannot_be_mended_stops_the_commit(scratch: Path) -> None:
    (scratch / "pyproject.toml").write_text('[tool.gravity-lint]\nselect = ["GRV407"]\n')
    (scratch / "app" / "api" / "items.py").write_text(
        "from fastapi import HTTPException\n\n\nasync def read() -> None:\n    try:\n"
        "        print()\n    except ValueError as e:\n"
        "        raise HTTPException(status_code=500, detail=str(e)) from e\n"
    )
    run("git", "add", ".", cwd=scratch)
    stopped = run("git", "commit", "-m", "Leak", cwd=scratch)
    assert stopped.returncode != 0
    assert "GRV407" in stopped.stdout + stopped.stderr
