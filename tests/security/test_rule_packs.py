"""A linted tree chooses no code: what a pull request may write into it is tried here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICE = "from fastapi import FastAPI\n\napp = FastAPI()\n"
RULE = '''\
"""Nothing is called x.

## Bad
```python
x = 1
```

## Good
```python
y = 1
```
"""

from gravity_lint.model import Module, Service
from gravity_lint.rule import Answer, Scope, Severity, Violation, rule
from gravity_lint.sources.spans import START


class Subject:
    def __init__(self, module: Module) -> None:
        self.module, self.span, self.extent, self.label = module, START, START, module.name


def subjects(service: Service) -> list[Subject]:
    return [Subject(module) for module in service.modules]


@rule(code="ACM901", severity=Severity.ERROR, scope=Scope.FILE, pattern="", subjects=subjects)
def check(subject: Subject) -> Answer:
    """Say so."""
    return Violation("said by the team's own pack")
'''
EVIL = "import os, pathlib\npathlib.Path(os.environ['PROOF']).write_text('ran')\n"
DECLARED = '"""Rules."""\n\n__gravity_lint_rules__ = True\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository that a pull request has written into."""
    top = tmp_path / "repository"
    (top / "app").mkdir(parents=True)
    (top / "app/__init__.py").write_text("")
    (top / "app/main.py").write_text(SERVICE)
    (top / "pyproject.toml").write_text('[project]\nname = "x"\n')
    return top


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    return tmp_path / "proof"


def lint(
    tree: Path, proof: Path, *arguments: str, program: str = "gravity_lint", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", program, *arguments, "."],
        cwd=tree,
        env={
            **os.environ,
            "PROOF": str(proof),
            "XDG_CONFIG_HOME": str(proof.parent / "config"),
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "rules"))),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def pack(directory: Path, name: str, init: str = DECLARED, rule: str = RULE) -> None:
    """Write a rule pack into *directory*."""
    (directory / name / "logs").mkdir(parents=True)
    (directory / name / "__init__.py").write_text(init)
    (directory / name / "logs/__init__.py").write_text("")
    (directory / name / "logs/called_x.py").write_text(rule)


def configure(tree: Path, *packs: str) -> None:
    named = ", ".join(f'"{name}"' for name in packs)
    (tree / "gravity-lint.toml").write_text(f"rule-packs = [{named}]\n")


@pytest.mark.parametrize("named", ["evil", "unittest", "this", "antigravity", "app", "os"])
@pytest.mark.parametrize("program", ["gravity_lint", "flake8"])
def test_a_configuration_imports_nothing(tree: Path, proof: Path, named: str, program: str) -> None:
    (tree / "evil.py").write_text(EVIL)
    (tree / "test_evil.py").write_text(EVIL)
    configure(tree, "gravity_rules", named)
    said = lint(tree, proof, program=program)
    assert not proof.exists()
    assert "not allowed" in said.stdout + said.stderr
    assert "Traceback" not in said.stderr


LIBRARIES = ["rich", "libcst", "msgspec", "pathspec", "gravity_rules", "json", "typing_extensions"]


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize("arguments", [["--fix", "--diff"], ["--jobs", "2"]])
def test_a_file_of_the_tree_takes_no_librarys_place(
    tree: Path, proof: Path, name: str, arguments: list[str]
) -> None:
    (tree / f"{name}.py").write_text(EVIL)
    (tree / "app/main.py").write_text(SERVICE + "\n\n@app.get('/x')\nasync def x(): ...\n")
    said = lint(tree, proof, *arguments)
    assert not proof.exists()
    assert "Traceback" not in said.stderr
    assert said.returncode == 1


@pytest.mark.parametrize("name", [name for name in LIBRARIES if name != "json"])  # flake8's own
def test_nor_does_it_in_flake8(tree: Path, proof: Path, name: str) -> None:
    (tree / f"{name}.py").write_text(EVIL)
    (tree / "app/main.py").write_text(SERVICE + "\n\n@app.get('/x')\nasync def x(): ...\n")
    said = lint(tree, proof, "--select", "GRV", program="flake8")
    assert "GRV103" in said.stdout
    assert not proof.exists()


@pytest.mark.parametrize("path", [".", "", "app"])
def test_nor_does_it_where_the_environment_looks_there_first(
    tree: Path, proof: Path, path: str
) -> None:
    for name in LIBRARIES:
        (tree / f"{name}.py").write_text(EVIL)
        (tree / f"app/{name}.py").write_text(EVIL)
    where = os.pathsep.join((path, str(ROOT), str(ROOT / "rules")))
    said = lint(tree, proof, "--diff", PYTHONPATH=where)
    assert not proof.exists()
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("path", [".", "", "packs"])
def test_an_allowed_name_is_not_taken_from_the_tree(tree: Path, proof: Path, path: str) -> None:
    pack(tree, "acme_rules", init=DECLARED + EVIL)
    pack(tree / "packs", "acme_rules", init=DECLARED + EVIL)
    configure(tree, "acme_rules")
    where = os.pathsep.join((path, str(ROOT), str(ROOT / "rules")))
    said = lint(tree, proof, GRAVITY_LINT_RULE_PACKS="acme_rules", PYTHONPATH=where)
    assert not proof.exists()
    assert said.returncode == 2
    assert "no package 'acme_rules' is installed" in said.stderr


def installed(tmp_path: Path) -> str:
    return os.pathsep.join((str(tmp_path / "site"), str(ROOT), str(ROOT / "rules")))


@pytest.mark.parametrize("how", ["environment", "command line", "user"])
def test_who_runs_the_linter_may_allow_a_pack(
    tree: Path, proof: Path, tmp_path: Path, how: str
) -> None:
    pack(tmp_path / "site", "acme_rules")
    configure(tree, "gravity_rules", "acme_rules")
    environment = {"PYTHONPATH": installed(tmp_path)}
    arguments = ["--format", "concise"]
    if how == "environment":
        environment["GRAVITY_LINT_RULE_PACKS"] = "other, acme_rules"
    elif how == "user":
        own = proof.parent / "config/gravity-lint"
        own.mkdir(parents=True)
        (own / "gravity-lint.toml").write_text('rule-packs = ["acme_rules"]\n')
    else:
        arguments += ["--allow-pack", "acme_rules"]
    said = lint(tree, proof, *arguments, **environment)
    assert "said by the team's own pack" in said.stdout, said.stderr


@pytest.mark.parametrize(
    ("init", "rule", "words"),
    [
        ('"""Just a package."""\n', RULE, "no rule pack"),
        (DECLARED, "raise SystemExit(0)\n", "SystemExit"),
        (DECLARED, "1 / 0\n", "ZeroDivisionError"),
        (DECLARED, "def broken(:\n", "SyntaxError"),
        (DECLARED, RULE.replace("ACM901", "GRV904"), "the linter's own"),
        (DECLARED, RULE.replace("ACM901", "acme-1"), "two or three capitals"),
    ],
)
def test_a_pack_that_is_none_or_fails_is_named(
    tree: Path, proof: Path, tmp_path: Path, init: str, rule: str, words: str
) -> None:
    pack(tmp_path / "site", "acme_rules", init=init, rule=rule)
    configure(tree, "gravity_rules", "acme_rules")
    said = lint(
        tree,
        proof,
        GRAVITY_LINT_RULE_PACKS="acme_rules",
        PYTHONPATH=installed(tmp_path),
    )
    assert said.returncode == 2
    assert words in said.stderr
    assert "acme_rules" in said.stderr
    assert "Traceback" not in said.stderr


def test_only_modules_that_may_hold_rules_are_imported(
    tree: Path, proof: Path, tmp_path: Path
) -> None:
    pack(tmp_path / "site", "acme_rules")
    for name in ("__main__.py", "_private.py", "no-module.py", "logs/__main__.py"):
        (tmp_path / "site/acme_rules" / name).write_text(EVIL)
    (tmp_path / "site/acme_rules/data").mkdir()
    (tmp_path / "site/acme_rules/data/code.py").write_text(EVIL)
    configure(tree, "gravity_rules", "acme_rules")
    lint(tree, proof, GRAVITY_LINT_RULE_PACKS="acme_rules", PYTHONPATH=installed(tmp_path))
    assert not proof.exists()
