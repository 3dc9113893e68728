"""Every place that a finding names lies in its file, and is where its words say that it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import cases
from gravity_lint.facts.extract import extract
from gravity_lint.findings.finding import Finding
from gravity_lint.installed import OWN_PACKS
from gravity_lint.rule import Scope
from gravity_lint.running.judging import judge
from gravity_lint.running.outcome import Overrides
from gravity_lint.running.packs import load_rules
from gravity_lint.running.run import run
from gravity_lint.sources.source import from_bytes, split_lines
from gravity_lint.sources.spans import Span

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FILES = sorted(HERE.glob("*.md"))
RULES = [rule for rule in load_rules(OWN_PACKS) if rule.scope is not Scope.RUN]
NAMELESS = {
    # What they are about has no name: a number, a text, an expression, an alias of what they name.
    *("GRV108", "GRV404", "GRV203", "GRV409", "GRV410", "GRV507", "GRV513", "GRV591"),
    *("GRV602", "GRV605", "GRV701", "GRV708", "GRV802", "GRV903"),
}
QUOTED = re.compile(r"`([^`]+)`")


def lies_in(span: Span, lines: list[str]) -> bool:
    lines = lines or [""]
    return (
        1 <= span.line <= span.end_line <= len(lines)
        and 1 <= span.column <= len(lines[span.line - 1]) + 1
        and 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
        and (span.line, span.column) <= (span.end_line, span.end_column)
    )


def places(finding: Finding) -> Iterator[tuple[str, Span]]:
    yield finding.path, finding.span
    yield finding.path, finding.scope
    for related in (*finding.related, *((finding.cause,) if finding.cause else ())):
        yield related.path, related.span


def names_what_is_there(finding: Finding, lines: list[str]) -> bool:
    """Tell whether something that the message quotes stands on the lines of its subject."""
    quoted = QUOTED.findall(finding.message)
    if not quoted or finding.code in NAMELESS:
        return True
    near = {*finding.span.lines(), *finding.scope.lines()}
    text = "\n".join(lines[number - 1] for number in near if number <= len(lines))
    return any(word.split("(")[0].rpartition(".")[2].strip("\"'") in text for word in quoted)


def hold(findings: tuple[Finding, ...], lines: dict[str, list[str]]) -> None:
    for finding in findings:
        for path, span in places(finding):
            assert lies_in(span, lines[path]), (finding.code, path, span)
        assert names_what_is_there(finding, lines[finding.path]), finding


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_of_every_case(file: Path) -> None:
    for case in cases.parse(file.read_text(encoding="utf-8")):
        service = cases.service_of(case.files, cases.settings_of(case))
        judged = judge(service, RULES)
        assert judged.crashes == ()
        lines = {m.path: split_lines(case.files[m.relative]) for m in service.modules}
        hold(judged.findings, lines)


@pytest.mark.parametrize("name", ["orders_service", "legacy_service"])
def test_of_the_examples(name: str) -> None:
    report = run([ROOT / "examples" / name], Overrides(select=("ALL",)))
    hold(report.findings, {path: split_lines(text) for path, text in report.sources.items()})


SOURCE = "".join(
    code
    for file in FILES[::7]
    for case in cases.parse(file.read_text(encoding="utf-8"))[:2]
    for name, code in case.files.items()
    if name.endswith(".py")
)
BROKEN = ["(", ")", '"', "'", '"""', "\\", "\0", "\r", "\x0c", "é", "😀", "\t", "f'{", "def", "\n"]


@given(
    start=st.integers(0, len(SOURCE)),
    length=st.integers(0, 300),
    at=st.integers(0, 300),
    pieces=st.lists(st.sampled_from(BROKEN), max_size=3),
    rest=st.booleans(),
)
@example(start=0, length=0, at=0, pieces=["("], rest=False)
@example(start=0, length=0, at=0, pieces=["é", '"'], rest=False)
@example(start=0, length=0, at=0, pieces=["f'{", "\r"], rest=False)
def test_of_what_does_not_parse(
    start: int, length: int, at: int, pieces: list[str], rest: bool
) -> None:
    text = SOURCE[start : start + length]
    text = text[:at] + "".join(pieces) + (text[at:] if rest else "")
    source = from_bytes(Path("/x.py"), text.encode("utf-8", "surrogatepass"))
    facts = extract(source)
    if facts.fault is not None:
        assert lies_in(facts.fault.span, source.lines), (text, facts.fault)
    for suppression in facts.suppressions:
        if not suppression.quoted:
            assert lies_in(suppression.span, source.lines), (text, suppression)


@given(st.binary(max_size=60) | st.text(max_size=40).map(lambda text: text.encode("utf-16")))
@example(b"# coding: utf-16\n")
@example(b"\xff\xfe\x00")
@example(b"\xef\xbb\xbf# coding: latin-1\n")
@example("é = (".encode())
@example(b"\r\r(")
def test_of_any_bytes(data: bytes) -> None:
    source = from_bytes(Path("/x.py"), data)
    facts = extract(source)
    if facts.fault is not None:
        assert lies_in(facts.fault.span, source.lines)


def test_rules_without_names_are_rules() -> None:
    assert {rule.code for rule in RULES} >= NAMELESS
