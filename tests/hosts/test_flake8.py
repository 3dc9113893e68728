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


def flake8(
    directory: Path, *arguments: str, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the real flake8, which must neither crash nor give up."""
    ran = subprocess.run(
        [sys.executable, "-m", "flake8", *arguments],
        cwd=directory,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode in (0, 1)
    for words in ("critical error", "Traceback"):
        assert words not in ran.stdout + ran.stderr
    return ran


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_broken_configuration_is_a_finding_and_the_rest_goes_on(service: Path, jobs: str) -> None:
    other = service / "other"
    (other / "app").mkdir(parents=True)
    (other / "pyproject.toml").write_text("[tool.gravity-lint]\nselekt = []\n")
    (other / "app" / "one.py").write_text("import os\n")
    (other / "app" / "two.py").write_text("import os\n")
    ran = flake8(service, "--select", "GRV,F", "--jobs", jobs, "app", "other")
    told = [line for line in ran.stdout.splitlines() if "GRV000" in line]
    assert len(told) == 1
    assert told[0].startswith("other/app/one.py:1:1: GRV000")
    assert "did you mean 'select'?" in told[0]
    assert ran.stdout.count("F401") == 2
    assert "GRV119" in ran.stdout


def test_what_concerns_no_service_is_passed_over(service: Path) -> None:
    (service / "bin").mkdir()
    (service / "bin" / "tool").write_text("#!/usr/bin/env python\nimport os\n")
    (service / "docs").mkdir()
    (service / "docs" / "index.md").write_text("# Docs\n")
    (service / "build").mkdir()
    (service / "build" / "made.py").write_text("import os\n")
    ran = flake8(service, "--select", "GRV,F", "bin/tool", "docs", "build/made.py", "app")
    assert ran.stdout.count("F401") == 2
    assert "GRV119" in ran.stdout
    assert "GRV000" not in ran.stdout
    assert flake8(service, "--select", "GRV", "docs").stdout == ""


@pytest.mark.parametrize("text", ["def f(:\n", "x = 1\0\n", "x = (\n", "  x = 1\n", "'"])
def test_a_file_that_does_not_parse_is_flake8s_to_tell(service: Path, text: str) -> None:
    """flake8 asks no plugin about it; the other files are judged without what it defines."""
    if "\0" in text and sys.version_info < (3, 11, 4):
        pytest.skip("before, null bytes were a ValueError of Python, of which flake8 dies")
    (service / "app" / "broken.py").write_text(text, encoding="utf-8")
    (service / "app" / "schemas.py").write_text(
        "from datetime import datetime\n\ndatetime.utcnow()\n"
    )
    (service / "pyproject.toml").write_text("[tool.gravity-lint]\nselect = ['GRV003', 'GRV191']\n")
    ran = flake8(service, "--select", "GRV,E9", "app")
    own = said(service, "gravity_lint", "--format", "concise", "app")
    broken = [line for line in ran.stdout.splitlines() if "broken.py" in line]
    assert [line.split()[1][:2] for line in broken] == ["E9"]
    assert {row[:2] for row in own if row[3].startswith("GRV003")} == {("app/broken.py", "1")}
    theirs = {(m["line"], m["text"]) for m in PLACE.finditer(ran.stdout)}
    assert theirs == {(row[1], row[3]) for row in own if row[0] != "app/broken.py"}


def test_a_path_that_does_not_exist_is_flake8s_to_tell(service: Path) -> None:
    ran = flake8(service, "--select", "GRV,E9", "gone.py", "app")
    assert "gone.py:0:1: E902" in ran.stdout
    assert "GRV119" in ran.stdout


@pytest.mark.parametrize(
    "name", ["untitled:Untitled-1", "app/new file", "nowhere/x.py", "main.pyi"]
)
def test_an_unsaved_buffer_of_no_service_has_no_findings(service: Path, name: str) -> None:
    ran = flake8(
        service, "--select", "GRV,F", "--stdin-display-name", name, "-", stdin="import os\n"
    )
    assert "F401" in ran.stdout
    assert "GRV" not in ran.stdout


def test_a_configuration_below_the_root_is_broken_for_its_files_alone(service: Path) -> None:
    (service / "app" / "old").mkdir()
    (service / "app" / "old" / "gravity-lint.toml").write_text("[layers]\napi = []\n")
    (service / "app" / "old" / "x.py").write_text(
        "from datetime import datetime\n\nAT = datetime.utcnow()\n"
    )
    ran = flake8(service, "--select", "GRV", "app")
    assert "old/x.py:3" not in ran.stdout
    assert "GRV000" in ran.stdout
    assert "GRV119" in ran.stdout


def test_a_rule_pack_that_fails_does_not_end_the_run(service: Path) -> None:
    (service / "pyproject.toml").write_text('[tool.gravity-lint]\nrule-packs = ["no_such_pack"]\n')
    (service / "app" / "other.py").write_text("import os\n")
    ran = flake8(service, "--select", "GRV,F", "app")
    assert "F401" in ran.stdout
    assert ran.stdout.count("GRV000") == 1


CRASHING = """\
from gravity_lint.model.code.files import File, files
from gravity_lint.rule import Answer, Scope, Severity, rule


@rule(code="CRP950", severity=Severity.ERROR, scope=Scope.FILE, pattern="", subjects=files)
def check(file: File) -> Answer:
    raise KeyError(file.module.relative)
"""


def test_a_rule_that_crashes_does_not_end_the_run(
    service: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path_factory.mktemp("site")
    (there / "crashing_pack").mkdir()
    (there / "crashing_pack" / "__init__.py").write_text("__gravity_lint_rules__ = True\n")
    (there / "crashing_pack" / "crashing_rule.py").write_text(CRASHING)
    monkeypatch.setenv("PYTHONPATH", str(there))
    monkeypatch.setenv("GRAVITY_LINT_RULE_PACKS", "crashing_pack")
    (service / "pyproject.toml").write_text(
        "[tool.gravity-lint]\nrule-packs = ['gravity_rules', 'crashing_pack']\n"
        'select = ["GRV119", "CRP950"]\n'
    )
    (service / "app" / "other.py").write_text("import os\n")
    ran = flake8(service, "--select", "GRV,F", "app")
    assert "GRV000 not judged by CRP950, which crashed: KeyError" in ran.stdout
    assert "GRV119" in ran.stdout
    assert "F401" in ran.stdout


def test_what_is_ignored_costs_nothing(service: Path) -> None:
    (service / "pyproject.toml").write_text("[tool.gravity-lint]\nselekt = []\n")
    (service / "app" / "other.py").write_text("import os\n")
    ran = flake8(service, "--select", "E,F", "app")
    assert "F401" in ran.stdout
    assert "GRV" not in ran.stdout
    assert "GRV" not in flake8(service, "--extend-ignore", "GRV", "app").stdout
