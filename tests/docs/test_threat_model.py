"""Each line of the threat model names a test that is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs/threat-model.md").read_text(encoding="utf-8")
ROWS = [
    line.strip("| ").split(" | ")
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith(("| **", "| what is written"))
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_line_is_held_by_a_test(row: list[str]) -> None:
    written, outcome, held = row
    assert written
    assert outcome
    named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", held)
    assert named
    for file, test in named:
        tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        assert test in {x.name for x in ast.walk(tree) if isinstance(x, functions)}, (file, test)


def test_every_test_of_security_holds_a_line() -> None:
    for file in (TESTS / "security").glob("test_*.py"):
        assert f"security/{file.name}::" in PAGE
