"""Whatever the code, fixes leave what parses, bring no finding, and come to an end."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given

import cases
from gravity_lint.findings.finding import Finding
from gravity_lint.findings.severities import Applicability
from gravity_lint.fixing.mending import Complaint, Verdict, mend
from tests.fuzz.material import CASES, each, failures, judged, services

PAST = failures("fixes")


def parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def identities(findings: tuple[Finding, ...]) -> list[tuple[str, str, str]]:
    return sorted((x.code, x.path, x.inside) for x in findings)


def hold(files: dict[str, str]) -> None:
    """Mend the service of *files*, and hold what is promised."""

    def judge(texts: Mapping[str, str], again: Complaint | None = None) -> Verdict:
        changed = {path.removeprefix(f"{cases.ROOT}/"): text for path, text in texts.items()}
        now = {**files, **changed}
        paths = {f"{cases.ROOT}/{name}": text for name, text in now.items()}
        found = tuple(
            x
            for x in judged(now).findings
            if again is None or (x.code in again.codes and x.path in again.paths)
        )
        return Verdict(found, paths)

    named = {f"{cases.ROOT}/{name}" for name in files if name.endswith(".py")}
    before = judge({})
    outcome = mend(judge, named, tuple(Applicability))
    for path, text in outcome.after.items():
        assert parses(before.texts[path])
        assert parses(text), text
        assert outcome.mended[path]
    after = judge(outcome.after)
    old = identities(before.findings)
    for one in identities(after.findings):
        assert one in old, f"new: {one}"
        old.remove(one)
    again = {path.removeprefix(f"{cases.ROOT}/"): text for path, text in outcome.after.items()}
    files = {**files, **again}
    assert mend(judge, named, tuple(Applicability)).after == {}


@pytest.mark.parametrize("path", PAST, ids=each(PAST))
def test_past_failures(path: Path) -> None:
    hold({"app/main.py": path.read_text(encoding="utf-8")})


@given(services())
def test_fixes_leave_code_that_parses(files: dict[str, str]) -> None:
    hold(files)


@pytest.mark.parametrize("case", CASES[::60], ids=lambda case: case.title)
def test_fixes_of_cases_come_to_an_end(case: cases.Case) -> None:
    hold({name: cases.unmarked(code) for name, code in case.files.items()})
