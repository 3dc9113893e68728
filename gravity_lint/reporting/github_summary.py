"""The summary of a job on GitHub: Markdown on the page of the workflow's run.

Whatever comes from linted sources is spelled with character references, so that it is text
there. A summary holds a megabyte at most; what is beyond some rows is counted.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import TextIO

from gravity_lint.findings.severities import Applicability
from gravity_lint.reporting.conformance import per_rule, per_section, rate
from gravity_lint.reporting.grouping import Entry, entries, worst_first
from gravity_lint.reporting.places import below_repository
from gravity_lint.reporting.ratchet import sentences
from gravity_lint.reporting.summary import brief
from gravity_lint.reporting.text import counted, visible
from gravity_lint.running.outcome import Report

_PLACES = 50
"""How many places to change are shown, the worst first."""
_RULES = 15
_ACTIVE = re.compile(r"[^A-Za-z0-9\s.,:;/=%-]")
_CODE = re.compile(r"`([^`]*)`")


def render(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write *report* as Markdown."""
    stream.writelines(f"{line}\n" for line in _lines(report, tried))


def _lines(report: Report, tried: Collection[Applicability]) -> Iterator[str]:
    yield "## gravity-lint"
    yield ""
    yield _text(brief(report, tried))
    yield ""
    for problem in report.problems:
        yield f"- **not judged:** {_place(problem.path, problem.line)}: {_text(problem.message)}"
    for fall in report.falls:
        first, *rest = sentences(fall)
        yield f"- **conformance:** {_text(first)}"
        yield from (f"  - {_text(line)}" for line in rest)
    yield ""
    found = worst_first(entries(report.findings))
    if found:
        yield from _places(found)
        yield from _rules(report)
    yield from _sections(report)


def _places(found: Sequence[Entry]) -> Iterator[str]:
    yield "| place | rule | what is wrong |"
    yield "|---|---|---|"
    for entry in found[:_PLACES]:
        first, number = entry.first, len(entry.findings)
        rule = f"[{first.code}]({first.page})" if first.page else _text(first.code)
        more = f" ({counted(number, 'finding')})" if number > 1 else ""
        yield (
            f"| {_place(entry.path, entry.span.line)} | {rule} {_text(first.name)},"
            f" {entry.severity.value} | {_text(entry.message)}{more} |"
        )
    if len(found) > _PLACES:
        yield ""
        yield f"{len(found) - _PLACES} more places are left out."
    yield ""


def _rules(report: Report) -> Iterator[str]:
    counts = Counter((finding.code, finding.name) for finding in report.findings)
    rates = {x.code: rate(x.subjects, x.violations) for x in per_rule(report.tallies)}
    yield "<details><summary>Findings per rule</summary>"
    yield ""
    yield "| rule | findings | conform |"
    yield "|---|--:|--:|"
    for (code, name), number in counts.most_common(_RULES):
        yield f"| {_text(code)} {_text(name)} | {number} | {rates.get(code, '-')} |"
    if len(counts) > _RULES:
        rest = sum(number for _, number in counts.most_common()[_RULES:])
        yield f"| {len(counts) - _RULES} more rules | {rest} | |"
    yield ""
    yield "</details>"
    yield ""


def _sections(report: Report) -> Iterator[str]:
    rows = [(name, x) for name, x in per_section(report.tallies).items() if x[0]]
    if not rows:
        return
    if len(rows) > 1:
        whole = sum(x[0] for _, x in rows), sum(x[1] for _, x in rows)
        rows.append(("All sections", whole))
    yield "| section | subjects | violations | conform |"
    yield "|---|--:|--:|--:|"
    for name, (subjects, violations) in rows:
        share = rate(subjects, violations)
        yield f"| {_text(name or 'Other')} | {subjects} | {violations} | {share} |"


def _place(path: str, line: int | None) -> str:
    """Return the place as code, which leads to the file as it is in this commit."""
    below = below_repository(path)
    shown = f"<code>{_text(below)}{f':{line}' if line is not None else ''}</code>"
    server, name, commit = (
        os.environ.get(f"GITHUB_{word}", "") for word in ("SERVER_URL", "REPOSITORY", "SHA")
    )
    if not (server and name and commit) or below.startswith("../"):
        return shown
    from urllib.parse import quote

    anchor = f"#L{line}" if line is not None else ""
    return f"[{shown}]({server}/{name}/blob/{commit}/{quote(below)}{anchor})"


def _text(text: str) -> str:
    """Return *text* so that it is shown as it is, what stands in backticks as code."""
    parts = _CODE.split(visible(text))
    return "".join(
        f"<code>{_spelled(part)}</code>" if number % 2 else _spelled(part)
        for number, part in enumerate(parts)
    )


def _spelled(text: str) -> str:
    return _ACTIVE.sub(
        lambda match: f"&#{ord(match[0])};" if match[0].isascii() else match[0], text
    )
