"""A report for people: every finding with its source, what it is about and what to do."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TextIO

from gravity_lint.findings.finding import Applicability, Finding, Severity
from gravity_lint.reporting.summary import lines as summary_lines
from gravity_lint.reporting.text import shown_path, visible
from gravity_lint.running.outcome import Report
from gravity_lint.sources.spans import Span

if TYPE_CHECKING:
    from rich.text import Text

    from gravity_lint.reporting.console import Canvas

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}
_FIXES = {
    Applicability.SAFE: "gravity-lint --fix",
    Applicability.UNSAFE: "gravity-lint --fix --unsafe-fixes (may change what clients see)",
}


def render(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write every finding with its source, then the summary."""
    render_findings(report, stream, plain=plain, tried=tried)
    stream.writelines(f"{line}\n" for line in summary_lines(report, tried))


def render_findings(
    report: Report,
    stream: TextIO,
    *,
    plain: bool = False,
    tried: Collection[Applicability] = (),
) -> None:
    """Write every finding with its source, and nothing else."""
    if report.findings:
        # A conforming run, the common one, does not pay for rich.
        from gravity_lint.reporting.console import Canvas

        canvas = Canvas(stream, plain=plain)
        page = _Page(canvas, report.sources, tried)
        for finding in report.findings:
            canvas.draw(*page.finding(finding))


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

    def finding(self, finding: Finding) -> "Iterator[Text]":
        """Yield the lines that show *finding*."""
        from rich.text import Text

        colour = _COLOURS[finding.severity]
        yield Text.assemble(
            (_place(finding.path, finding.span), "bold"),
            ": ",
            (finding.code, colour),
            f" {finding.name} ",
            (f"[{finding.severity.value}]", colour),
        )
        yield from self._canvas.wrapped(_prose(finding.message), indent=2)
        shown = [finding.span, *(related.span for related in finding.related)]
        gutter = max(len(str(span.end_line)) for span in shown)
        yield from self._excerpt(finding.path, finding.span, gutter, colour)
        for related in finding.related:
            place = _place(related.path, related.span)
            yield Text.assemble(
                " " * (gutter + 3), ("= ", "blue"), (place, "bold"), ": "
            ).append_text(_prose(related.message))
            yield from self._excerpt(related.path, related.span, gutter, "blue")
        yield from self._notes(finding)
        yield Text()

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

    def _notes(self, finding: Finding) -> "Iterator[Text]":
        notes = [f"why: gravity-lint explain {finding.code}"]
        if finding.pattern:
            notes.insert(0, f"pattern: {visible(finding.pattern)}")
        if finding.fix is not None and finding.fix.applicability not in self._tried:
            notes.append(f"fix available: {_FIXES[finding.fix.applicability]}")
        if finding.withheld is not None:
            notes.append(f"no fix here: {visible(finding.withheld)}")
        yield from self._dimmed(notes)

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
