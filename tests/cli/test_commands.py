"""explain, rules and routes."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.cli import main
from gravity_lint.contract import routing_table
from gravity_lint.errors import UsageError
from gravity_lint.reporting import catalogue
from gravity_lint.rule import Answer, Applicability, Options, Rule, Scope, Severity
from tests.reporting.samples import Terminal

Capture = pytest.CaptureFixture[str]


class Example(Options, frozen=True):
    limit: int = 100
    """The most rows of a page."""
    names: tuple[str, ...] = ("a", 'b"')
    root: str | None = None


def check(subject: Any, options: Example) -> Answer:
    return None


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Rule[Any]:
    """A rule with options and a fix, documented by this module's docstring."""
    rule: Rule[Any] = Rule(
        check,
        code="GRV997",
        severity=Severity.ERROR,
        scope=Scope.SERVICE,
        pattern="Example Patterns",
        subjects=lambda service: (),
        options=Example,
        default=True,
    )
    rule.fix(Applicability.SAFE)(lambda subject, options: None)
    return rule


@pytest.mark.parametrize(
    "wanted", ["GRV191", "grv191", "191", "naive-utcnow", "Naive_Utcnow", " GRV191 "]
)
def test_a_rule_is_found_by_code_and_name(elsewhere: None, capsys: Capture, wanted: str) -> None:
    assert main(["explain", wanted]) == 0
    out = capsys.readouterr().out
    assert out.startswith("# GRV191 naive-utcnow\n")
    for words in ("**Severity:** warning, off", "one file", "unsafe", "API Development Patterns"):
        assert words in out
    assert "## Bad\n```python\n" in out


@pytest.mark.parametrize(
    ("wanted", "cure"),
    [
        ("naive-utcnwo", "naive-utcnow"),
        ("utcnow", "there is naive-utcnow"),
        ("zzz", "gravity-lint rules lists them all"),
        ("", "gravity-lint rules lists them all"),
    ],
)
def test_an_unknown_rule_names_the_likely_one(
    elsewhere: None, capsys: Capture, wanted: str, cure: str
) -> None:
    assert main(["explain", wanted]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"gravity-lint: error: there is no rule {wanted!r}")
    assert cure in err


def test_explain_needs_one_rule(elsewhere: None, capsys: Capture) -> None:
    assert main(["explain"]) == 2
    assert "CODE|NAME" in capsys.readouterr().err


def test_options_are_explained_as_they_are_configured(example: Rule[Any]) -> None:
    stream = io.StringIO()
    catalogue.explain(example, [example], stream)
    assert (
        f"[tool.gravity-lint.rules.{example.name}]\n"
        "# The most rows of a page.\n"
        "limit = 100  # integer\n"
        'names = ["a", "b\\""]  # list of strings\n'
        "# root = ...  # string or nothing\n"
    ) in stream.getvalue()
    assert "explain, rules and routes." in stream.getvalue()


def test_a_terminal_sees_the_page_drawn(
    example: Rule[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    catalogue.explain(example, [example], stream)
    text = stream.getvalue()
    assert "GRV997" in text
    assert "\x1b[" in text
    assert "```" not in text
    assert "**" not in text


def test_rules_are_listed_under_their_sections(example: Rule[Any]) -> None:
    stream = io.StringIO()
    catalogue.list_rules([example, example], stream)
    assert (
        stream.getvalue().split()
        == (
            "code name severity scope fix Example Patterns"
            + f" GRV997 {example.name} error service safe" * 2
            + " 2 rules, 0 of them off unless selected."
        ).split()
    )


def test_rules_as_json(example: Rule[Any], elsewhere: None, capsys: Capture) -> None:
    stream = io.StringIO()
    catalogue.list_rules_json([example], stream)
    assert json.loads(stream.getvalue()) == [
        {
            "code": "GRV997",
            "name": example.name,
            "severity": "error",
            "default": True,
            "scope": "service",
            "fix": "safe",
            "pattern": "Example Patterns",
            "page": None,
            "options": [
                {
                    "name": "limit",
                    "type": "integer",
                    "default": "100",
                    "description": "The most rows of a page.",
                },
                {
                    "name": "names",
                    "type": "list of strings",
                    "default": '["a", "b\\""]',
                    "description": "",
                },
                {"name": "root", "type": "string or nothing", "default": None, "description": ""},
            ],
        }
    ]
    assert main(["rules", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert "GRV191" in [rule["code"] for rule in listed]


def test_rules_come_from_the_configured_packs(elsewhere: None, capsys: Capture) -> None:
    Path("gravity-lint.toml").write_text('rule-packs = ["no_such_pack"]\n')
    assert main(["rules"]) == 2
    assert "no_such_pack" in capsys.readouterr().err


class TestRoutes:
    @pytest.fixture
    def asked(self, elsewhere: None, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
        asked: list[Path] = []

        def table(
            paths: Sequence[Path], imposed: Any = None, *, whole: bool = False
        ) -> routing_table.RouteTable:
            asked.extend(paths)
            return routing_table.RouteTable(
                (routing_table.Route("s", "GET", "/x", "get_x", "a.py", 1),)
            )

        monkeypatch.setattr(routing_table, "table", table)
        return asked

    @pytest.mark.parametrize(
        ("form", "words"), [("text", "GET  /x"), ("json", '"/x"'), ("markdown", "| `/x` |")]
    )
    def test_formats(self, asked: list[Path], capsys: Capture, form: str, words: str) -> None:
        assert main(["routes", "--format", form]) == 0
        assert words in capsys.readouterr().out
        assert asked == [Path()]

    def test_a_path(self, asked: list[Path], capsys: Capture) -> None:
        Path("svc").mkdir()
        assert main(["routes", "svc"]) == 0
        assert asked == [Path("svc")]
        assert main(["routes", "nowhere"]) == 2
        assert "nowhere: no such file" in capsys.readouterr().err

    def test_a_mistake(
        self, elsewhere: None, monkeypatch: pytest.MonkeyPatch, capsys: Capture
    ) -> None:
        def table(
            paths: Sequence[Path], imposed: Any = None, *, whole: bool = False
        ) -> routing_table.RouteTable:
            raise UsageError("svc: no Python file")

        monkeypatch.setattr(routing_table, "table", table)
        assert main(["routes"]) == 2
        assert capsys.readouterr() == ("", "gravity-lint: error: svc: no Python file\n")
