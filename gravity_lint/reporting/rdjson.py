"""The Reviewdog Diagnostic Format, which reviewdog takes to any forge.

Columns count bytes of UTF-8 there. A diagnostic suggests one stretch to replace, so a fix
whose edits lie far apart (an import at the top, its use below) is not suggested at all: half
of it would break the code.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, TextIO

from gravity_lint.addresses import REPOSITORY
from gravity_lint.edits import Replacement
from gravity_lint.findings.finding import Finding, Related
from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.reporting.excerpts import split
from gravity_lint.reporting.text import encodable, shown_path, write_json
from gravity_lint.running.outcome import Report
from gravity_lint.sources.spans import Span

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING"}
_TALLEST: Final = 15
"""How many lines a suggestion may take: reviewers read it whole."""


def render(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write *report* as one ``DiagnosticResult``."""
    lines = _Lines(report.sources)
    edits = report.edits or ((),) * len(report.findings)
    shown = {
        "source": {"name": "gravity-lint", "url": REPOSITORY},
        "diagnostics": [
            _diagnostic(finding, changes, lines)
            for finding, changes in zip(report.findings, edits, strict=True)
        ],
    }
    write_json(shown, stream, 1)


def _diagnostic(finding: Finding, edits: Sequence[Replacement], lines: _Lines) -> dict[str, Any]:
    code = {"value": finding.code} | ({"url": finding.page} if finding.page else {})
    shown: dict[str, Any] = {
        "message": f"{finding.name}: {encodable(finding.message)}",
        "location": lines.location(finding.path, finding.span),
        "severity": _SEVERITIES[finding.severity],
        "code": code,
    }
    joined = lines.joined(finding.path, edits)
    if joined is not None:
        place, text = joined
        shown["suggestions"] = [{"range": place, "text": encodable(text)}]
    related: list[Related] = [*finding.related, *([finding.cause] if finding.cause else [])]
    if related:
        shown["related_locations"] = [
            {"message": encodable(x.message), "location": lines.location(x.path, x.span)}
            for x in related
        ]
    return shown


class _Lines:
    """The lines of files, and places in them counted in bytes."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources
        self._lines: dict[str, list[str]] = {}

    def location(self, path: str, span: Span) -> dict[str, Any]:
        """Return *span* in the file at *path*; reviewdog takes paths from the working directory."""
        return {"path": shown_path(path), "range": self._range(path, span)}

    def joined(self, path: str, edits: Sequence[Replacement]) -> tuple[dict[str, Any], str] | None:
        """Return what *edits* come to as one stretch and its new text; None if that is long."""
        if not edits:
            return None
        first, last = edits[0].span, edits[-1].span
        if last.end_line - first.line >= _TALLEST:
            return None
        text = edits[0].text
        for before, after in pairwise(edits):
            text += self._between(path, before.span, after.span) + after.text
        whole = Span(first.line, first.column, last.end_line, last.end_column)
        return self._range(path, whole), text

    def _between(self, path: str, before: Span, after: Span) -> str:
        lines = self._of(path)[before.end_line - 1 : after.line]
        lines[-1] = lines[-1][: after.column - 1]
        lines[0] = lines[0][before.end_column - 1 :]
        return "\n".join(lines)

    def _range(self, path: str, span: Span) -> dict[str, Any]:
        return {
            "start": {"line": span.line, "column": self._bytes(path, span.line, span.column)},
            "end": {
                "line": span.end_line,
                "column": self._bytes(path, span.end_line, span.end_column),
            },
        }

    def _bytes(self, path: str, line: int, column: int) -> int:
        lines = self._of(path)
        text = lines[line - 1] if line <= len(lines) else ""
        before = text[: column - 1]
        return column if before.isascii() else len(before.encode("utf-8", "surrogatepass")) + 1

    def _of(self, path: str) -> list[str]:
        if path not in self._lines:
            self._lines[path] = split(self._sources.get(path, ""))
        return self._lines[path]
