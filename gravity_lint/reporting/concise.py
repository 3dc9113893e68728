"""One line a finding, spelled as flake8 spells it by default."""

from collections.abc import Collection
from typing import TextIO

from gravity_lint.findings import Applicability, Finding
from gravity_lint.outcome import Report
from gravity_lint.reporting.text import shown_path, visible


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
