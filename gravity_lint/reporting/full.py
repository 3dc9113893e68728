"""A report for people: every place to change with its source, what is wrong and what to do."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TextIO

from gravity_lint.findings.finding import Applicability, Severity
from gravity_lint.reporting.grouping import Entry, entries
from gravity_lint.reporting.summary import lines as summary_lines
from gravity_lint.reporting.summary import width_of
from gravity_lint.reporting.text import shown_path, visible
from gravity_lint.running.outcome import Report
from gravity_lint.sources.spans import Span

if TYPE_CHECKING:
    from rich.text import Text

    from gravity_lint.reporting.console import Canvas

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}
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
    if report.findings:
        # A conforming run, the common one, does not pay for rich.
        from gravity_lint.reporting.console import Canvas

        canvas = Canvas(stream, plain=plain)
        page = _Page(canvas, report.sources, tried)
        for entry in entries(report.findings):
            canvas.draw(*page.entry(entry))


class _Page:
    """Lays findings out; the lines of the file it is in are split once."""

    def __init__(
        self,
        canvas: "Canvas",
        sources: Mapping[str, str],
        tried: Collection[Applicability],
    ) -> None:
        self._canvas = canvas
        self._sources = sources
        self._tried = tried
        self._lines: dict[str, list[str]] = {}

    def entry(self, entry: Entry) -> "Iterator[Text]":
        """Yield the lines that show *entry*."""
        from rich.text import Text

        first, colour = entry.first, _COLOURS[entry.severity]
        heading = Text.assemble(
            (_place(entry.path, entry.span), "bold"),
            ": ",
            (first.code, f"{colour} {self._canvas.link(first.page)}".rstrip()),
            f" {first.name} ",
            (f"[{entry.severity.value}]", colour),
        )
        yield from self._canvas.wrapped(heading, indent=0)
        yield from self._canvas.wrapped(_prose(entry.message), indent=2)
        related = () if entry.has_cause else first.related
        shown = [entry.span, *(place.span for place in related)]
        gutter = max(len(str(span.end_line)) for span in shown)
        yield from self._excerpt(entry.path, entry.span, gutter, colour)
        for place in related:
            where = _place(place.path, place.span)
            words = Text.assemble(("= ", "blue"), (where, "bold"), ": ").append_text(
                _prose(place.message)
            )
            yield from self._canvas.wrapped(words, indent=gutter + 3)
            yield from self._excerpt(place.path, place.span, gutter, "blue")
        if entry.has_cause:
            yield from self._subjects(entry)
        yield from self._notes(entry)
        yield Text()

    def _subjects(self, entry: Entry) -> "Iterator[Text]":
        """Yield what is wrong because of this place: the first subject, and how many more."""
        from rich.text import Text

        first, number = entry.first, len(entry.findings)
        where = _place(first.path, first.span)
        head = "so" if number == 1 else f"{number} findings come from here; the first is"
        words = Text.assemble(f"{head} ", (where, "bold"), ": ").append_text(_prose(first.message))
        yield from self._canvas.wrapped(words, indent=2)

    def _excerpt(self, path: str, span: Span, gutter: int, colour: str) -> "Iterator[Text]":
        from rich.text import Text

        from gravity_lint.reporting.excerpts import excerpt

        bar = (f"{' ' * (gutter + 3)}|", "blue")
        rows = list(excerpt(self._source(path), span, self._canvas.width - gutter - 5))
        if rows:
            yield Text.assemble(bar)
        for row in rows:
            if row.number is None:
                yield Text.assemble(bar, (f" {row.text}", "dim"))
                continue
            yield Text.assemble((f"  {row.number:>{gutter}} |", "blue"), f" {row.text}".rstrip())
            yield Text.assemble(bar, " " * (row.start + 1), ("^" * row.length, colour))

    def _notes(self, entry: Entry) -> "Iterator[Text]":
        first = entry.first
        notes = [f"gravity-lint explain {first.code}"]
        if first.pattern:
            notes.insert(0, visible(first.pattern))
        notes += self._fixes(entry)
        yield from self._dimmed([" | ".join(notes)])
        reasons = dict.fromkeys(x.withheld for x in entry.findings if x.withheld is not None)
        yield from self._dimmed(f"no fix here: {visible(reason)}" for reason in reasons)

    def _fixes(self, entry: Entry) -> Iterator[str]:
        """Yield how many of the findings can be mended, by which options."""
        for applicability, words in _FIXES.items():
            number = sum(
                finding.fix is not None and finding.fix.applicability is applicability
                for finding in entry.findings
            )
            if number and applicability not in self._tried:
                yield words if number == len(entry.findings) else f"{number} {words}"

    def _dimmed(self, notes: Iterable[str]) -> "Iterator[Text]":
        from rich.text import Text

        for note in notes:
            yield from self._canvas.wrapped(Text(note, "dim"), indent=2)

    def _source(self, path: str) -> list[str]:
        if path not in self._lines:
            from gravity_lint.reporting.excerpts import split

            if len(self._lines) > 8:
                self._lines.clear()
            text = self._sources.get(path)
            self._lines[path] = [] if text is None else split(text)
        return self._lines[path]


def _place(path: str, span: Span) -> str:
    return f"{visible(shown_path(path))}:{span.line}:{span.column}"


def _prose(message: str) -> "Text":
    from rich.text import Text

    text = Text(visible(message))
    text.highlight_regex(r"`[^`]+`", "cyan")
    return text
