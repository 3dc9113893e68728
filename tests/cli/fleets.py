"""A small fleet in a repository of its own, and the program run on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.revisions.repositories import commit, start

ENDPOINT = """\
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/{0}s", tags=["{0}"])


@router.get("/{{{0}_id}}", summary="One", description="One.")
async def get_{0}({0}_id: int) -> dict:
    return {{}}
"""
MAIN = """\
from fastapi import FastAPI

from app.api.boats import router as boats
from app.api.piers import router as piers

app = FastAPI()
app.include_router(boats)
app.include_router(piers)
"""
SELECTED = '[tool.gravity-lint]\nselect = ["GRV104", "GRV112"]\nbaseline = "known.txt"\n'


def settle(top: Path) -> Path:
    """Make *top* a repository with a service that has four findings."""
    start(top)
    (top / "pyproject.toml").write_text('[project]\nname = "fleet"\n' + SELECTED)
    files = {"app/__init__.py": "", "app/api/__init__.py": "", "app/main.py": MAIN}
    files |= {f"app/api/{name}s.py": ENDPOINT.format(name) for name in ("boat", "pier")}
    commit(top, files)
    return top


def lint(top: Path, *arguments: str, program: str = "gravity_lint") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", program, *arguments],
        cwd=top,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    return done.returncode, done.stdout + done.stderr
