"""The completion scripts, in the shells that they are for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from gravity_lint.cli import COMMANDS, main

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def script(request: pytest.FixtureRequest, capsys: Capture, tmp_path: Path) -> Path:
    shell = request.param
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not here")
    assert main(["completion", shell]) == 0
    file = tmp_path / f"gravity-lint.{shell}"
    file.write_text(capsys.readouterr().out, "utf-8")
    return file


def completed(script: Path, *typed: str) -> list[str]:
    """Return what bash proposes for the last of the words *typed*."""
    words = " ".join(f"'{word}'" for word in ("gravity-lint", *typed))
    command = (
        f"source '{script}'; COMP_WORDS=({words}); COMP_CWORD={len(typed)};"
        ' _gravity_lint; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    ran = subprocess.run(
        ["bash", "--norc", "-c", command], capture_output=True, text=True, check=True
    )
    assert ran.stderr == ""
    return ran.stdout.split()


@pytest.mark.parametrize("script", ["bash"], indirect=True)
@pytest.mark.parametrize(
    ("typed", "proposed"),
    [
        (("rou",), ["routes"]),
        (("--stat",), ["--statistics"]),
        (("check", "--unsafe"), ["--unsafe-fixes"]),
        (("check", "--format", "con"), ["concise"]),
        (("routes", "--format", "mark"), ["markdown"]),
        (("--select", "unversioned"), ["unversioned-route"]),
        (("--select", "GRV101,secret"), ["GRV101,secret-in-log"]),
        (("explain", "GRV11"), [f"GRV11{n}" for n in range(10)]),
        (("completion", "z"), ["zsh"]),
        (("app/",), []),
    ],
)
def test_bash_completes(script: Path, typed: tuple[str, ...], proposed: list[str]) -> None:
    assert completed(script, *typed) == proposed


@pytest.mark.parametrize("script", ["zsh", "fish"], indirect=True)
def test_the_other_shells_read_their_script(script: Path) -> None:
    shell = script.suffix.removeprefix(".")
    options = ["-f"] if shell == "zsh" else ["--no-config"]
    source = f"autoload -U compinit && compinit -D; source {script}"
    command = source if shell == "zsh" else f"source {script}; complete -C 'gravity-lint rou'"
    ran = subprocess.run(
        [shell, *options, "-c", command], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert shell == "zsh" or "routes" in ran.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_is_in_the_script(capsys: Capture, shell: str) -> None:
    assert main(["completion", shell]) == 0
    out = capsys.readouterr().out
    assert all(command in out for command in COMMANDS)
    assert "--unsafe-fixes" in out or "-l unsafe-fixes" in out
