"""Workflow commands of GitHub Actions, which shows them beside the lines of a pull request."""

import os
from collections.abc import Collection
from typing import TextIO

from gravity_lint.findings.finding import Applicability, Finding
from gravity_lint.reporting.text import shown_path, visible
from gravity_lint.running.outcome import Report

_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write an ``::error`` or ``::warning`` command for every finding."""
    workspace = os.environ.get("GITHUB_WORKSPACE") or None
    for finding in report.findings:
        stream.write(f"{_command(finding, workspace)}\n")


def _command(finding: Finding, workspace: str | None) -> str:
    span = finding.span
    properties = {
        "file": _annotated_path(finding.path, workspace),
        "line": str(span.line),
        "endLine": str(span.end_line),
    }
    if span.line == span.end_line:
        # GitHub rejects columns on an annotation of several lines.
        properties |= {"col": str(span.column), "endColumn": str(span.end_column)}
    properties["title"] = f"{finding.code} {finding.name}"
    given = ",".join(
        f"{key}={visible(value.translate(_PROPERTY))}" for key, value in properties.items()
    )
    return f"::{finding.severity.value} {given}::{visible(finding.message.translate(_MESSAGE))}"


def _annotated_path(path: str, workspace: str | None) -> str:
    # Annotations are placed by the path below the checkout, which a job's
    # `working-directory` may lie below.
    if workspace is not None:
        below = shown_path(path, workspace)
        if not below.startswith("../"):
            return below
    return shown_path(path)
