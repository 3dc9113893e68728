"""One line a finding, spelled as flake8 spells it by default."""

from collections.abc import Collection
from typing import TextIO

from gravity_lint.findings.finding import Finding
from gravity_lint.findings.severities import Applicability
from gravity_lint.reporting.text import shown_path, visible
from gravity_lint.running.outcome import Report


def render(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write ``path:line:column: CODE message`` for every finding, and nothing else."""
    for finding in report.findings:
        stream.write(f"{line(finding)}\n")


def line(finding: Finding) -> str:
    """Return *finding* on one line."""
    path = visible(shown_path(finding.path))
    place = f"{path}:{finding.span.line}:{finding.span.column}"
    return f"{place}: {finding.code} {visible(finding.message)}"
