"""What the guides tell people to write is run, or read by what will read it."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from docs.snippets import DOCS, ROOT, Snippet, rows, snippets

from gravity_lint import __version__
from gravity_lint.addresses import REPOSITORY
from gravity_lint.cli import COMMANDS, main
from gravity_lint.configuration.settings import Settings
from gravity_lint.testing import cases

GUIDES = ("github", "gitlab", "jenkins", "pre-commit", "flake8", "ruff", "writing-a-rule-pack")
ALL = sorted(path.stem for path in DOCS.glob("*.md"))
YAML = [block for page in GUIDES for block in snippets(page, "yaml")]
BAD = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/x')\nasync def x(): ...\n"
PREPARED = """\
set -euo pipefail
pip() { test "$1" = install; }
podman() { :; }
gravity-lint() { status=0; command gravity-lint "$@" || status=$?; test "$status" -lt 2; }
"""
"""What is fetched is not; a gate that fails because of findings has done what it is for."""


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A repository with a fleet in it, on a branch that has changed something."""
    there = tmp_path / "fleet"
    for app in (there / "app", there / "services/orders/app"):
        app.mkdir(parents=True)
        (app / "main.py").write_text(BAD)
        (app.parent / "pyproject.toml").write_text('[project]\nname = "x"\n')
    git(there, "init", "--quiet", "--initial-branch=main")
    git(there, "add", ".")
    git(there, "commit", "--quiet", "-m", "Begin")
    git(there, "update-ref", "refs/remotes/origin/main", "HEAD")
    (there / "app/main.py").write_text(BAD.replace("/x", "/y"))
    git(there, "commit", "--quiet", "--all", "-m", "Go on")
    return there


def git(there: Path, *arguments: str) -> str:
    own = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    done = subprocess.run(
        ["git", *own, *arguments],
        cwd=there,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def run(script: str, there: Path) -> subprocess.CompletedProcess[str]:
    """Run *script* in *there* as CI would, with our own programs first."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PYTEST_"))}
    return subprocess.run(
        ["bash", "-c", PREPARED + script],
        cwd=there,
        env={
            **kept,
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
            "GITHUB_BASE_REF": "main",
            "GITHUB_STEP_SUMMARY": str(there.parent / "summary.md"),
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(there, "rev-parse", "origin/main"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def commands(node: Any) -> Iterator[str]:
    """Yield the shell scripts in a pipeline of GitHub or GitLab."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "run" and isinstance(value, str):
                yield value
            elif key == "script":
                yield "\n".join(value)
            else:
                yield from commands(value)
    elif isinstance(node, list):
        for value in node:
            yield from commands(value)


@pytest.mark.parametrize("block", rows(*YAML))
def test_what_pipelines_run_works(block: Snippet, fleet: Path) -> None:
    for script in commands(yaml.safe_load(block.text)):
        done = run(script, fleet)
        assert done.returncode == 0, script + done.stdout + done.stderr


def test_the_pipelines_are_found() -> None:
    found = [script for block in YAML for script in commands(yaml.safe_load(block.text))]
    assert sum("gravity-lint" in script for script in found) >= 5


@pytest.mark.parametrize("block", rows(*snippets("gitlab", "yaml")))
def test_gitlab_is_told_of_every_report(block: Snippet) -> None:
    (job,) = yaml.safe_load(block.text).values()
    written = re.findall(r"--output \w+=(\S+)", "\n".join(job["script"]))
    assert sorted(written) == sorted(job["artifacts"]["reports"].values())


def test_the_action_takes_what_the_guide_gives() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    text = (DOCS / "github.md").read_text(encoding="utf-8")
    (steps,) = [
        job["steps"] for job in yaml.safe_load(snippets("github", "yaml")[0].text)["jobs"].values()
    ]
    (ours,) = [step for step in steps if "gravity-lint" in step.get("uses", "")]
    assert ours["uses"] == f"{REPOSITORY.split('/', 3)[3]}@v{__version__}"
    assert ours["with"].keys() <= action["inputs"].keys()
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == list(action["inputs"])
    (upload,) = [step for step in steps if "upload-sarif" in step.get("uses", "")]
    assert upload["with"]["sarif_file"] == action["inputs"]["sarif"]["default"]


@pytest.mark.parametrize("block", rows(*snippets("pre-commit", "yaml")))
def test_the_hooks_are_those_that_there_are(block: Snippet, tmp_path: Path) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (repository,) = yaml.safe_load(block.text)["repos"]
    assert repository["repo"] == REPOSITORY
    assert repository["rev"] == f"v{__version__}"
    assert {hook["id"] for hook in repository["hooks"]} <= {hook["id"] for hook in hooks}
    (tmp_path / "config.yaml").write_text(block.text)
    command = [sys.executable, "-m", "pre_commit", "validate-config", "config.yaml"]
    subprocess.run(command, cwd=tmp_path, check=True)
    for arguments in (hook.get("args", []) for hook in repository["hooks"]):
        assert main(["hook", *arguments, "no-file.txt"]) == 0


def test_what_jenkins_runs_works(fleet: Path) -> None:
    (block,) = snippets("jenkins", "groovy")
    scripts = re.findall(r"^ *sh '([^']+)'$", block.text, re.MULTILINE)
    assert len(scripts) == 2
    done = run("\n".join(scripts), fleet)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in re.findall(r"(?:testResults|pattern): '([^']+)'", block.text):
        assert (fleet / name).stat().st_size > 100


@pytest.mark.parametrize(
    "block", rows(*[b for page in (*GUIDES, "index", "editors") for b in snippets(page, "sh")])
)
def test_commands_work(block: Snippet, fleet: Path) -> None:
    if "pip install --editable" in block.text or "new-rule" in block.text:
        pytest.skip("tests/scaffolding runs these")
    script = block.text.replace("flake8 ", "python -m flake8 --exit-zero ")
    done = run(script, fleet)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "unrecognized" not in done.stderr


def test_the_container_is_built_and_run_as_its_file_says() -> None:
    (block,) = [b for b in snippets("jenkins", "sh") if "podman" in b.text]
    head = (ROOT / "Containerfile").read_text(encoding="utf-8")
    for line in block.text.splitlines():
        assert f"#   {line}\n" in head


@pytest.mark.parametrize("page", ALL)
def test_settings_are_ours(page: str) -> None:
    for block in snippets(page, "toml"):
        table = msgspec.toml.decode(block.text).get("tool", {}).get("gravity-lint", {})
        known = {field.encode_name for field in msgspec.structs.fields(Settings)}
        used = {key.removeprefix("extend-") if key != "extend" else key for key in table}
        assert used <= known | {"extend"}, block


@pytest.mark.parametrize("page", ALL)
def test_what_is_installed_can_be(page: str) -> None:
    project = msgspec.toml.decode((ROOT / "pyproject.toml").read_bytes())["project"]
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    for extra in re.findall(r"gravity-lint\[(\w+)\]", text):
        assert extra in project["optional-dependencies"]


@pytest.mark.parametrize("page", ALL)
def test_commands_and_options_that_are_named_exist(page: str) -> None:
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    spans = re.findall(r"`gravity-lint ([^`]+)`", text)
    for block in snippets(page, "sh", "console"):
        spans += re.findall(r"^(?:\$ )?gravity-lint (.+)$", block.text, re.MULTILINE)
    for span in spans:
        first, *others = re.split(r"[\s=]+", span.partition("#")[0].strip())
        command = first if first in COMMANDS and first != "hook" else "check"
        module = importlib.import_module(f"gravity_lint.cli.{command.replace('-', '_')}")
        parser = module.parser_of()
        known = {x for action in parser._actions for x in action.option_strings}
        given = [word for word in (first, *others) if word.startswith("-") and len(word) > 1]
        assert not set(given) - known, f"{page}.md: gravity-lint {span}"


def test_a_rule_of_ones_own_is_one() -> None:
    (shown, promised) = snippets("writing-a-rule-pack", "python")
    (example,) = snippets("writing-a-rule-pack", "markdown")
    module: dict[str, Any] = {"__name__": "acme_rules.waiting.sleeping_code"}
    exec(shown.text, module)  # the guide's own code
    (case,) = cases.parse(example.text)
    rule = module["check"]
    assert (
        cases.found(cases.lint(rule, case.files, Settings())).keys()
        == cases.expected(case.files).keys()
    )
    assert "sleeping-code" in example.text
    assert promised.text.count("import") > 10


def test_what_packs_may_rely_on_is_there() -> None:
    """A name or an argument that goes from here is told in the changelog of a minor version."""
    promised = snippets("writing-a-rule-pack", "python")[1]
    for line in promised.text.splitlines():
        module: dict[str, Any] = {}
        exec(line, module)  # the guide's own code
        signature = re.search(r"# \((.*)\)$", line)
        if signature:
            function = module[line.partition("  #")[0].split()[-1]]
            takes = [
                f"*{one.name}" if one.kind is one.VAR_POSITIONAL else one.name
                for one in inspect.signature(function).parameters.values()
            ]
            assert takes == signature[1].split(", "), line
