"""A report for people: every place to change with its source, what is wrong and what to do."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TextIO

from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.reporting.canvas import Canvas, Piece, canvas_on
from gravity_lint.reporting.excerpts import excerpt, split
from gravity_lint.reporting.grouping import Entry, entries
from gravity_lint.reporting.summary import lines as summary_lines
from gravity_lint.reporting.summary import width_of
from gravity_lint.reporting.text import shown_path, visible
from gravity_lint.running.outcome import Report
from gravity_lint.sources.spans import Span

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}
_CODE = re.compile(r"(`[^`]+`)")
_FIXES = {
    Applicability.SAFE: "mended by --fix",
    Applicability.UNSAFE: "mended by --fix --unsafe-fixes",
}


def render(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write every place to change with its source, then the summary."""
    render_findings(report, stream, plain=plain, tried=tried)
    width = None if plain else width_of(stream)
    stream.writelines(f"{line}\n" for line in summary_lines(report, tried, width))


def render_findings(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write every place to change with its source, and nothing else."""
    page = _Page(canvas_on(stream, plain=plain), report.sources, tried)
    for entry in entries(report.findings):
        page.add(entry)


class _Page:
    """Lays findings out on a canvas; the lines of the file it is in are split once."""

    def __init__(
        self, canvas: Canvas, sources: Mapping[str, str], tried: Collection[Applicability]
    ) -> None:
        self._canvas = canvas
        self._sources = sources
        self._tried = tried
        self._lines: dict[str, list[str]] = {}

    def add(self, entry: Entry) -> None:
        """Show *entry*."""
        canvas, first, colour = self._canvas, entry.first, _COLOURS[entry.severity]
        heading = [
            (_place(entry.path, entry.span), "bold"),
            (": ", ""),
            (first.code, f"{colour} {canvas.link(first.page)}".rstrip()),
            (f" {first.name} ", ""),
            (f"[{entry.severity.value}]", colour),
        ]
        canvas.paragraph(heading, 0)
        canvas.paragraph(_prose(entry.message), 2)
        related = () if entry.has_cause else first.related
        spans = [entry.span, *(place.span for place in related)]
        gutter = max(len(str(span.end_line)) for span in spans)
        self._excerpt(entry.path, entry.span, gutter, colour)
        for place in related:
            where = _place(place.path, place.span)
            words = [("= ", "blue"), (where, "bold"), (": ", ""), *_prose(place.message)]
            canvas.paragraph(words, gutter + 3)
            self._excerpt(place.path, place.span, gutter, "blue")
        if entry.has_cause:
            self._subjects(entry)
        self._notes(entry)
        canvas.line()
        canvas.flush()

    def _subjects(self, entry: Entry) -> None:
        """Show what is wrong because of this place: the first subject, and how many more."""
        first, number = entry.first, len(entry.findings)
        where = _place(first.path, first.span)
        head = "so" if number == 1 else f"{number} findings come from here; the first is"
        words = [(f"{head} ", ""), (where, "bold"), (": ", ""), *_prose(first.message)]
        self._canvas.paragraph(words, 2)

    def _excerpt(self, path: str, span: Span, gutter: int, colour: str) -> None:
        bar = (f"{' ' * (gutter + 3)}|", "blue")
        rows = list(excerpt(self._source(path), span, self._canvas.width - gutter - 5))
        if rows:
            self._canvas.line(bar)
        for row in rows:
            if row.number is None:
                self._canvas.line(bar, (f" {row.text}", "dim"))
                continue
            numbered = (f"  {row.number:>{gutter}} |", "blue")
            self._canvas.line(numbered, (f" {row.text}".rstrip(), ""))
            self._canvas.line(bar, (" " * (row.start + 1), ""), ("^" * row.length, colour))

    def _notes(self, entry: Entry) -> None:
        first = entry.first
        notes = [f"gravity-lint explain {first.code}"]
        if first.pattern:
            notes.insert(0, visible(first.pattern))
        notes += self._fixes(entry)
        self._dimmed([" | ".join(notes)])
        reasons = dict.fromkeys(x.withheld for x in entry.findings if x.withheld is not None)
        self._dimmed(f"no fix here: {visible(reason)}" for reason in reasons)

    def _fixes(self, entry: Entry) -> Iterator[str]:
        """Yield how many of the findings can be mended, by which options."""
        for applicability, words in _FIXES.items():
            number = sum(
                finding.fix is not None and finding.fix.applicability is applicability
                for finding in entry.findings
            )
            if number and applicability not in self._tried:
                yield words if number == len(entry.findings) else f"{number} {words}"

    def _dimmed(self, notes: Iterable[str]) -> None:
        for note in notes:
            self._canvas.paragraph([(note, "dim")], 2)

    def _source(self, path: str) -> list[str]:
        if path not in self._lines:
            if len(self._lines) > 8:
                self._lines.clear()
            text = self._sources.get(path)
            self._lines[path] = [] if text is None else split(text)
        return self._lines[path]


def _place(path: str, span: Span) -> str:
    return f"{visible(shown_path(path))}:{span.line}:{span.column}"


def _prose(message: str) -> Iterator[Piece]:
    """Yield the pieces of *message*, in which code stands between backticks."""
    for number, words in enumerate(_CODE.split(visible(message))):
        yield words, "cyan" if number % 2 else ""
