"""Findings lead to the page of their rule, wherever a link can be followed."""

from __future__ import annotations

import io
import json
import re
import sys
import types
from pathlib import Path

import msgspec
import pytest
from reporting.samples import Terminal, finding, report

from gravity_lint.addresses import DOCUMENTATION, REPOSITORY
from gravity_lint.cli import main
from gravity_lint.reporting import full, sarif
from gravity_lint.reporting import json as json_format
from gravity_lint.reporting.catalogue import explain
from gravity_lint.reporting.console import shows_links
from gravity_lint.rule import Rule, Scope, Severity
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.packs import load_rules
from gravity_lint.running.run import run

ROOT = Path(__file__).parents[2]
RULES = load_rules(("gravity_rules",))
PAGE = f"{DOCUMENTATION}/rules/GRV101/"
LINK = re.compile(r"\x1b\]8;[^;]*;(?P<address>[^\x1b]*)\x1b\\(?P<words>.*?)\x1b\]8;;\x1b\\")


@pytest.fixture(scope="module")
def judged() -> Report:
    return run([ROOT / "examples/legacy_service"], Overrides())


def drawn(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name in ("CI", "VTE_VERSION", "TERM_PROGRAM", "WT_SESSION", "FORCE_HYPERLINK"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    full.render_findings(report(msgspec.structs.replace(finding(), page=PAGE)), stream)
    return stream.getvalue()


def test_a_terminal_that_knows_links_gets_one_at_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    links = LINK.findall(drawn(Terminal(), monkeypatch, VTE_VERSION="7600"))
    assert [address for address, _ in links] == [PAGE]
    assert "GRV101" in links[0][1]


@pytest.mark.parametrize(
    "environment",
    [{}, {"VTE_VERSION": "7600", "FORCE_HYPERLINK": "0"}, {"VTE_VERSION": "7600", "CI": "1"}],
)
def test_others_see_no_sequence(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    assert "\x1b]8" not in drawn(Terminal(), monkeypatch, **environment)


def test_a_pipe_sees_no_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in drawn(io.StringIO(), monkeypatch, VTE_VERSION="7600")
    assert "\x1b]8" not in drawn(io.StringIO(), monkeypatch, VTE_VERSION="7600", FORCE_COLOR="1")


@pytest.mark.parametrize(
    ("environment", "known"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "screen"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"WT_SESSION": "x"}, True),
        ({"VTE_VERSION": "4205"}, False),
        ({"VTE_VERSION": "?"}, False),
        ({"FORCE_HYPERLINK": "1", "CI": "true"}, True),
    ],
)
def test_terminals_introduce_themselves(environment: dict[str, str], known: bool) -> None:
    assert shows_links(Terminal(), environment) is known


def test_programs_are_told_the_page(judged: Report) -> None:
    pages = {rule.code: rule.page for rule in RULES}
    said = json_format.document(judged).findings
    assert said
    assert all(one.page == pages[one.code] for one in said)
    (log,) = sarif.document(judged)["runs"]
    rules = log["tool"]["driver"]["rules"]
    assert {one["id"]: one["helpUri"] for one in rules} == {
        code: page for code, page in pages.items() if code in {one.code for one in said}
    }


def test_what_is_not_judged_by_a_rule_leads_nowhere() -> None:
    assert json_format.document(report(finding())).findings[0].page is None
    (log,) = sarif.document(report(finding()))["runs"]
    assert "helpUri" not in log["tool"]["driver"]["rules"][0]


def test_explain_names_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = next(rule for rule in RULES if rule.code == "GRV101")
    piped = io.StringIO()
    explain(rule, RULES, piped)
    assert piped.getvalue().endswith(f"This page: <{PAGE}>\n")
    monkeypatch.setenv("TERM_PROGRAM", "vscode")
    monkeypatch.delenv("CI", raising=False)
    seen = Terminal()
    explain(rule, RULES, seen)
    assert [address for address, _ in LINK.findall(seen.getvalue())] == [PAGE]


def test_the_list_of_rules_names_the_pages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "GRV101", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["page"] == PAGE


@pytest.mark.parametrize(
    ("declared", "page"),
    [
        ({}, ""),
        ({"__gravity_lint_pages__": "https://acme.example/{code}/{name}"}, "ACM101/loud-word"),
        ({"__gravity_lint_pages__": "javascript:alert(1)"}, ""),
        ({"__gravity_lint_pages__": 7}, ""),
    ],
)
def test_a_pack_says_where_its_pages_are(
    monkeypatch: pytest.MonkeyPatch, declared: dict[str, object], page: str
) -> None:
    pack = types.ModuleType("acme_rules")
    vars(pack).update(declared)
    monkeypatch.setitem(sys.modules, "acme_rules", pack)

    def check(subject: object) -> None:
        return None

    check.__module__ = "acme_rules.logs.loud_word"
    rule: Rule[object] = Rule(
        check,
        code="ACM101",
        severity=Severity.WARNING,
        scope=Scope.FILE,
        pattern="",
        subjects=lambda _: (),
        options=None,
        default=True,
    )
    assert rule.page == (f"https://acme.example/{page}" if page else "")


def test_addresses_are_the_same_everywhere() -> None:
    project = msgspec.toml.decode((ROOT / "pyproject.toml").read_bytes())["project"]
    assert project["urls"]["Documentation"].rstrip("/") == DOCUMENTATION
    assert project["urls"]["Repository"] == REPOSITORY
    for name in ("README.md", "pyproject.toml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for address in re.findall(r"https://\w+\.example\.com/[^\s\"')>]+", text):
            assert address.startswith((DOCUMENTATION, REPOSITORY)), address
