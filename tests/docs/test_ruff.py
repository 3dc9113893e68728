"""What the guide says about ruff's rules, held against the real ruff."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from docs.snippets import DOCS, ROOT, snippets

from gravity_lint.configuration.settings import Settings
from gravity_lint.rule import Scope
from gravity_lint.running.judging import judge
from gravity_lint.running.packs import load_rules
from gravity_lint.running.specimens import laid_out
from gravity_lint.testing import cases

RULES = {rule.code: rule for rule in load_rules(("gravity_rules",))}
TEXT = (DOCS / "ruff.md").read_text(encoding="utf-8")
AGAINST, BOTH = (
    re.findall(r"^\| ([A-Z]+\d+) \|.* (GRV\d+) \|$", part, re.MULTILINE)
    for part in TEXT.split("## Rules that both have")
)


def ruff(there: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", *arguments, "."]
    return subprocess.run(command, cwd=there, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], set[str]]:
    """What ruff says about the examples of our rules, by our code and the example's title.

    The conforming service is a good example, too.
    """
    there = tmp_path_factory.mktemp("examples")
    for code in {ours for _, ours in AGAINST + BOTH}:
        for case in cases.parse(RULES[code].documentation):
            for name, text in case.files.items():
                path = there / code / case.title.lower() / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
    shutil.copytree(ROOT / "examples/orders_service", there / "orders_service/good")
    codes = ",".join({theirs for theirs, _ in AGAINST + BOTH})
    options = ("--isolated", "--preview", "--select", codes, "--output-format", "json")
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in json.loads(ruff(there, *options).stdout):
        ours, title, *_ = Path(one["filename"]).relative_to(there).parts
        found[ours, title].add(one["code"])
    return found


@pytest.mark.parametrize(("theirs", "ours"), AGAINST)
def test_ruff_reports_what_the_patterns_want(
    said: dict[tuple[str, str], set[str]], theirs: str, ours: str
) -> None:
    assert theirs in said[ours, "good"] | said["orders_service", "good"]


@pytest.mark.parametrize(("theirs", "ours"), BOTH)
def test_both_report_the_same(
    said: dict[tuple[str, str], set[str]], theirs: str, ours: str
) -> None:
    assert theirs in said[ours, "bad"]
    assert theirs not in said[ours, "good"]


def findings(there: Path) -> set[str]:
    files = {
        path.relative_to(there).as_posix(): path.read_text(encoding="utf-8")
        for path in there.rglob("*.py")
    }
    asked = [rule for rule in RULES.values() if rule.default and rule.scope is Scope.SERVICE]
    asked += [rule for rule in RULES.values() if rule.default and rule.scope is Scope.FILE]
    return {x.code for x in judge(laid_out(files, Settings()), asked).findings}


OBEYED = {
    ("ARG001", "GRV801"): (r", current_user: .*", ""),
    ("RUF029", "GRV704"): ("async def", "def"),
    ("N818", "GRV402"): ("OrderNotFoundException", "OrderNotFoundError"),
    ("FAST001", "GRV106"): (r"response_model=\S+?\)(?=\n)", ")"),
    ("FAST002", "GRV118"): (r"db: (\w+) = (Depends\(\w+\))", r"db: Annotated[\1, \2]"),
    ("G201", "GRV905"): (r"error\((.*), exc_info=True\)", r"exception(\1)"),
}


@pytest.mark.parametrize(("theirs", "ours"), OBEYED)
def test_who_obeys_is_told_where_the_guide_says_so(theirs: str, ours: str) -> None:
    (case,) = [x for x in cases.parse(RULES[ours].documentation) if x.title == "Good"]
    (name, text), *_ = case.files.items()
    pattern, replacement = OBEYED[theirs, ours]
    obeyed = re.sub(pattern, replacement, text)
    assert obeyed != text
    if "Annotated" in obeyed:
        obeyed = "from typing import Annotated\n" + obeyed
    sentence = re.search(r"Who obeys (.*?) gets the finding", TEXT, re.DOTALL)
    assert sentence is not None
    told = theirs in re.findall(r"[A-Z]+\d+", sentence[1])
    assert bool(cases.lint(RULES[ours], {**case.files, name: obeyed}, Settings())) is told


@pytest.mark.parametrize(
    ("theirs", "ours"), [("FAST001", set()), ("TC", set()), ("LOG014", {"GRV414"})]
)
def test_what_comes_of_obeying_ruff(tmp_path: Path, theirs: str, ours: set[str]) -> None:
    there = shutil.copytree(ROOT / "examples/orders_service", tmp_path / "orders")
    options = ("--isolated", "--preview", "--select", theirs, "--fix", "--unsafe-fixes")
    assert "fixed, 0 remaining" in ruff(there, *options).stdout
    assert findings(there) == ours


BOUND = """\
from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import get_db

router = APIRouter()


@router.get("/items")  # noqa: GRV101 -- clients of 2019
async def items(db: AsyncSession = Depends(get_db)) -> int:
    return await db.scalar("x")  # gravity-lint: ignore[GRV204] -- of old
"""


@pytest.mark.parametrize("told", [True, False])
def test_the_settings_of_the_guide_keep_what_is_ours(tmp_path: Path, told: bool) -> None:
    (block,) = snippets("ruff", "toml")
    (tmp_path / "pyproject.toml").write_text(block.text if told else "")
    (tmp_path / "main.py").write_text(BOUND)
    options = ("--preview", "--select", "B008,RUF100,RUF102", "--fix", "--unsafe-fixes")
    done = ruff(tmp_path, *options)
    assert done.returncode == (0 if told else 1), done.stdout
    kept = (tmp_path / "main.py").read_text()
    assert ("# noqa: GRV101 -- clients of 2019" in kept) is told
    assert "# gravity-lint: ignore[GRV204] -- of old" in kept
