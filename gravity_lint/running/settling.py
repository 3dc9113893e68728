"""Questions that one service alone does not answer, settled by what all of a run have told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from gravity_lint.findings.finding import Tally
from gravity_lint.rule import Rule
from gravity_lint.running.outcome import Report


def settled(reports: Sequence[Report], rules: Iterable[Rule[Any]]) -> list[Report]:
    """Return *reports* without questions: where all say no, a question has become a finding.

    What is not known counts neither as subject nor as violation, as everywhere; and nothing is
    known where a service could not tell.
    """
    telling = {rule.code: rule.telling for rule in rules if rule.telling is not None}
    told = {
        code: [msgspec.msgpack.decode(report.told[code], type=kind.kind) for report in reports]
        for code, kind in telling.items()
        if all(code in report.told for report in reports)
    }
    found: list[Report] = []
    for report in reports:
        findings, tallies = list(report.findings), list(report.tallies)
        for question in report.open:
            code = question.finding.code
            answer = telling[code].settle(question.asked, told[code]) if code in told else None
            if answer is None:
                continue
            if not answer:
                findings.append(question.finding)
            tallies = [_counted(tally, code, question.service, answer) for tally in tallies]
        found.append(
            msgspec.structs.replace(
                report,
                findings=tuple(sorted(findings, key=lambda finding: finding.order)),
                tallies=tuple(tallies),
                open=(),
            )
        )
    return found


def _counted(tally: Tally, code: str, service: str, conforms: bool) -> Tally:
    if tally.code != code or tally.root != service:
        return tally
    return msgspec.structs.replace(
        tally, subjects=tally.subjects + 1, violations=tally.violations + (not conforms)
    )
