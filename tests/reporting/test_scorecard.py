"""The scores of services, as data and text."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from gravity_lint.errors import UsageError
from gravity_lint.findings.finding import Tally
from gravity_lint.findings.severities import Applicability
from gravity_lint.reporting.scorecard.scores import (
    Scorecard,
    added_up,
    movements,
    read,
    scorecard,
    sections,
)
from gravity_lint.reporting.scorecard.text import render_json, render_text
from gravity_lint.running.outcome import Report
from tests.reporting.samples import absolute, finding


def tally(code: str, subjects: int, violations: int, root: str, pattern: str = "API") -> Tally:
    return Tally(code, f"name-of-{code}", pattern, subjects, violations, absolute(root))


REPORT = Report(
    findings=(
        finding("GRV101", path="one/app/a.py", fix=Applicability.SAFE),
        finding("GRV101", path="one/app/a.py"),
        finding("GRV901", path="one/inner/app/b.py", fix=Applicability.UNSAFE),
    ),
    tallies=(
        tally("GRV101", 10, 4, "one"),
        tally("GRV404", 0, 0, "one"),
        tally("GRV901", 5, 1, "one/inner", "Logging"),
    ),
    services=2,
    suppressed=2,
)


def text_of(card: Scorecard, earlier: Scorecard | None = None) -> str:
    stream = io.StringIO()
    render_text(card, stream, earlier)
    return stream.getvalue()


def test_every_finding_counts_for_the_innermost_service() -> None:
    one, inner = scorecard(REPORT).services
    assert (one.root, one.rules[0].shown, one.worst[0].findings) == ("one", 2, 2)
    assert (inner.root, inner.rules[0].shown, inner.rules[0].unsafe) == ("one/inner", 1, 1)


def test_what_is_excused_is_a_violation_all_the_same() -> None:
    card = scorecard(REPORT)
    score = added_up(card.services[0].rules)
    assert (score.subjects, score.violations, score.excused, score.safe) == (10, 4, 2, 1)
    assert score.share == 0.6
    assert "2 by comments" in text_of(card)


def test_rules_without_subjects_are_left_out() -> None:
    assert [rule.code for rule in scorecard(REPORT).services[0].rules] == ["GRV101"]


def test_sections_follow_the_document() -> None:
    rules = [rule for service in scorecard(REPORT).services for rule in service.rules]
    assert list(sections(reversed(rules))) == ["API", "Logging"]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    stream = io.StringIO()
    render_json(scorecard(REPORT), stream)
    file = tmp_path / "report.json"
    file.write_text(stream.getvalue())
    assert read(file) == scorecard(REPORT)


def test_movements_name_what_has_changed() -> None:
    before = scorecard(REPORT)
    after = scorecard(Report(tallies=(tally("GRV101", 10, 2, "one"), tally("GRV102", 1, 0, "two"))))
    services, rules = movements(before, after)
    assert [m.name for m in services] == ["one", "one/inner", "two"]
    assert [m.name.split()[0] for m in rules] == ["GRV101", "GRV901", "GRV102"]
    shown = text_of(after, before)
    assert "60.0 % -> 80.0 % better" in shown
    assert "gone" in shown
    assert "Nothing has moved" in text_of(before, before)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no report"),
        ("[]", "no report"),
        ('{"schema_version": 99}', "version 99"),
        ('{"schema_version": 1}', "no report"),
        (json.dumps({"findings": []}), "no report"),
    ],
)
def test_what_is_no_earlier_report(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(UsageError, match=words) as caught:
        read(file)
    assert "x.json" in str(caught.value)


def test_nothing_judged_is_said() -> None:
    assert "Nothing was judged" in text_of(scorecard(Report()))
