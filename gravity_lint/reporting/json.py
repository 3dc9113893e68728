"""Everything a run found, for programs; `documents` says what the fields mean.

The output is ASCII, so that it survives any terminal, pipe and code page.
"""

import io
import re
from collections.abc import Collection
from typing import TextIO

import msgspec

from gravity_lint.edits import Replacement
from gravity_lint.errors import Problem
from gravity_lint.findings.finding import Finding, Related
from gravity_lint.findings.fingerprints import words
from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.reporting import documents as d
from gravity_lint.reporting.conformance import fixable, per_rule
from gravity_lint.reporting.text import encodable, inert, shown_path
from gravity_lint.running.outcome import Fall, Report
from gravity_lint.sources.spans import Span

_PIECE = 1 << 20
"""Characters that are written at once, or a little more."""
_OTHERS = re.compile(r"[^\x00-\x7f]")


def render(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write *report* as one JSON object."""
    write(document(report), stream)


def write(shown: msgspec.Struct, stream: TextIO) -> None:
    """Write *shown* as one JSON object, in ASCII."""
    data = io.BytesIO(msgspec.json.format(msgspec.json.encode(shown), indent=2))
    # Piece by piece: of a fleet there are millions of lines, and it is enough to have them once.
    with io.TextIOWrapper(data, "utf-8", newline="\n") as pieces:
        while lines := pieces.readlines(_PIECE):
            text = inert("".join(lines))
            stream.write(text if text.isascii() else _OTHERS.sub(_escaped, text))
    stream.write("\n")


def _escaped(match: re.Match[str]) -> str:
    """Return a character as JSON spells it in ASCII, in two halves beyond the first 65,536."""
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[x : x + 2].hex()}" for x in range(0, len(units), 2))


def document(report: Report) -> d.CheckDocument:
    """Return *report* as what JSON knows."""
    errors = sum(finding.severity is Severity.ERROR for finding in report.findings)
    known = report.fingerprints or words(report.findings, report.sources)
    edits = report.edits or (None,) * len(report.findings)
    return d.CheckDocument(
        policies=[d.PolicyDocument(x.name, x.version or None) for x in report.policies],
        findings=[
            _finding(finding, own, changes)
            for finding, own, changes in zip(report.findings, known, edits, strict=True)
        ],
        conformance={
            tally.code: d.Rate(tally.name, tally.subjects, tally.violations)
            for tally in per_rule(report.tallies)
        },
        falls=[_fall(fall) for fall in report.falls],
        problems=[_problem(problem) for problem in report.problems],
        notices=[_problem(notice) for notice in report.notices],
        summary=d.Summary(
            files=report.files,
            services=report.services,
            findings=len(report.findings),
            errors=errors,
            warnings=len(report.findings) - errors,
            suppressed=report.suppressed,
            excused=dict(sorted(report.excused.items())),
            fixable={kind.value: count for kind, count in fixable(report).items()},
        ),
    )


def _finding(
    finding: Finding, fingerprint: str, edits: tuple[Replacement, ...] | None
) -> d.FindingDocument:
    fix, cause = finding.fix, finding.cause
    return d.FindingDocument(
        *_place(finding.path, finding.span),
        code=finding.code,
        name=finding.name,
        page=finding.page or None,
        message=encodable(finding.message),
        severity=finding.severity,
        service=encodable(finding.service),
        subject=encodable(finding.subject),
        fingerprint=fingerprint,
        fix=None if fix is None else d.FixDocument(fix.applicability, _edits(finding, edits)),
        withheld=None if finding.withheld is None else encodable(finding.withheld),
        cause=None if cause is None else _related(cause),
        related=[_related(related) for related in finding.related],
    )


def _edits(finding: Finding, edits: tuple[Replacement, ...] | None) -> list[d.EditDocument] | None:
    if edits is None:
        return None
    return [d.EditDocument(*_place(finding.path, x.span), encodable(x.text)) for x in edits]


def _related(related: Related) -> d.RelatedDocument:
    return d.RelatedDocument(*_place(related.path, related.span), encodable(related.message))


def _fall(fall: Fall) -> d.FallDocument:
    return d.FallDocument(
        service=shown_path(fall.root) if fall.root else None,
        what=fall.what,
        subjects=fall.subjects,
        violations=fall.violations,
        demanded=encodable(fall.demanded),
        by=[
            d.BlameDocument(encodable(x.words), shown_path(x.path), x.line)
            if x.path
            else d.BlameDocument(encodable(x.words))
            for x in fall.by
        ],
    )


def _problem(problem: Problem) -> d.ProblemDocument:
    return d.ProblemDocument(
        shown_path(problem.path), problem.line, problem.code, encodable(problem.message)
    )


def _place(path: str, span: Span) -> tuple[str, int, int, int, int]:
    return shown_path(path), span.line, span.column, span.end_line, span.end_column
