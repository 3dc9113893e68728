"""The scores of services as text for people, and as JSON for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TextIO

import msgspec

from gravity_lint.reporting.conformance import rate
from gravity_lint.reporting.documents import PolicyDocument
from gravity_lint.reporting.scorecard.scores import (
    Movement,
    Score,
    Scorecard,
    added_up,
    movements,
    sections,
)
from gravity_lint.reporting.text import columns, counted, visible, write_json

_RULES = 15
_FILES = 10


def render_json(card: Scorecard, stream: TextIO) -> None:
    """Write *card* as one JSON object, in ASCII: what a later report is compared with."""
    write_json(msgspec.to_builtins(card), stream, 1)


def render_text(card: Scorecard, stream: TextIO, earlier: Scorecard | None = None) -> None:
    """Write the scores of *card*, and what has moved since *earlier*."""
    stream.writelines(f"{line}\n" for line in _lines(card, earlier))


def _lines(card: Scorecard, earlier: Scorecard | None) -> Iterator[str]:
    rules = [rule for service in card.services for rule in service.rules]
    if not rules:
        yield "Nothing was judged: no rule found anything that it is asked about."
        return
    yield from _table("section", sections(rules).items(), added_up(rules))
    yield ""
    rows = [(service.root, added_up(service.rules)) for service in card.services]
    yield from _table("service", sorted(rows, key=lambda row: _order(row[1])), None)
    yield ""
    yield from _worst_rules(card)
    yield from _worst_files(card)
    if card.excused:
        parts = ", ".join(f"{number} by {by}" for by, number in sorted(card.excused.items()))
        yield f"Excused, and counted as violations all the same: {parts}."
    whole = added_up(rules)
    yield (
        f"{counted(len(card.services), 'service')}, {whole.subjects} subjects,"
        f" {rate(whole.subjects, whole.violations)} conform;"
        f" --fix would mend {whole.safe}, --unsafe-fixes {whole.unsafe} more."
    )
    if card.policies:
        yield f"Policy: {', '.join(map(_policy, card.policies))}."
    if earlier is not None:
        yield ""
        yield from _moved(earlier, card)


def _policy(policy: PolicyDocument) -> str:
    return f"{policy.name} {policy.version or '(version unknown)'}"


def _table(head: str, rows: Iterable[tuple[str, Score]], total: Score | None) -> Iterator[str]:
    table: list[tuple[str, ...]] = [
        (head, "subjects", "violations", "excused", "conform", "mendable")
    ]
    table += (_row(visible(name or "other"), score) for name, score in rows)
    if total is not None:
        table.append(_row("all sections", total))
    yield from columns(table, right=(1, 2, 3, 4, 5))


def _row(name: str, score: Score) -> tuple[str, ...]:
    return (
        name,
        str(score.subjects),
        str(score.violations),
        str(score.excused),
        rate(score.subjects, score.violations),
        str(score.safe + score.unsafe),
    )


def _order(score: Score) -> tuple[float, int]:
    return (1.0 if score.share is None else score.share, -score.violations)


def _worst_rules(card: Scorecard) -> Iterator[str]:
    violations: Counter[str] = Counter()
    for service in card.services:
        for rule in service.rules:
            violations[f"{rule.code} {rule.name}"] += rule.violations
    rows = [(name, str(number)) for name, number in violations.most_common(_RULES) if number]
    if rows:
        yield from columns([("rules with most violations", ""), *rows], right=(1,))
        yield ""


def _worst_files(card: Scorecard) -> Iterator[str]:
    files = [file for service in card.services for file in service.worst]
    files.sort(key=lambda file: (-file.findings, file.path))
    rows = [(visible(file.path), str(file.findings)) for file in files[:_FILES]]
    if rows:
        yield from columns([("files with most findings", ""), *rows], right=(1,))
        yield ""


def _moved(earlier: Scorecard, card: Scorecard) -> Iterator[str]:
    services, rules = movements(earlier, card)
    if not services and not rules:
        yield "Nothing has moved since the earlier report."
        return
    yield "since the earlier report"
    rows = [(visible(m.name), _arrow(m)) for m in (*services, *rules)]
    yield from (f"  {line}" for line in columns(rows))


def _arrow(movement: Movement) -> str:
    if movement.before is None:
        return "new"
    if movement.after is None:
        return "gone"
    then, now = movement.before, movement.after
    better = (now.share or 0) > (then.share or 0)
    return (
        f"{rate(then.subjects, then.violations)} -> {rate(now.subjects, now.violations)}"
        f" {'better' if better else 'worse'}"
    )
