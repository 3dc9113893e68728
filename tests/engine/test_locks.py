"""A policy is an installed package, and what it locks nobody loosens who inherits it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from gravity_lint.configuration.files import Imposed
from gravity_lint.reporting import renderer, statistics
from gravity_lint.reporting.scorecard.scores import scorecard
from gravity_lint.reporting.scorecard.text import render_json, render_text
from gravity_lint.reporting.summary import brief
from gravity_lint.running.outcome import Overrides, PolicyPackage, Report
from gravity_lint.running.run import run

SERVICE = """\
from fastapi import FastAPI

app = FastAPI()


@app.get("/x")
def get_x() -> dict:
    return {}
"""
LOCKS = """\
extend-select = ["GRV190"]
[severity]
GRV102 = "error"
[vocabulary]
exception-root = "AcmeError"
[endpoints]
extend-public = ["/open"]
[min-conformance]
total = 10
[lock]
rules = ["GRV1"]
severities = ["GRV102", "GRV104", "GRV109"]
settings = ["vocabulary", "endpoints.public", "min-conformance", "exclude"]
"""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service, and beside it a place where the policy is installed."""
    site = tmp_path / "site"
    (site / "acme_policy").mkdir(parents=True)
    (site / "acme_policy/__init__.py").write_text("raise SystemExit('nobody runs me')\n")
    (site / "acme_policy/gravity-lint.toml").write_text(LOCKS)
    (site / "Acme_Policy-2.1.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(str(site))
    top = tmp_path / "shop"
    (top / "app").mkdir(parents=True)
    (top / "app/__init__.py").write_text("")
    (top / "app/main.py").write_text(SERVICE)
    monkeypatch.chdir(top)
    configure(top, "")
    return top


def configure(top: Path, text: str) -> None:
    lines = "".join(f"{line}\n" for line in text.split(";"))
    (top / "pyproject.toml").write_text(
        f'[tool.gravity-lint]\nextend = "package:acme_policy"\n{lines}'
    )


def faults(top: Path, overrides: Overrides = Overrides()) -> list[str]:  # noqa: B008
    return [f"{Path(x.path).name}: {x.message}" for x in run([top], overrides).problems]


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ('ignore = ["GRV104"]', "ignore", "loosens GRV104 unwrapped-response-model"),
        ('extend-ignore = ["untagged-route"]', "extend-ignore", "loosens GRV102"),
        ('ignore = ["ALL"]', "ignore", "loosens GRV101"),
        ('select = ["GRV9"]', "select", "loosens GRV101"),
        ('severity = { GRV104 = "off" }', "severity.GRV104", "loosens GRV104"),
        (
            'per-file-ignores = { "app/old/**" = ["GRV104"] }',
            "per-file-ignores.'app/old/**'",
            "loosens GRV104",
        ),
        ("[tool.gravity-lint.rules.unbounded-pagination];largest = 5000",
         "rules.unbounded-pagination", "loosens GRV113"),
        ('severity = { GRV10 = "warning" }', "severity.GRV10", "GRV104 unwrapped-response-model"
         " warning instead of error"),
        ('severity = { untagged-route = "warning" }', "severity.untagged-route",
         "GRV102 untagged-route warning instead of error"),
        ('vocabulary = { exception-root = "Exception" }', "vocabulary.exception-root",
         "changes vocabulary.exception-root"),
        ('vocabulary = { extend-response-wrappers = ["X"] }',
         "vocabulary.extend-response-wrappers", "changes vocabulary.response-wrappers"),
        ('endpoints = { public = ["**"] }', "endpoints.public", "changes endpoints.public"),
        ("min-conformance = { total = 5 }", "min-conformance.total", "changes min-conformance"),
        ('extend-exclude = ["app/old"]', "extend-exclude", "changes exclude"),
    ],
)  # fmt: skip
def test_loosening_is_an_error_that_names_both_places(
    service: Path, text: str, key: str, words: str
) -> None:
    configure(service, text)
    (fault,) = faults(service)
    assert fault.startswith(f"pyproject.toml: tool.gravity-lint.{key}: ")
    assert words in fault
    assert "acme_policy/gravity-lint.toml locks (lock." in fault


@pytest.mark.parametrize(
    "text",
    [
        "",
        'ignore = ["GRV904"]',
        'extend-select = ["ALL"]',
        'severity = { GRV109 = "error", GRV904 = "off" }',
        "min-conformance = { total = 50, logs = 90 }",
        'endpoints = { operational = ["/"] }',
        'vocabulary = { exception-root = "AcmeError" }',
        'per-file-ignores = { "app/old/**" = ["GRV9"] }',
        "lock = { rules = ['GRV9'] }",
    ],
)
def test_what_is_not_locked_and_what_is_stricter_is_free(service: Path, text: str) -> None:
    configure(service, text)
    assert faults(service) == []


def test_a_configuration_between_is_held_and_may_lock_more(service: Path) -> None:
    team = service.parent / "team" / "team.toml"
    team.parent.mkdir()
    team.write_text('extend = "package:acme_policy"\nlock = { rules = ["GRV9"] }\n')
    (service / "pyproject.toml").write_text(
        '[tool.gravity-lint]\nextend = "../team/team.toml"\nignore = ["GRV904"]\n'
    )
    (fault,) = faults(service)
    assert fault.startswith("pyproject.toml: tool.gravity-lint.ignore: this loosens GRV904")
    assert "team.toml locks (lock.rules: 'GRV9')" in fault
    team.write_text('extend = "package:acme_policy"\nignore = ["GRV104"]\n')
    (fault,) = faults(service)
    assert fault.startswith("team.toml: ignore: this loosens GRV104")


def test_a_configuration_below_the_root_is_held(service: Path) -> None:
    (service / "app/gravity-lint.toml").write_text('ignore = ["GRV104"]\n')
    (fault,) = faults(service)
    assert fault.startswith("gravity-lint.toml: ignore: this loosens GRV104")


def test_whoever_runs_the_linter_is_free(service: Path) -> None:
    assert faults(service, Overrides(ignore=("GRV104",))) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('lock = { rules = ["GRX"] }', "lock.rules: there is no rule 'GRX'"),
        ('lock = { settings = ["vocabulry"] }', "did you mean 'vocabulary'?"),
        ("lock = { rule = [] }", "did you mean 'rules'?"),
    ],
)
def test_a_lock_that_locks_nothing(service: Path, text: str, words: str) -> None:
    configure(service, text)
    (fault,) = faults(service)
    assert words in fault


def shown(form: str, report: Report) -> str:
    stream = io.StringIO()
    renderer(form)(report, stream)
    return stream.getvalue()


@pytest.mark.parametrize("outside", [False, True])
def test_every_report_shows_its_version(service: Path, outside: bool) -> None:
    overrides = Overrides()
    if outside:
        (service / "pyproject.toml").write_text('[tool.gravity-lint]\nignore = ["ALL"]\n')
        overrides = Overrides(imposed=Imposed(file=Path("package:acme_policy")))
    report = run([service], overrides)
    assert report.policies == (PolicyPackage("acme_policy", "2.1.0"),)
    assert report.findings
    for form in ("full", "github-summary", "json", "sarif", "junit"):
        assert "2.1.0" in shown(form, report)
    stream = io.StringIO()
    statistics.render(report, stream)
    assert "Policy: acme_policy 2.1.0." in stream.getvalue()
    assert brief(report).endswith(" Policy: acme_policy 2.1.0.")
    assert json.loads(shown("json", report))["policies"] == [
        {"name": "acme_policy", "version": "2.1.0"}
    ]
    (sarif,) = json.loads(shown("sarif", report))["runs"]
    assert sarif["tool"]["extensions"] == [{"name": "acme_policy", "version": "2.1.0"}]
    for render in (render_json, render_text):
        stream = io.StringIO()
        render(scorecard(report), stream)
        assert "2.1.0" in stream.getvalue()


def test_the_version_may_stand_in_the_package(service: Path) -> None:
    site = service.parent / "site"
    (site / "Acme_Policy-2.1.0.dist-info").rename(site / "other-9.dist-info")
    assert run([service], Overrides()).policies == (PolicyPackage("acme_policy", ""),)
    (site / "acme_policy/__init__.py").write_text('__version__ = "3.0"\nraise SystemExit\n')
    assert run([service], Overrides()).policies[0].version == "3.0"
    (site / "other-9.dist-info/RECORD").write_text("acme_policy/__init__.py,,\n")
    assert run([service], Overrides()).policies[0].version == "9"
