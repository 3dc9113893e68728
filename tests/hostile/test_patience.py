"""A rule that does not come to an end is stopped and named, whoever asks; the others go on."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.hosts.flake8_plugin import GravityPlugin
from gravity_lint.installed import OWN_PACKS
from gravity_lint.model import Service
from gravity_lint.rule import Rule
from gravity_lint.running.inquiry import Inquiry
from gravity_lint.running.means import Means
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.packs import load_rules
from gravity_lint.running.patience import Clock, OutOfTimeError
from gravity_lint.running.run import run

RULES = {rule.code: rule for rule in load_rules(OWN_PACKS)}
SERVICE = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/x')\nasync def x(): ...\n"


def work_for_ever() -> None:
    n = 0
    while True:
        n += 1


def endless(service: Service) -> Iterator[Any]:
    """Work on a question of the service for ever."""
    service.memory.ask("endless", None, work_for_ever)
    yield


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "repository"
    for name in ("first", "second"):
        (top / name / "app").mkdir(parents=True)
        (top / name / "app/main.py").write_text(SERVICE)
        (top / name / "pyproject.toml").write_text("[tool.gravity-lint]\nrule-timeout = 1\n")
    return top


@pytest.fixture
def stall(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give what makes rules work for ever."""

    def make(*codes: str, subjects: Callable[[Service], Iterator[Any]] = endless) -> None:
        for code in codes:
            monkeypatch.setattr(RULES[code], "subjects", subjects)

    return make


def codes(report: Report) -> list[str | None]:
    return sorted(str(problem.code) for problem in report.problems)


@pytest.mark.parametrize("means", [{}, {"jobs": 2}, {"keep": True}, {"keep": True, "jobs": 2}])
def test_it_is_stopped_and_the_others_go_on(
    tree: Path, tmp_path: Path, stall: Callable[..., None], means: dict[str, Any]
) -> None:
    expected = [x for x in run([tree], Overrides()).findings if x.code != "GRV101"]
    assert expected
    stall("GRV101")
    if means.get("keep"):
        means["directory"] = tmp_path / "cache"
    for _ in range(2):  # it is not kept either
        report = run([tree], Overrides(), means=Means(**means))
        assert list(report.findings) == expected
        assert [(x.code, x.message, x.stopped) for x in report.problems] == [
            ("GRV101", "it took longer than `rule-timeout` allows (1 s)", True)
        ] * 2


def test_after_some_the_others_are_not_asked(tree: Path, stall: Callable[..., None]) -> None:
    stall("GRV101", "GRV102", "GRV103", "GRV104", "GRV105")
    begin = time.process_time()
    report = run([tree / "first"], Overrides())
    assert time.process_time() - begin < 30
    assert codes(report) == ["GRV101", "GRV102", "GRV103", "None"]
    said = report.problems[-1].message
    assert said.startswith("after 3 rules that took too long, ")
    assert "GRV104, GRV105" in said
    assert {x.code for x in report.findings} <= {"GRV003", "GRV004"}


def test_what_it_had_said_is_no_finding(tree: Path, stall: Callable[..., None]) -> None:
    real = RULES["GRV101"].subjects

    def half(service: Service) -> Iterator[Any]:
        yield from real(service)
        yield from endless(service)

    stall("GRV101", subjects=half)
    report = run([tree / "first"], Overrides())
    assert "GRV101" in codes(report)
    assert "GRV101" not in [x.code for x in report.findings]
    (tally,) = (x for x in report.tallies if x.code == "GRV101")
    assert (tally.subjects, tally.violations) == (0, 0)


def test_hosts_are_told(tree: Path, stall: Callable[..., None]) -> None:
    stall("GRV101")
    file = tree / "first/app/main.py"
    told = [x.message for x in Inquiry().about(file) if x.code == "GRV000"]
    words = "not judged by GRV101, which was stopped: it took longer than `rule-timeout` allows"
    assert [message[: len(words)] for message in told] == [words]


def test_flake8_is_told(tree: Path, stall: Callable[..., None]) -> None:
    import ast

    stall("GRV101")
    GravityPlugin.inquiry = Inquiry()
    file = tree / "first/app/main.py"
    try:
        texts = [row[2] for row in GravityPlugin(ast.parse(""), str(file), []).run()]
    finally:
        GravityPlugin.inquiry = None
    assert any("was stopped" in text for text in texts)
    assert any(text.startswith("GRV102") for text in texts)


def test_a_clock_stops_nothing_that_is_done() -> None:
    clock = Clock(0.05)
    with clock.running():
        for _ in range(5):
            with pytest.raises(OutOfTimeError), clock.timing():
                work_for_ever()
            for _ in range(100):
                with clock.timing():
                    sum(range(100))
            begin = time.process_time()
            while time.process_time() - begin < 0.1:  # nobody is asked meanwhile
                pass


def test_no_time_passes_while_others_work() -> None:
    clock = Clock(0.05)
    with clock.running(), clock.timing():
        time.sleep(0.3)


def test_rules_keep_their_subjects() -> None:
    assert all(isinstance(rule, Rule) and rule.subjects is not endless for rule in RULES.values())


PROFILED = """
import sys
from gravity_lint.running.patience import Clock, OutOfTimeError

clock = Clock(0.05)
with clock.running():
    try:
        with clock.timing():
            while True:
                pass
    except OutOfTimeError:
        print("stopped")
sys.setprofile(lambda *_: None)
print(sum(range(3)))
[len(x) for x in ("a", "b")]
sys.setprofile(None)
"""


def test_a_profiler_gets_further_after_a_rule_was_stopped() -> None:
    program = [sys.executable, "-c", PROFILED]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["stopped", "3"]
