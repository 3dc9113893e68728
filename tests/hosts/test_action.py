"""The GitHub action: its steps are run as a runner runs them, inputs and all, without a network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
INSTALL, JUDGE = ACTION["runs"]["steps"]
INPUT = re.compile(r"\$\{\{ inputs\.(\w+) \}\}")
BAD = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/x')\nasync def x(): ...\n"


class Runner:
    """What GitHub's runner gives to the steps of an action."""

    def __init__(self, top: Path) -> None:
        self.workspace = top / "workspace"
        names = ("GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
        self.files = {name: top / name for name in names}
        self._temporary = top / "temporary"
        for directory in (self.workspace / "app", self._temporary):
            directory.mkdir(parents=True)
        for file in self.files.values():
            file.touch()
        (self.workspace / "app/main.py").write_text(BAD)
        (self.workspace / "pyproject.toml").write_text('[tool.gravity-lint]\nselect = ["GRV101"]\n')

    def step(
        self, step: dict[str, Any], path: str, **inputs: str
    ) -> subprocess.CompletedProcess[str]:
        given = {name: one.get("default", "") for name, one in ACTION["inputs"].items()} | inputs
        environment = {
            name: INPUT.sub(lambda found: given[found[1]], value).replace(
                "${{ github.action_path }}", str(ROOT)
            )
            for name, value in step["env"].items()
        }
        assert not any("${{" in value for value in environment.values())
        return subprocess.run(
            # As the runner does for `shell: bash`.
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.workspace,
            env={
                "PATH": path,
                "HOME": str(self._temporary),
                "RUNNER_TEMP": str(self._temporary),
                "GITHUB_WORKSPACE": str(self.workspace),
                "GRAVITY_LINT_CACHE_DIR": os.environ["GRAVITY_LINT_CACHE_DIR"],
                **{name: str(file) for name, file in self.files.items()},
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def judge(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        return self.step(JUDGE, os.pathsep.join((OURS, os.environ["PATH"])), **inputs)


OURS = str(Path(sys.executable).parent)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def git(there: Path, *arguments: str) -> str:
    own = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return subprocess.run(
        ["git", *own, *arguments],
        cwd=there,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_no_input_is_part_of_a_script() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
    given = [text for step in (INSTALL, JUDGE) for text in step["env"].values()]
    used = [name for text in given for name in INPUT.findall(text)]
    assert sorted(used) == sorted(ACTION["inputs"])


def test_findings_are_annotations_and_sarif(runner: Runner) -> None:
    said = runner.judge()
    assert said.returncode == 1, said.stderr
    assert re.search(r"^::error file=app/main.py,line=6,.*GRV101", said.stdout, re.MULTILINE)
    assert runner.files["GITHUB_OUTPUT"].read_text() == "sarif=gravity-lint.sarif\n"
    log = json.loads((runner.workspace / "gravity-lint.sarif").read_text())
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["GRV101"]
    assert "GRV101" in runner.files["GITHUB_STEP_SUMMARY"].read_text()


def test_a_service_that_conforms_passes(runner: Runner) -> None:
    (runner.workspace / "app/main.py").write_text(BAD.replace("/x", "/api/v1/x"))
    said = runner.judge(args="--extend-select=GRV111\n--severity=error\n", sarif="")
    assert said.returncode == 0, said.stdout + said.stderr
    assert runner.files["GITHUB_OUTPUT"].read_text() == ""
    assert not list(runner.workspace.glob("*.sarif"))


def test_what_cannot_be_judged_fails(runner: Runner) -> None:
    assert runner.judge(paths="nowhere").returncode == 2
    assert runner.judge(args="--selekt=GRV1").returncode == 2


def test_a_baseline_and_a_revision_limit_what_fails(runner: Runner) -> None:
    there = runner.workspace
    subprocess.run(
        [sys.executable, "-m", "gravity_lint", "baseline", "--output", "known.txt"],
        cwd=there,
        check=True,
    )
    assert runner.judge(baseline="known.txt").returncode == 0
    git(there, "init", "--quiet")
    git(there, "add", "app", "pyproject.toml")
    git(there, "commit", "--quiet", "-m", "Begin")
    assert runner.judge(since="HEAD").returncode == 0
    (there / "app/main.py").write_text(BAD + "\n\n@app.get('/y')\nasync def y(): ...\n")
    said = runner.judge(since="HEAD")
    assert said.returncode == 1
    assert len(re.findall(r"^::error ", said.stdout, re.MULTILINE)) == 1


def test_paths_stand_one_a_line(runner: Runner) -> None:
    (runner.workspace / "two words").mkdir()
    (runner.workspace / "two words/pyproject.toml").touch()
    (runner.workspace / "two words/main.py").write_text(BAD)
    said = runner.judge(paths="two words\n", args="--isolated\n--select=GRV101")
    assert said.returncode == 1, said.stderr
    assert "::error file=two words/main.py" in said.stdout


@pytest.mark.parametrize(
    "value",
    [
        '"; touch owned; "',
        "$(touch owned)",
        "`touch owned`",
        "x\ntouch owned",
        "'; touch owned #",
        "--output-file=owned",
    ],
)
def test_nothing_that_is_written_into_an_input_is_run(runner: Runner, value: str) -> None:
    optional = {"args"} if value.startswith("--") else set()
    runner.judge(**dict.fromkeys(ACTION["inputs"].keys() - optional, value))
    assert not (runner.workspace / "owned").exists()


def test_a_version_is_a_version(runner: Runner, tmp_path: Path) -> None:
    said = runner.step(
        INSTALL, python_beside(tmp_path), version="0.1.0 $(touch owned); touch owned"
    )
    assert said.returncode != 0
    assert not (runner.workspace / "owned").exists()


def test_it_installs_itself(runner: Runner, tmp_path: Path) -> None:
    said = runner.step(INSTALL, python_beside(tmp_path))
    assert said.returncode == 0, said.stdout + said.stderr
    (path,) = runner.files["GITHUB_PATH"].read_text().splitlines()
    assert Path(path).is_relative_to(tmp_path)
    assert (Path(path) / "gravity-lint").exists()
    judged = runner.step(JUDGE, os.pathsep.join((path, os.environ["PATH"])))
    assert judged.returncode == 1, judged.stderr
    assert "GRV101" in judged.stdout


def python_beside(top: Path) -> str:
    """Return a PATH whose python3 makes environments in which nothing need be fetched."""
    tools = top / "tools"
    tools.mkdir()
    ours = sysconfig.get_path("purelib")
    (tools / "python3").write_text(
        f"""#!/usr/bin/env bash
set -e
{sys.executable} "$@"
if [ "$2" = venv ]; then
  for site in "$3"/lib/*/site-packages; do
    echo "import site; site.addsitedir({ours!r})" > "$site/beside.pth"
  done
  # pip reads this one as its opposite: false is without isolation.
  printf '[global]\\nno-index = true\\nno-deps = true\\n' > "$3/pip.conf"
  printf 'no-build-isolation = false\\n' >> "$3/pip.conf"
fi
"""
    )
    (tools / "python3").chmod(0o755)
    return os.pathsep.join((str(tools), os.environ["PATH"]))
