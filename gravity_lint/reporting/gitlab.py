"""GitLab's code quality report, which it shows beside the lines of a merge request."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256
from typing import TextIO

from gravity_lint.findings.fingerprints import words
from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.reporting.places import below_repository
from gravity_lint.reporting.text import encodable, write_json
from gravity_lint.running.outcome import Report

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor"}


def render(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write a JSON array with one issue per finding.

    GitLab tells issues apart by fingerprints, which have to be unique in a report: the file counts.
    """
    known = report.fingerprints or words(report.findings, report.sources)
    issues = [
        {
            "description": f"{finding.code} {encodable(finding.message)}",
            "check_name": finding.name,
            "fingerprint": sha256(f"{place}\0{own}".encode()).hexdigest(),
            "severity": _SEVERITIES[finding.severity],
            "location": {
                "path": place,
                "lines": {"begin": finding.span.line, "end": finding.span.end_line},
            },
        }
        for finding, own in zip(report.findings, known, strict=True)
        for place in [below_repository(finding.path)]
    ]
    write_json(issues, stream, 1)
