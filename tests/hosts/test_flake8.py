"""The real flake8, beside the command line, on the same files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

MAIN = """\
from datetime import datetime
from fastapi import APIRouter

from app.schemas import ApiResponse

router = APIRouter()
STARTED = datetime.utcnow()
NAME = "نام"; LATER = datetime.utcnow()
QUIET = datetime.utcnow()  # noqa: GRV191


def answer():
    return ApiResponse(data=1)
"""
SCHEMAS = """\
from typing import Generic, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")


class ApiResponse(BaseModel, Generic[T]):
    success: bool = Field(..., description="x")
    data: T | None = None
"""
PLACE = re.compile(
    r"^(?P<path>[^:\n]+):(?P<line>\d+):(?P<column>\d+): (?P<text>GRV.*)$", re.MULTILINE
)


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A service of two files of which one breaks rules that need both."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text(MAIN, encoding="utf-8")
    (tmp_path / "app" / "schemas.py").write_text(SCHEMAS, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.gravity-lint]\nselect = ["GRV119", "GRV120", "GRV191"]\n', encoding="utf-8"
    )
    return tmp_path


def said(directory: Path, *command: str, stdin: str | None = None) -> set[tuple[str, ...]]:
    ran = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=directory,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode in (0, 1), ran.stderr
    return {
        (m["path"].removeprefix("./"), m["line"], m["column"], m["text"])
        for m in PLACE.finditer(ran.stdout)
    }


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_flake8_says_what_the_command_line_says(service: Path, jobs: str) -> None:
    own = said(service, "gravity_lint", "--format", "concise", "app")
    assert {text[:6] for *_, text in own} == {"GRV119", "GRV120", "GRV191"}
    assert said(service, "flake8", "--select", "GRV", "--jobs", jobs, "app") == own


def test_a_file_on_standard_input_is_judged_in_its_service(service: Path) -> None:
    command = ("flake8", "--select", "GRV", "--stdin-display-name", "app/main.py", "-")
    changed = MAIN.replace("ApiResponse(data=1)", "ApiResponse(success=True)")
    found = said(service, *command, stdin=changed)
    assert {text[:6] for *_, text in found} == {"GRV191"}
    assert len(said(service, *command, stdin=MAIN)) == 3


def test_standard_input_without_a_name_is_a_file_of_the_directory(service: Path) -> None:
    found = said(service, "flake8", "--select", "GRV", "-", stdin=MAIN)
    assert {path for path, *_ in found} == {"stdin"}
    assert len(found) == 3


def test_flake8_keeps_its_own_selection_and_suppression(service: Path) -> None:
    only = said(service, "flake8", "--select", "GRV119", "app")
    assert {text[:6] for *_, text in only} == {"GRV119"}
    everything = said(service, "flake8", "--select", "GRV", "--disable-noqa", "app/main.py")
    assert sum(text.startswith("GRV191") for *_, text in everything) == 3


def test_a_mistake_in_the_configuration_is_a_message(service: Path) -> None:
    (service / "pyproject.toml").write_text("[tool.gravity-lint]\nselekt = []\n")
    ran = subprocess.run(
        [sys.executable, "-m", "flake8", "--select", "GRV", "app"],
        cwd=service,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "selekt" in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
