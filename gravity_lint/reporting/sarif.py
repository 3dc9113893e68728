"""SARIF 2.1.0, which code scanning services read.

Columns count characters (``unicodeCodePoints``). A result's fingerprint holds neither line
nor file, so that it is the same finding after the code has moved.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final, TextIO

from gravity_lint import __version__
from gravity_lint.addresses import DOCUMENTATION
from gravity_lint.edits import Replacement
from gravity_lint.findings.finding import Finding, Related
from gravity_lint.findings.fingerprints import words
from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.reporting.places import below_repository
from gravity_lint.reporting.ratchet import sentences
from gravity_lint.reporting.text import encodable, write_json
from gravity_lint.running.documentation import rules_behind
from gravity_lint.running.outcome import COMMENT, PolicyPackage, Report, Silenced
from gravity_lint.sources.spans import Span

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "SRCROOT"
_FIXES = {
    Applicability.SAFE: "Mend it (gravity-lint --fix).",
    Applicability.UNSAFE: "Mend it (gravity-lint --fix --unsafe-fixes); that may change what"
    " clients or logs see.",
}
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def render(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write *report* as one SARIF log with one run."""
    write_json(document(report), stream, 1)


def document(report: Report) -> dict[str, Any]:
    """Return *report* as what SARIF knows.

    What comments and baselines silence is there as well, as suppressed. Where there was a baseline
    to compare with, or a revision, results are ``new`` or, recorded in a baseline, ``unchanged``.
    """
    silenced = [one.finding for one in report.silenced]
    everything = [*report.findings, *silenced]
    codes = sorted({finding.code for finding in everything})
    known = report.fingerprints or words(report.findings, report.sources)
    # Behind the others, so that these are counted as if there were no silenced ones.
    known += words(everything, report.sources)[len(report.findings) :]
    edits = report.edits or ((),) * len(report.findings)
    results = [
        _result(finding, codes.index(finding.code), changes)
        for finding, changes in zip(report.findings, edits, strict=True)
    ]
    results += [
        {**_result(one.finding, codes.index(one.finding.code)), "suppressions": [_suppression(one)]}
        for one in report.silenced
    ]
    for result, own in zip(results, known, strict=True):
        result["partialFingerprints"] = {"gravityLint/v1": own}
        state = _state(result) if report.compared else None
        if state is not None:
            result["baselineState"] = state
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "gravity-lint",
                "version": __version__,
                "semanticVersion": __version__,
                "informationUri": DOCUMENTATION,
                "rules": _rules(codes, everything, report),
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The top of the repository."}}},
        "invocations": [_invocation(report)],
        "results": results,
        "properties": {
            "conformance": {
                "subjects": sum(tally.subjects for tally in report.tallies),
                "violations": sum(tally.violations for tally in report.tallies),
            }
        },
    }
    if report.policies:
        run["tool"]["extensions"] = [_extension(policy) for policy in report.policies]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _extension(policy: PolicyPackage) -> dict[str, Any]:
    """Return a policy as SARIF knows what adds to a tool."""
    return {"name": policy.name} | ({"version": policy.version} if policy.version else {})


def _suppression(one: Silenced) -> dict[str, Any]:
    if one.by == COMMENT:
        kind, words = "inSource", one.reason
    else:
        kind, words = "external", f"recorded in {below_repository(one.reason)}"
    said = {"justification": encodable(words)} if words else {}
    return {"kind": kind, "status": "accepted", **said}


def _state(result: dict[str, Any]) -> str | None:
    """Return how a result stands to what was compared with; None: it was not compared."""
    if "suppressions" not in result:
        return "new"
    external = any(x["kind"] == "external" for x in result["suppressions"])
    return "unchanged" if external else None


def _rules(
    codes: Sequence[str], findings: Sequence[Finding], report: Report
) -> list[dict[str, Any]]:
    """Return what is to be told of the rules with *codes*; of unknown ones, what findings tell."""
    own = {rule.code: rule for rule in rules_behind(report)}
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
    notices: list[dict[str, Any]] = [
        {
            "level": "error",
            "message": {"text": encodable(problem.message)},
            "locations": [_location(problem.path, None)],
        }
        for problem in report.problems
    ]
    notices += (
        {"level": "error", "message": {"text": encodable("; ".join(sentences(fall)))}}
        for fall in report.falls
    )
    return {
        "executionSuccessful": not report.problems,
        "toolExecutionNotifications": notices,
    }


def _result(finding: Finding, index: int, edits: Sequence[Replacement] = ()) -> dict[str, Any]:
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
    if finding.fix is not None and edits:
        result["fixes"] = [_fix(finding, finding.fix.applicability, edits)]
    return result


def _fix(
    finding: Finding, applicability: Applicability, edits: Sequence[Replacement]
) -> dict[str, Any]:
    place = _location(finding.path, None)["physicalLocation"]["artifactLocation"]
    return {
        "description": {"text": _FIXES[applicability]},
        "artifactChanges": [
            {
                "artifactLocation": place,
                "replacements": [
                    {
                        "deletedRegion": _region(edit.span),
                        "insertedContent": {"text": encodable(edit.text)},
                    }
                    for edit in edits
                ],
            }
        ],
    }


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
        place["region"] = _region(span)
    return {"physicalLocation": place}


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
