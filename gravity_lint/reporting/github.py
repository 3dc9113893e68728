"""Workflow commands of GitHub Actions, which shows them beside the lines of a pull request.

GitHub shows ten errors and ten warnings of a step and drops the rest without a word. So
there is one annotation per place to change, the worst come first, and what is not shown
is said.
"""

import os
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final, TextIO

from gravity_lint.findings.severities import Applicability
from gravity_lint.reporting.grouping import Entry, entries, worst_first
from gravity_lint.reporting.text import counted, shown_path, visible
from gravity_lint.running.outcome import Fall, Report

SHOWN: Final = 10
"""How many annotations of each severity GitHub shows of one step."""

_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write an ``::error`` or ``::warning`` command for every place to change.

    Rates that are lower than they may be come first.
    """
    workspace = os.environ.get("GITHUB_WORKSPACE") or None
    stream.writelines(f"{_fallen(fall)}\n" for fall in report.falls)
    found = worst_first(entries(report.findings))
    for entry in found:
        stream.write(f"{_command(entry, workspace)}\n")
    counts = Counter(entry.severity.value for entry in found)
    left = {severity: number - SHOWN for severity, number in counts.items() if number > SHOWN}
    if left:
        stream.write(f"::notice title=gravity-lint::{_truncated(left)}\n")


def _fallen(fall: Fall) -> str:
    from gravity_lint.reporting.ratchet import sentences  # most runs have no use for it

    words = visible("\n".join(sentences(fall)).translate(_MESSAGE))
    return f"::error title=gravity-lint conformance::{words}"


def _truncated(left: Mapping[str, int]) -> str:
    kinds = " and ".join(counted(number, severity) for severity, number in left.items())
    return (
        f"GitHub shows {SHOWN} errors and {SHOWN} warnings of a step: {kinds} more are in the log"
        " of this one, the worst first"
    )


def _command(entry: Entry, workspace: str | None) -> str:
    span, first = entry.span, entry.first
    properties = {
        "file": _annotated_path(entry.path, workspace),
        "line": str(span.line),
        "endLine": str(span.end_line),
    }
    if span.line == span.end_line:
        # GitHub rejects columns on an annotation of several lines.
        properties |= {"col": str(span.column), "endColumn": str(span.end_column)}
    properties["title"] = f"{first.code} {first.name}"
    given = ",".join(
        f"{key}={visible(value.translate(_PROPERTY))}" for key, value in properties.items()
    )
    message = visible(_message(entry, workspace).translate(_MESSAGE))
    return f"::{entry.severity.value} {given}::{message}"


def _message(entry: Entry, workspace: str | None) -> str:
    if not entry.has_cause:
        return entry.message
    first, number = entry.first, len(entry.findings)
    where = f"{_annotated_path(first.path, workspace)}:{first.span.line}"
    head = "so" if number == 1 else f"{number} findings come from here; the first is"
    return f"{entry.message}; {head} {where}: {first.message}"


def _annotated_path(path: str, workspace: str | None) -> str:
    # Annotations are placed by the path below the checkout, which a job's
    # `working-directory` may lie below.
    if workspace is not None:
        below = shown_path(path, workspace)
        if not below.startswith("../"):
            return below
    return shown_path(path)
