"""SARIF 2.1.0, which code scanning services read.

Columns count characters (``unicodeCodePoints``). A result's fingerprint holds neither line
nor file, so that it is the same finding after the code has moved.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, Final, TextIO

from gravity_lint import __version__
from gravity_lint.findings.finding import Applicability, Finding, Related, Severity
from gravity_lint.findings.fingerprints import fingerprints
from gravity_lint.installed import OWN_PACKS
from gravity_lint.reporting.places import below_repository
from gravity_lint.reporting.text import encodable, inert
from gravity_lint.running.outcome import Report
from gravity_lint.running.packs import load_rules
from gravity_lint.sources.spans import Span

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "SRCROOT"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def render(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write *report* as one SARIF log with one run."""
    stream.write(inert(json.dumps(document(report), indent=1)))
    stream.write("\n")


def document(report: Report) -> dict[str, Any]:
    """Return *report* as what SARIF knows."""
    codes = sorted({finding.code for finding in report.findings})
    known = fingerprints(report.findings, report.sources)
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "gravity-lint",
                        "version": __version__,
                        "semanticVersion": __version__,
                        "rules": _rules(codes, report.findings),
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {
                    _ROOT: {"description": {"text": "The top of the repository."}}
                },
                "invocations": [_invocation(report)],
                "results": [
                    {
                        **_result(finding, codes.index(finding.code)),
                        "partialFingerprints": {"gravityLint/v1": str(own)},
                    }
                    for finding, own in zip(report.findings, known, strict=True)
                ],
                "properties": {
                    "conformance": {
                        "subjects": sum(tally.subjects for tally in report.tallies),
                        "violations": sum(tally.violations for tally in report.tallies),
                    }
                },
            }
        ],
    }


def _rules(codes: Sequence[str], findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return what is to be told of the rules with *codes*; of foreign ones, what findings tell."""
    own = {rule.code: rule for rule in load_rules(OWN_PACKS)}
    first = {finding.code: finding for finding in reversed(findings)}
    told: list[dict[str, Any]] = []
    for code in codes:
        entry: dict[str, Any] = {
            "id": code,
            "name": "".join(word.title() for word in first[code].name.split("-")),
            "defaultConfiguration": {"level": _LEVELS[first[code].severity]},
            "properties": {"tags": [first[code].pattern] if first[code].pattern else []},
        }
        if first[code].page:
            entry["helpUri"] = first[code].page
        if code in own:
            text = own[code].documentation
            norm = text.partition("\n")[0]
            entry |= {
                "shortDescription": {"text": norm},
                "fullDescription": {"text": text.partition("\n## ")[0].strip()},
                "help": {"text": text, "markdown": text},
                "defaultConfiguration": {"level": _LEVELS[own[code].severity]},
            }
        told.append(entry)
    return told


def _invocation(report: Report) -> dict[str, Any]:
    return {
        "executionSuccessful": not report.problems,
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {"text": encodable(problem.message)},
                "locations": [_location(problem.path, None)],
            }
            for problem in report.problems
        ],
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    related = [*finding.related, *((finding.cause,) if finding.cause is not None else ())]
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": encodable(finding.message)},
        "locations": [
            {
                **_location(finding.path, finding.span),
                "logicalLocations": [{"fullyQualifiedName": encodable(finding.subject)}],
            }
        ],
        "properties": {"service": encodable(finding.service)},
    }
    if related:
        result["relatedLocations"] = [_related(number, x) for number, x in enumerate(related, 1)]
    if finding.fix is not None:
        result["properties"]["fix"] = finding.fix.applicability.value
    return result


def _related(number: int, related: Related) -> dict[str, Any]:
    return {
        "id": number,
        **_location(related.path, related.span),
        "message": {"text": encodable(related.message)},
    }


def _location(path: str, span: Span | None) -> dict[str, Any]:
    from urllib.parse import quote

    place: dict[str, Any] = {
        "artifactLocation": {"uri": quote(below_repository(path)), "uriBaseId": _ROOT}
    }
    if span is not None:
        place["region"] = {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        }
    return {"physicalLocation": place}
