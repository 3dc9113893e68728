"""Everything a run found, for programs.

The output is ASCII, so that it survives any terminal, pipe and code page. Lines
and columns count from 1, columns in characters; ``end_column`` is the one just
behind the last character.
"""

import re
from collections.abc import Collection
from typing import Any, TextIO

import msgspec

from gravity_lint import __version__
from gravity_lint.errors import Problem
from gravity_lint.findings.finding import Applicability, Finding, Severity
from gravity_lint.reporting.conformance import fixable, per_rule
from gravity_lint.reporting.text import encodable, shown_path
from gravity_lint.running.outcome import Report
from gravity_lint.sources.spans import Span

_OTHERS = re.compile(r"[^\x00-\x7f]")


def render(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write *report* as one JSON object."""
    text = msgspec.json.format(msgspec.json.encode(document(report)), indent=2).decode()
    stream.write(text if text.isascii() else _OTHERS.sub(_escaped, text))
    stream.write("\n")


def _escaped(match: re.Match[str]) -> str:
    """Return a character as JSON spells it in ASCII, in two halves beyond the first 65,536."""
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[x : x + 2].hex()}" for x in range(0, len(units), 2))


def document(report: Report) -> dict[str, Any]:
    """Return *report* as what JSON knows."""
    errors = sum(finding.severity is Severity.ERROR for finding in report.findings)
    return {
        "version": __version__,
        "findings": [_finding(finding) for finding in report.findings],
        "conformance": {
            tally.code: {
                "name": tally.name,
                "subjects": tally.subjects,
                "violations": tally.violations,
            }
            for tally in per_rule(report.tallies)
        },
        "problems": [_problem(problem) for problem in report.problems],
        "notices": [_problem(notice) for notice in report.notices],
        "summary": {
            "files": report.files,
            "services": report.services,
            "findings": len(report.findings),
            "errors": errors,
            "warnings": len(report.findings) - errors,
            "suppressed": report.suppressed,
            "excused": dict(sorted(report.excused.items())),
            "fixable": {
                applicability.value: count for applicability, count in fixable(report).items()
            },
        },
    }


def _finding(finding: Finding) -> dict[str, Any]:
    fix, cause = finding.fix, finding.cause
    return {
        "code": finding.code,
        "name": finding.name,
        "page": finding.page or None,
        "message": encodable(finding.message),
        **_place(finding.path, finding.span),
        "severity": finding.severity.value,
        "service": encodable(finding.service),
        "subject": encodable(finding.subject),
        "fix": None if fix is None else {"applicability": fix.applicability.value},
        "withheld": None if finding.withheld is None else encodable(finding.withheld),
        "cause": None
        if cause is None
        else {**_place(cause.path, cause.span), "message": encodable(cause.message)},
        "related": [
            {**_place(related.path, related.span), "message": encodable(related.message)}
            for related in finding.related
        ],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "path": shown_path(problem.path),
        "line": problem.line,
        "code": problem.code,
        "message": encodable(problem.message),
    }


def _place(path: str, span: Span) -> dict[str, Any]:
    return {
        "path": shown_path(path),
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
