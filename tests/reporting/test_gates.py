"""What gates read: SARIF, GitLab's code quality report, JUnit's XML."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from gravity_lint.edits import Replacement
from gravity_lint.findings.baseline import rendered as rendered_baseline
from gravity_lint.findings.severities import Applicability
from gravity_lint.fixing.proposals import carried_out
from gravity_lint.reporting import renderer
from gravity_lint.running import baselines
from gravity_lint.running.outcome import (
    BASELINE,
    COMMENT,
    Blame,
    Fall,
    Overrides,
    PolicyPackage,
    Problem,
    Report,
    Silenced,
)
from gravity_lint.running.proposing import proposed
from gravity_lint.running.run import run
from gravity_lint.sources.spans import Span
from tests.reporting.samples import absolute, finding, related, report

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / ".venv/node/node_modules/@microsoft/jest-sarif/lib/schemas"
NASTY = 'bad "<name>" \x1b[0m \u2028\n::error::x & \ud800'


def rendered(name: str, shown: Report) -> str:
    stream = io.StringIO()
    renderer(name)(shown, stream)
    return stream.getvalue()


def sarif_of(shown: Report) -> dict[str, Any]:
    text = rendered("sarif", shown)
    assert text.isascii()
    document: dict[str, Any] = json.loads(text)
    return document


@pytest.fixture(scope="module")
def legacy() -> Report:
    return run([ROOT / "examples/legacy_service"], Overrides())


def samples(legacy: Report) -> list[Report]:
    everything = report(
        finding(
            message=NASTY,
            fix=Applicability.UNSAFE,
            related=(related("app/main.py", (2, 1, 2, 7), "given here"),),
            cause=related("app/main.py", (1, 1, 1, 4), "no version"),
        ),
        finding("ACM901"),
    )
    one = finding(fix=Applicability.SAFE)
    compared = report(
        one,
        sources={"app/api/users.py": "x = 1\n"},
        edits=((Replacement(Span(1, 1, 1, 2), NASTY), Replacement(Span(1, 6, 1, 6), "2")),),
        silenced=(
            Silenced(one, COMMENT, NASTY),
            Silenced(finding("ACM901"), COMMENT),
            Silenced(one, BASELINE, absolute("known.txt")),
        ),
        compared=True,
        policies=(PolicyPackage("acme_policy", "2.1"), PolicyPackage("other", "")),
        falls=(Fall("API", absolute("."), 2, 1, "90 %", (Blame(NASTY, absolute("a.py"), 1),)),),
    )
    broken = Report(problems=(Problem(absolute("app/x.py"), NASTY, "GRV101", 3),))
    return [proposed(legacy), everything, compared, broken, report()]


def test_sarif_is_what_its_models_say(legacy: Report) -> None:
    from sarif_pydantic import Sarif

    for shown in samples(legacy):
        read = Sarif.model_validate(sarif_of(shown))
        assert len(read.runs[0].results or ()) == len(shown.findings) + len(shown.silenced)


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the official schema is not installed (npm)")
def test_sarif_is_what_its_schema_says(legacy: Report) -> None:
    import jsonschema

    schema = json.loads(next(SCHEMAS.glob("*.json")).read_text())
    for shown in samples(legacy):
        jsonschema.Draft7Validator(schema).validate(sarif_of(shown))


def test_sarif_tells_each_rule_once_with_its_page(legacy: Report) -> None:
    rules = sarif_of(legacy)["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({x.code for x in legacy.findings})
    assert all("## Good" in rule["help"]["markdown"] for rule in rules)


def test_sarif_shows_what_is_silenced_as_such(tmp_path: Path) -> None:
    there = copied(tmp_path / "service")
    (there / "gravity-lint.toml").write_text('baseline = "known.txt"\n')
    file = there / "app/services/stock_service.py"
    file.write_text(file.read_text() + "\n\nprint(1)  # noqa: GRV902 -- why\n")
    overrides = Overrides(select=("GRV901", "GRV902"), baseline="")
    known = baselines.recorded(
        run([there], overrides).findings, run([there], overrides).sources, there / "known.txt"
    )
    (there / "known.txt").write_text(rendered_baseline(known[:1]))
    (log,) = sarif_of(run([there], Overrides(select=("GRV901", "GRV902"))))["runs"]
    told = {
        (x.get("baselineState"), *(y["kind"] for y in x.get("suppressions", ())))
        for x in log["results"]
    }
    assert told == {("new",), ("unchanged", "external"), (None, "inSource")}
    reasons = [y["justification"] for x in log["results"] for y in x.get("suppressions", ())]
    assert sorted(reasons) == ["recorded in known.txt", "why"]
    words = [x["partialFingerprints"]["gravityLint/v1"] for x in log["results"]]
    assert len(set(words)) == len(words)


def test_sarif_fixes_do_what_the_fix_does(legacy: Report) -> None:
    (log,) = sarif_of(proposed(legacy))["runs"]
    fixed = [x for x in log["results"] if "fixes" in x]
    assert len(fixed) == sum(x.fix is not None for x in legacy.findings)
    for result in fixed:
        (change,) = result["fixes"][0]["artifactChanges"]
        text = (ROOT / change["artifactLocation"]["uri"]).read_text()
        edits = tuple(
            Replacement(
                Span(x["startLine"], x["startColumn"], x["endLine"], x["endColumn"]),
                one["insertedContent"]["text"],
            )
            for one in change["replacements"]
            for x in [one["deletedRegion"]]
        )
        compile(carried_out(text, edits), "x.py", "exec")
        assert carried_out(text, edits) != text


def copied(where: Path, change: str = "") -> Path:
    """Copy the legacy example into a repository of its own; *change* stands above each file."""
    for file in (ROOT / "examples/legacy_service").rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            place = where / file.relative_to(ROOT / "examples/legacy_service")
            place.parent.mkdir(parents=True, exist_ok=True)
            data = file.read_bytes()
            place.write_bytes(change.encode() + data if file.suffix == ".py" else data)
    subprocess.run(["git", "init", "--quiet"], cwd=where, check=True)
    return where


def prints_of(there: Path) -> list[tuple[str, str]]:
    shown = run([there], Overrides(ignore=("GRV003",)))
    results = sarif_of(shown)["runs"][0]["results"]
    return sorted((x["ruleId"], x["partialFingerprints"]["gravityLint/v1"]) for x in results)


def test_fingerprints_stay_when_code_moves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = prints_of(copied(tmp_path / "a"))
    assert len(set(before)) > 100
    assert prints_of(copied(tmp_path / "b", "\n" * 10)) == before
    monkeypatch.chdir(tmp_path / "a/app")
    assert prints_of(tmp_path / "a") == before


def test_fingerprints_stay_when_a_file_is_renamed(tmp_path: Path) -> None:
    there = copied(tmp_path / "a")
    before = prints_of(there)
    (there / "app/services/audit_service.py").rename(there / "app/services/trail_service.py")
    for file in there.rglob("*.py"):
        text = file.read_text(errors="replace")
        if "audit_service" in text:
            file.write_text(text.replace("audit_service", "trail_service"))
    assert prints_of(there) == before


def test_paths_begin_at_the_top_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = copied(tmp_path / "repository")
    shown = run([there], Overrides())
    told = []
    for directory in (tmp_path, there, there / "app"):
        monkeypatch.chdir(directory)
        told.append((sarif_of(shown), rendered("gitlab", shown), rendered("junit", shown)))
    assert told[0] == told[1] == told[2]
    uris = {
        place["physicalLocation"]["artifactLocation"]["uri"]
        for result in told[0][0]["runs"][0]["results"]
        for place in result["locations"]
    }
    assert all((there / uri).is_file() for uri in uris)


def test_gitlab_tells_every_issue_apart(legacy: Report) -> None:
    issues = json.loads(rendered("gitlab", legacy))
    assert len(issues) == len(legacy.findings)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    assert {issue["severity"] for issue in issues} == {"major", "minor"}
    assert json.loads(rendered("gitlab", report())) == []


def test_junit_is_read_by_any_xml_parser(legacy: Report) -> None:
    for shown in samples(legacy):
        suites = ElementTree.fromstring(rendered("junit", shown).encode())
        failed = len(shown.findings) + len(shown.falls)
        assert len(suites.findall(".//failure")) == failed
        assert len(suites.findall(".//error")) == len(shown.problems)
        for suite in suites:
            assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
