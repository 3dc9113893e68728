"""The scores and findings of services as one HTML page that needs no network.

Whatever comes from linted sources is text on the page: the templates escape all that they
are given. Code beyond a size is left out, with a note: a page must open on a telephone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

import msgspec

from gravity_lint import __version__
from gravity_lint.findings.finding import Finding
from gravity_lint.findings.severities import Severity
from gravity_lint.reporting.conformance import rate
from gravity_lint.reporting.excerpts import Row, excerpt, split
from gravity_lint.reporting.ratchet import sentences
from gravity_lint.reporting.scorecard.scores import (
    Movement,
    Score,
    Scorecard,
    ServiceScore,
    about_linter,
    added_up,
    by_service,
    movements,
    sections,
)
from gravity_lint.reporting.text import shown_path, visible
from gravity_lint.rule import Rule
from gravity_lint.running.outcome import Report

_WIDTH = 100
"""How wide an excerpt is, in characters."""
_BYTES = 1_500_000
"""How much of a page findings may take; later ones are counted, not shown."""
_BANDS = (0.5, 0.7, 0.85, 0.95, 1.0)
"""From which share of conforming subjects on a cell of the heat map is of the next colour."""


class Shown(msgspec.Struct, frozen=True):
    """A finding as the page shows it."""

    code: str
    name: str
    severity: str
    words: tuple[str, ...]
    """The message: prose and code take turns."""
    path: str
    line: int
    fix: str
    rows: tuple[Row, ...]

    @property
    def size(self) -> int:
        """About how many bytes of the page it takes."""
        return 600 + sum(map(len, self.words)) + sum(len(row.text) + 60 for row in self.rows)


class ServicePage(msgspec.Struct, frozen=True):
    """One service on the page: *anchor* is its address there, *hidden* counts what is left out."""

    anchor: str
    score: ServiceScore
    total: Score
    sections: Mapping[str, Score]
    findings: tuple[Shown, ...]
    hidden: int

    @property
    def judged(self) -> bool:
        """Whether more was judged than what the linter says about itself."""
        return any(rule.subjects and not about_linter(rule.code) for rule in self.score.rules)


class RulePage(msgspec.Struct, frozen=True):
    """A rule that has findings: its documentation, as HTML, and the address of its page."""

    code: str
    name: str
    severity: str
    page: str
    html: str


def render(
    report: Report,
    card: Scorecard,
    rules: Sequence[Rule[Any]],
    stream: TextIO,
    earlier: Scorecard | None = None,
) -> None:
    """Write the page of *card*, with the findings of *report* and the *rules* that they name."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__, "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(rate=_rate, band=_band, visible=visible)
    every = [rule for service in card.services for rule in service.rules]
    moved = movements(card if earlier is None else earlier, card)
    stream.write(
        environment.get_template("page.html.jinja").render(
            version=__version__,
            card=card,
            total=added_up(every),
            sections=sections(every),
            services=list(_services(report, card)),
            falls=[[*sentences(fall)] for fall in report.falls],
            rules=list(_rules(report, rules)),
            earlier=earlier,
            moved=[*moved[0], *moved[1]],
            direction=_direction,
        )
    )


def _services(report: Report, card: Scorecard) -> Iterator[ServicePage]:
    groups = [sorted(mine, key=_gravest) for mine in by_service(report).values()]
    rooms = _within(groups, report.sources)
    for number, (service, mine) in enumerate(zip(card.services, groups, strict=True), 1):
        found = rooms[number - 1]
        yield ServicePage(
            f"service-{number}",
            service,
            added_up(service.rules),
            sections(service.rules),
            tuple(found),
            len(mine) - len(found),
        )


def _gravest(finding: Finding) -> tuple[object, ...]:
    return finding.severity is not Severity.ERROR, *finding.order


def _within(groups: Sequence[Sequence[Finding]], sources: Mapping[str, str]) -> list[list[Shown]]:
    """Return as many of the findings of each of *groups* as there is room for, the first ones.

    All have the same room; what one does not need is for those that need more.
    """
    shown: list[list[Shown]] = [[] for _ in groups]
    left = _BYTES
    waiting = sorted(range(len(groups)), key=lambda number: len(groups[number]))
    for place, number in enumerate(waiting):
        room = left // (len(waiting) - place)
        lines: dict[str, list[str]] = {}
        for finding in groups[number]:
            one = _shown(finding, sources, lines)
            if one.size > room:
                break
            room -= one.size
            left -= one.size
            shown[number].append(one)
    return shown


def _shown(finding: Finding, sources: Mapping[str, str], lines: dict[str, list[str]]) -> Shown:
    if finding.path not in lines:
        lines[finding.path] = split(sources.get(finding.path, ""))
    return Shown(
        finding.code,
        finding.name,
        finding.severity.value,
        tuple(visible(finding.message).split("`")),
        visible(shown_path(finding.path)),
        finding.span.line,
        finding.fix.applicability.value if finding.fix is not None else "",
        tuple(excerpt(lines[finding.path], finding.span, _WIDTH)),
    )


def _rules(report: Report, rules: Sequence[Rule[Any]]) -> Iterator[RulePage]:
    """Yield the pages of the rules that have findings; Markdown in them makes no raw HTML."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    named = {finding.code for finding in report.findings}
    markdown = MarkdownIt("commonmark", {"html": False})
    for rule in rules:
        if rule.code in named:
            # The renderer escapes all HTML that is in the text.
            html = Markup(markdown.render(rule.documentation))
            yield RulePage(rule.code, rule.name, rule.severity.value, rule.page, html)


def _rate(score: Score) -> str:
    return rate(score.subjects, score.violations)


def _band(score: Score) -> int:
    """Return the number of the colour of *score*, 0 (worst) to 5; -1 where there is nothing."""
    share = score.share
    return -1 if share is None else sum(share >= band for band in _BANDS)


def _direction(movement: Movement) -> str:
    """Return what has become of a score, in a word."""
    if movement.before is None:
        return "new"
    if movement.after is None:
        return "gone"
    return "better" if (movement.after.share or 0) > (movement.before.share or 0) else "worse"
