"""Findings as an editor shows them: the words of the gate, at its places."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types as lsp

from gravity_lint.errors import Problem
from gravity_lint.findings.finding import Finding, Related
from gravity_lint.findings.severities import Severity
from gravity_lint.hosts.server.pages import Pages
from gravity_lint.sources.spans import Span

SOURCE = "gravity-lint"
_WEIGHTS = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
}
_IDLE = "unused-suppression"
"""The rule about comments that do nothing, which editors show faded."""


def diagnostic(finding: Finding, pages: Pages) -> lsp.Diagnostic:
    """Return *finding* for an editor."""
    related = [*_related(finding)]
    return lsp.Diagnostic(
        range=pages.page(finding.path).range(finding.span),
        message=finding.message,
        severity=_WEIGHTS[finding.severity],
        code=finding.code,
        code_description=lsp.CodeDescription(finding.page) if finding.page else None,
        source=SOURCE,
        tags=[lsp.DiagnosticTag.Unnecessary] if finding.name == _IDLE else None,
        related_information=[_information(one, pages) for one in related] or None,
    )


def _related(finding: Finding) -> Iterator[Related]:
    """Yield the place to change, if it is another, and what else explains the finding."""
    if finding.cause is not None:
        yield finding.cause
    yield from finding.related


def _information(related: Related, pages: Pages) -> lsp.DiagnosticRelatedInformation:
    return lsp.DiagnosticRelatedInformation(
        lsp.Location(pages.uri(related.path), pages.page(related.path).range(related.span)),
        related.message,
    )


def lament(problem: Problem, pages: Pages) -> lsp.Diagnostic:
    """Return what could not be judged, and why, for the file at its path."""
    page = pages.page(problem.path)
    line = problem.line or 1
    return lsp.Diagnostic(
        range=page.line(line) if problem.line else page.range(Span(1, 1, 1, 1)),
        message=words(problem),
        severity=lsp.DiagnosticSeverity.Error,
        code=problem.code,
        source=SOURCE,
    )


def words(problem: Problem) -> str:
    """Return what is said of *problem*."""
    if problem.code is None:
        return problem.message
    if problem.stopped:
        return f"rule {problem.code} was stopped: {problem.message}"
    return (
        f"rule {problem.code} crashed: {problem.message}; this is a defect of the rule: report it"
        f" with the lines here, and ignore {problem.code} meanwhile"
    )
