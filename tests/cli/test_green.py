"""Green must mean that somebody has looked, and has found nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gravity_lint.cli import main

Capture = pytest.CaptureFixture[str]
ENDPOINT = """\
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/orders", tags=["Orders"])


@router.get("")
async def orders() -> None:
    pass
"""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app" / "api").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("code", "arguments", "words"),
    [
        ("x = 1\n", [], "that are on finds anything there that it is about"),
        ("def total(a):\n    return a\n", [], "finds anything there"),
        ("x = 1\n", ["--select", "GRV101"], "the one rule that is on finds nothing"),
        (ENDPOINT, ["--select", "GRV6"], "finds anything there"),
        (
            ENDPOINT,
            ["--select", "GRV101", "--ignore", "GRV101"],
            "no rule about the code",
        ),
        (ENDPOINT, ["--select", "GRV003"], "no rule about the code is selected"),
        (ENDPOINT, ["--extend-exclude", "api", "app/api/x.py"], "excludes every named file"),
    ],
)
def test_what_nobody_has_looked_at_does_not_conform(
    service: Path, capsys: Capture, code: str, arguments: list[str], words: str
) -> None:
    (service / "app" / "api" / "x.py").write_text(code, "utf-8")
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "Nothing was judged" in out
    assert words in out
    assert "onforms" not in out


def test_scripts_alone_are_nothing(service: Path, capsys: Capture) -> None:
    (service / "scripts").mkdir()
    (service / "scripts" / "x.py").write_text("print(1)\n", "utf-8")
    assert main([]) == 0
    assert "Nothing was judged in 1 file" in capsys.readouterr().out


def test_what_was_judged_conforms(service: Path, capsys: Capture) -> None:
    (service / "app" / "api" / "x.py").write_text(ENDPOINT, "utf-8")
    assert main(["--select", "GRV101"]) == 0
    assert "Conforms: no findings in 1 file of 1 service." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--format", "github"], 2),
        (["--format", "github", "--no-fail-on-nothing"], 0),
        (["--output", "github=a.txt"], 2),
        (["--format", "json"], 0),
        ([], 0),
        (["--fail-on-nothing"], 2),
        (["--format", "github", "app/x.py"], 0),
        (["--fail-on-nothing", "app/x.py"], 2),
    ],
)
def test_a_gate_that_judges_nothing_fails(
    service: Path, capsys: Capture, arguments: list[str], status: int
) -> None:
    (service / "app" / "x.py").write_text("x = 1\n", "utf-8")
    assert main(arguments) == status
    assert ("A gate that judges nothing is none" in capsys.readouterr().err) is (status == 2)
