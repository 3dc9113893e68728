"""The edits of the fixes that a report offers, for formats that carry them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from gravity_lint.discovery.formatting import line_length
from gravity_lint.edits import Replacement
from gravity_lint.fixing import PLAIN, House
from gravity_lint.fixing.proposals import replacements
from gravity_lint.running.outcome import Report


def proposed(report: Report) -> Report:
    """Return *report* with the edits of each of its fixes."""
    houses = _houses(report)
    edits: list[tuple[Replacement, ...]] = []
    path, text = "", ""
    for finding in report.findings:
        if finding.fix is None:
            edits.append(())
            continue
        if finding.path != path:
            path, text = finding.path, report.sources.get(finding.path, "")
        house = next((h for root, h in houses.items() if path.startswith(root)), PLAIN)
        edits.append(replacements(text, finding.fix, house))
    return msgspec.structs.replace(report, edits=tuple(edits))


def _houses(report: Report) -> Mapping[str, House]:
    """Return how each service writes its code, by its root and innermost first."""
    roots = sorted({os.path.join(x.root, "") for x in report.tallies}, key=len, reverse=True)
    return {root: House(_packages(root, report.sources), line_length(Path(root))) for root in roots}


def _packages(root: str, paths: Iterable[str]) -> frozenset[str]:
    """Return the packages at *root* of which files are known, and those of services anyway."""
    tops = {path[len(root) :].partition(os.sep)[0] for path in paths if path.startswith(root)}
    return PLAIN.own | {top.removesuffix(".py") for top in tops}
