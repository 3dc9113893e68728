"""What is written as JSON fits the schemas that are published, and the schemas say something."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from gravity_lint.edits import Replacement
from gravity_lint.findings.severities import Applicability
from gravity_lint.fixing import apply
from gravity_lint.fixing.proposals import carried_out
from gravity_lint.reporting import renderer
from gravity_lint.reporting.schemas import json_schemas
from gravity_lint.reporting.scorecard.scores import scorecard
from gravity_lint.reporting.scorecard.text import render_json
from gravity_lint.running.outcome import Blame, Fall, Overrides, Problem, Report
from gravity_lint.running.proposing import proposed
from gravity_lint.running.run import run
from gravity_lint.sources.spans import Span
from tests.reporting.samples import absolute, finding, related, report

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "docs" / "schemas"


def schema_of(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


def checked(shown: Report) -> Any:
    stream = io.StringIO()
    renderer("json")(shown, stream)
    document = json.loads(stream.getvalue())
    jsonschema.Draft202012Validator(schema_of("check-1")).validate(document)
    return document


@pytest.fixture(scope="module")
def legacy() -> Report:
    return proposed(run([ROOT / "examples/legacy_service"], Overrides()))


def test_what_is_published_is_up_to_date() -> None:
    assert {path.name for path in SCHEMAS.iterdir()} == set(json_schemas())
    assert all(json.loads((SCHEMAS / x).read_text()) == y for x, y in json_schemas().items())


def test_every_report_fits(legacy: Report) -> None:
    one = finding(
        message="\ud800",
        fix=Applicability.UNSAFE,
        related=(related("app/main.py", (2, 1, 2, 7), "given here"),),
        cause=related("app/main.py", (1, 1, 1, 4), "no version"),
    )
    fall = Fall("API", absolute("."), 3, 1, "90 %", (Blame("x", absolute("a.py"), 1), Blame("y")))
    everything = report(
        one, edits=((Replacement(Span(1, 1, 1, 1), "\ud800"),),), falls=(fall,),
        problems=(Problem(absolute("app/x.py"), "cannot be read", line=2, code="GRV405"),),
    )  # fmt: skip
    for shown in (legacy, everything, report(), Report()):
        assert checked(shown)["schema_version"] == 1
        stream = io.StringIO()
        render_json(scorecard(shown), stream)
        jsonschema.validate(json.loads(stream.getvalue()), schema_of("report-1"))


def test_the_schema_tells_a_wrong_report(legacy: Report) -> None:
    validator = jsonschema.Draft202012Validator(schema_of("check-1"))
    for spoil in (
        {"schema_version": 2},
        {"findings": [{}]},
        {"summary": None},
    ):
        assert not validator.is_valid({**checked(legacy), **spoil})
    unweighed = checked(legacy)
    unweighed["findings"][0]["severity"] = "fatal"
    assert not validator.is_valid(unweighed)


def test_edits_do_what_the_fix_does(legacy: Report) -> None:
    documents = checked(legacy)["findings"]
    fixable = 0
    for found, shown in zip(legacy.findings, documents, strict=True):
        if found.fix is None:
            assert shown["fix"] is None
            continue
        fixable += 1
        text = legacy.sources[found.path]
        edits = tuple(
            Replacement(
                Span(x["line"], x["column"], x["end_line"], x["end_column"]), x["replacement"]
            )
            for x in shown["fix"]["edits"]
        )
        assert edits
        assert carried_out(text, edits) != text
        compile(carried_out(text, edits), found.path, "exec")
    assert fixable > 10


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_edits_fit_any_line_ends(legacy: Report, end: str) -> None:
    for found in legacy.findings:
        if found.fix is not None:
            text = legacy.sources[found.path].replace("\n", end)
            applied = apply(text, [found.fix])
            changed = proposed(Report(findings=(found,), sources={found.path: text})).edits[0]
            assert carried_out(text, changed) == applied.text


def test_edits_cost_only_those_who_ask(legacy: Report) -> None:
    shown = checked(msgspec.structs.replace(legacy, edits=()))
    assert {None} == {x["fix"]["edits"] for x in shown["findings"] if x["fix"]}
