"""Whatever a rule of somebody's pack does, the run goes on and says which rule it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICE = """\
from datetime import datetime

from fastapi import FastAPI

app = FastAPI()


@app.get("/items")
async def items() -> dict:
    return {"now": datetime.utcnow()}
"""
RULE = '''\
"""Nothing."""

import sys

from gravity_lint.edits import *
from gravity_lint.model.code.files import File, files
from gravity_lint.rule import *
from gravity_lint.sources.spans import START, Span


class Options_(Options, frozen=True):
    number: int = 1


def broken(service):
    yield {subject}


@rule(code="BAD101", severity=Severity.ERROR, scope=Scope.{scope}, pattern="", subjects=broken)
def check(subject):
    {check}


@check.fix(Applicability.SAFE)
def fix(subject):
    {fix}
'''
FINE = "next(iter(files(service)))"
SAID = 'return Violation("said")'
NOTHING = "return None"


def pack(there: Path, **parts: str) -> None:
    given = {"subject": FINE, "check": SAID, "fix": NOTHING, "scope": "SERVICE", **parts}
    (there / "bad_rules").mkdir(parents=True)
    (there / "bad_rules/__init__.py").write_text("__gravity_lint_rules__ = True\n")
    (there / "bad_rules/bad_rule.py").write_text(RULE.format(**given))


def lint(there: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gravity_lint", "--allow-pack", "bad_rules", *arguments, "app"],
        cwd=there,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, (there.parent / "site", ROOT, ROOT / "rules"))),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def there(tmp_path: Path) -> Path:
    service = tmp_path / "service"
    (service / "app").mkdir(parents=True)
    (service / "app/main.py").write_text(SERVICE)
    (service / "gravity-lint.toml").write_text(
        'rule-packs = ["gravity_rules", "bad_rules"]\nselect = ["BAD", "GRV101", "GRV102"]\n'
    )
    return service


CRASHES = {
    "raises": {"check": 'raise KeyError("x")'},
    "exits": {"check": "sys.exit(0)"},
    "never ends calling itself": {"check": "return check.check(subject, None)"},
    "has an error that cannot be shown": {
        "check": 'raise type("E", (Exception,), {"__str__": lambda self: 1 / 0})()'
    },
    "answers yes": {"check": "return True"},
    "answers in words": {"check": 'return "said"'},
    "says no word": {"check": "return Violation(None)"},
    "says half a character": {"check": 'return Violation("\\ud800")'},
    "points nowhere": {"check": 'return Violation("said", at=(1, 2))'},
    "has no place": {"subject": "object()"},
    "has a subject that fails": {"subject": "1 / 0"},
    "exits among subjects": {"subject": "sys.exit(3)"},
    "notes no place": {"check": 'return Violation("said", notes=("there",))'},
    "has a cause that is none": {"check": 'return Violation("said", cause="that")'},
    "fails to mend": {"fix": "1 / 0"},
    "mends with words": {"fix": 'return ("sed -i",)'},
    "fails about the run": {"scope": "RUN", "check": "1 / 0"},
}


@pytest.mark.parametrize("parts", CRASHES.values(), ids=list(CRASHES))
def test_the_rest_is_said_and_the_rule_named(there: Path, parts: dict[str, str]) -> None:
    pack(there.parent / "site", **parts)
    said = lint(there, "--format", "json")
    named(said)
    found = {one["code"] for one in json.loads(said.stdout)["findings"]}
    assert found == {"GRV101", "GRV102"}


@pytest.mark.parametrize("name", ["raises", "says no word", "fails to mend"])
def test_mending_goes_on(there: Path, name: str) -> None:
    pack(there.parent / "site", **CRASHES[name])
    configuration = there / "gravity-lint.toml"
    configuration.write_text(configuration.read_text().replace("GRV101", "GRV109"))
    named(lint(there, "--fix"))
    assert "summary=" in (there / "app/main.py").read_text()


def test_what_a_failing_rule_leaves_open_is_not_kept(there: Path) -> None:
    pack(there.parent / "site", **CRASHES["raises"])
    named(lint(there))
    named(lint(there))


def named(said: subprocess.CompletedProcess[str]) -> None:
    """Hold that the run says which rule has failed, and goes on."""
    assert said.returncode == 2, said.stdout + said.stderr
    assert "Traceback" not in said.stderr
    assert "defect of gravity-lint" not in said.stderr
    assert "BAD101" in said.stderr


EDITS = {
    "where nothing is": 'ReplaceExpression(Span(90, 1, 90, 4), "x")',
    "before the beginning": 'ReplaceExpression(Span(0, 0, 0, 0), "x")',
    "backwards": 'ReplaceExpression(Span(3, 9, 1, 1), "x")',
    "what is no Python": 'ReplaceExpression(Span(5, 7, 5, 16), "):(")',
    "what breaks another rule": 'ReplaceExpression(Span(8, 10, 8, 18), "open(")',
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=list(EDITS))
def test_a_fix_that_cannot_be_carried_out_changes_nothing(there: Path, edit: str) -> None:
    pack(there.parent / "site", fix=f"return ({edit},)")
    said = lint(there, "--fix")
    assert said.returncode in (1, 2), said.stdout + said.stderr
    assert "Traceback" not in said.stderr
    assert "defect of gravity-lint" not in said.stderr
    assert (there / "app/main.py").read_text() == SERVICE
    assert "GRV101" in said.stdout
