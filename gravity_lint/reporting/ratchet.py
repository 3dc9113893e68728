"""The rates of conformance may not fall: what has fallen since an earlier report, and by what."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from gravity_lint.errors import UsageError
from gravity_lint.findings.baseline import Entry, compare, entries, parse
from gravity_lint.findings.finding import Finding
from gravity_lint.reporting.conformance import rate
from gravity_lint.reporting.scorecard.scores import (
    RuleScore,
    Score,
    Scorecard,
    ServiceScore,
    added_up,
    by_service,
    sections,
)
from gravity_lint.reporting.text import shown_path, visible
from gravity_lint.running.outcome import Blame, Fall, Report

TOTAL: Final = "all sections"
_NAMED = 10
"""How many new findings are named of each rate that has fallen."""


def fallen(report: Report, card: Scorecard, earlier: Scorecard, file: Path) -> Iterator[Fall]:
    """Yield the rates of *card*, the scores of *report*, that were higher in *earlier*.

    Compared are the sections of each service, and each service as a whole. A rate that is lower
    only because conforming code has gone, with no more violations than before, has not fallen.
    *file* is where the earlier report lies. Raises UsageError where it is about other services.
    """
    then = {service.root: service for service in earlier.services}
    common = [service for service in card.services if service.root in then]
    if card.services and not common:
        now = _listed(service.root for service in card.services)
        raise UsageError(
            f"{file}: a report on {_listed(then)}, and judged is {now}: services are told apart by"
            " their paths from the working directory, so run where that report was written"
        )
    findings = dict(zip((s.root for s in card.services), by_service(report).items(), strict=True))
    for service in common:
        before = then[service.root]
        root, mine = findings[service.root]
        new: tuple[Finding, ...] | None = None
        for what, members, score in _rates(service.rules):
            old = _rate_of(what, before.rules)
            if old is None or not _has_fallen(old, score):
                continue
            if new is not None and what == TOTAL:
                continue  # which sections of it have fallen is said
            if new is None:
                new = _new(_recorded(before, file), root, mine, report.sources)
            demanded = f"{rate(old.subjects, old.violations)} ({old.violations} of {old.subjects}"
            demanded += f" subjects departed in {file})"
            blamed = tuple(_blamed(what, members, before.rules, new))
            yield Fall(what, root, score.subjects, score.violations, demanded, blamed)


def sentences(fall: Fall) -> Iterator[str]:
    """Yield what is to be said of *fall*, a sentence and what keeps the rate down."""
    where = f" in {visible(shown_path(fall.root))}" if fall.root else ""
    conforming = fall.subjects - fall.violations
    yield (
        f"{fall.what}{where}: {rate(fall.subjects, fall.violations)} conform ({conforming} of"
        f" {fall.subjects} subjects); it must not be less than {fall.demanded}"
    )
    for blame in fall.by:
        place = f"{visible(shown_path(blame.path))}:{blame.line}: " if blame.path else ""
        yield f"{place}{blame.words}"


def _listed(roots: Iterable[str]) -> str:
    names = list(roots)
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(map(visible, names[:3]))}{more}" if names else "nothing"


def _rates(rules: Sequence[RuleScore]) -> Iterator[tuple[str, Sequence[RuleScore], Score]]:
    """Yield title, rules and score of each section, and of all together."""
    for pattern, score in sections(rules).items():
        yield pattern or "Other", [rule for rule in rules if rule.pattern == pattern], score
    yield TOTAL, rules, added_up(rules)


def _rate_of(what: str, rules: Sequence[RuleScore]) -> Score | None:
    return next((score for title, _, score in _rates(rules) if title == what), None)


def _has_fallen(before: Score, after: Score) -> bool:
    if before.share is None or after.share is None:
        return False
    return after.share < before.share and after.violations > before.violations


def _recorded(before: ServiceScore, file: Path) -> tuple[Entry, ...]:
    try:
        return parse("\n".join(before.findings), str(file))
    except UsageError as error:
        raise UsageError(
            f"{file}: the findings of {before.root} in this report are damaged; write it again with"
            " `gravity-lint report --format json`"
        ) from error


def _new(
    known: Sequence[Entry], root: str, findings: Sequence[Finding], sources: Mapping[str, str]
) -> tuple[Finding, ...]:
    now = entries(findings, sources, lambda path: shown_path(path, root))
    return compare(
        findings,
        now,
        known,
        gone=lambda path: not os.path.exists(os.path.join(root, path)),
        asked=lambda entry: True,
    ).new


def _blamed(
    what: str, rules: Sequence[RuleScore], before: Sequence[RuleScore], new: Sequence[Finding]
) -> Iterator[Blame]:
    """Yield the new findings of *rules*; where none is shown, the rules that depart more often."""
    codes = {rule.code for rule in rules}
    mine = [finding for finding in new if finding.code in codes]
    for finding in mine[:_NAMED]:
        yield Blame(f"{finding.code} {finding.name}", finding.path, finding.span.line)
    if len(mine) > _NAMED:
        yield Blame(f"and {len(mine) - _NAMED} more")
    if mine:
        return
    had = {rule.code: rule.violations for rule in before}
    for rule in rules:
        if rule.violations > had.get(rule.code, 0):
            more = f"{had.get(rule.code, 0)} before, now {rule.violations}, all of them excused"
            yield Blame(f"{rule.code} {rule.name}: {more}")
