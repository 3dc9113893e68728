"""What people read: one entry per place to change, whatever number of subjects depart there.

A finding stands at its subject. Where it names its cause, those of one rule that share
the cause are one entry, at the cause. Programs, and flake8, get the findings.
"""

from collections.abc import Iterable

import msgspec

from gravity_lint.findings.finding import Finding
from gravity_lint.findings.severities import Severity
from gravity_lint.sources.spans import Span


class Entry(msgspec.Struct, frozen=True):
    """Findings of one rule that one change mends, in the order of their places.

    *path*, *span* and *message* are those of the cause; without one, there is a
    single finding, and they are its own.
    """

    path: str
    span: Span
    message: str
    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The first of the findings, which stands for all where one is enough."""
        return self.findings[0]

    @property
    def has_cause(self) -> bool:
        """Tell whether the place is not that of a subject."""
        return self.first.cause is not None

    @property
    def severity(self) -> Severity:
        """The severity of the gravest of the findings."""
        if any(finding.severity is Severity.ERROR for finding in self.findings):
            return Severity.ERROR
        return Severity.WARNING


def entries(findings: Iterable[Finding]) -> list[Entry]:
    """Return what *findings* have people change: errors first, then by place."""
    by_cause: dict[tuple[str, str, Span], list[Finding]] = {}
    found: list[Entry] = []
    for finding in findings:
        cause = finding.cause
        if cause is None:
            found.append(Entry(finding.path, finding.span, finding.message, (finding,)))
        else:
            by_cause.setdefault((finding.code, cause.path, cause.span), []).append(finding)
    for group in by_cause.values():
        group.sort(key=lambda finding: finding.order)
        cause = group[0].cause
        assert cause is not None
        found.append(Entry(cause.path, cause.span, cause.message, tuple(group)))
    gravity = {severity: rank for rank, severity in enumerate(Severity)}
    found.sort(key=lambda x: (gravity[x.severity], x.path, x.span, x.first.code, x.message))
    return found


def worst_first(given: Iterable[Entry]) -> list[Entry]:
    """Return entries of the same severity by how many subjects they concern, most first."""
    gravity = {severity: rank for rank, severity in enumerate(Severity)}
    return sorted(given, key=lambda entry: (gravity[entry.severity], -len(entry.findings)))
