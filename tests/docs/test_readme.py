"""What the README shows is what the program does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gravity_lint.running.packs import load_rules

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str, beginning: str) -> str:
    """Return the first block of the README in *language* whose text begins so."""
    for found in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL):
        if found.startswith(beginning):
            return str(found)
    raise AssertionError(f"no {language} block that begins with {beginning!r}")


def run(*arguments: str, cwd: Path) -> str:
    command = [sys.executable, "-m", "gravity_lint", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False).stdout


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A project that holds the README's endpoint and nothing else."""
    file = tmp_path / "app" / "api" / "v1" / "orders.py"
    file.parent.mkdir(parents=True)
    file.write_text(block("python", "import structlog"), encoding="utf-8")
    return tmp_path


def test_the_findings_are_those_shown(sample: Path) -> None:
    assert run("app", cwd=sample).rstrip() == block("text", "app/api").rstrip()


def test_the_diff_is_the_one_shown(sample: Path) -> None:
    said = run("--fix", "--unsafe-fixes", "--diff", "app", cwd=sample)
    assert said.rstrip() == block("diff", "--- a/app").rstrip()


def test_the_routes_are_among_those_shown() -> None:
    shown = block("text", "$ gravity-lint routes").splitlines()[1:]
    said = run("routes", "examples/orders_service", cwd=ROOT).splitlines()
    assert len(shown) > 3
    assert set(shown) <= {line.rstrip() for line in said}


def test_the_number_of_rules_is_right() -> None:
    assert f"[{len(load_rules(('gravity_rules',)))} rules]" in README
