"""How the protocol counts in a text, and how the linter does.

The linter counts lines and characters from 1. The protocol counts lines from 0, and in them units
of the encoding that client and server have agreed upon: of UTF-16, where nothing was said. Both
end a line at a line feed, a carriage return or both, and nowhere else.
"""

from __future__ import annotations

from lsprotocol import types as lsp

from gravity_lint.sources.source import split_lines
from gravity_lint.sources.spans import Span

MARK = "\ufeff"
"""A byte order mark: some editors count it as a character, the linter never sees it."""

_UNITS = {
    lsp.PositionEncodingKind.Utf8: lambda text: len(text.encode("utf-8", "surrogatepass")),
    lsp.PositionEncodingKind.Utf16: lambda text: (
        len(text.encode("utf-16-le", "surrogatepass")) // 2
    ),
    lsp.PositionEncodingKind.Utf32: len,
}


class Page:
    """A text, as an editor that counts in *encoding* points into it."""

    def __init__(
        self, text: str, encoding: lsp.PositionEncodingKind = lsp.PositionEncodingKind.Utf16
    ) -> None:
        self._units = _UNITS[encoding]
        self._marked = text.startswith(MARK)
        self._lines = split_lines(text.removeprefix(MARK))

    def range(self, span: Span) -> lsp.Range:
        """Return where *span* stands."""
        return lsp.Range(
            self.position(span.line, span.column), self.position(span.end_line, span.end_column)
        )

    def position(self, line: int, column: int) -> lsp.Position:
        """Return the place before the character at *line* and *column*, which count from 1.

        What lies behind the end of a line stands at its end.
        """
        before = self._line(line)[: column - 1]
        units = len(before) if before.isascii() else self._units(before)
        return lsp.Position(line - 1, units + self._mark(line))

    def place(self, position: lsp.Position) -> tuple[int, int]:
        """Return the line and column, from 1, of the character behind *position*.

        A position between the halves of a character is taken for one before it.
        """
        line = position.line + 1
        text = self._line(line)
        units = position.character - self._mark(line)
        if text.isascii():
            return line, min(max(units, 0), len(text)) + 1
        column = 0
        for character in text:
            units -= self._units(character)
            if units < 0:
                break
            column += 1
        return line, column + 1

    def line(self, line: int) -> lsp.Range:
        """Return where the text of the *line* stands, which counts from 1."""
        return self.range(Span(line, 1, line, len(self._line(line)) + 1))

    def _line(self, line: int) -> str:
        return self._lines[line - 1] if 0 < line <= len(self._lines) else ""

    def _mark(self, line: int) -> int:
        return self._units(MARK) if self._marked and line == 1 else 0
