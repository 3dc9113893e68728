"""What reports for people are written on: styled words, drawn where somebody sees the styles."""

import os
from collections.abc import Iterable
from typing import Final, Protocol, TextIO, TypeAlias

Piece: TypeAlias = tuple[str, str]
"""Words without a line break, and their style as rich spells it; empty: none."""

PLAIN_WIDTH: Final = 100
"""The number of cells in a line where no terminal has one."""
_FORCING = ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
"""The variables by which rich takes for a terminal what is none."""


class Canvas(Protocol):
    """Takes lines, and shows them at the latest when it is told to `flush`."""

    width: int
    """The number of cells in a line."""

    def link(self, address: str) -> str:
        """Return the style of words that lead to *address*: none where nobody could follow it."""

    def line(self, *pieces: Piece) -> None:
        """Add one line, which is not wrapped."""

    def paragraph(self, pieces: Iterable[Piece], indent: int) -> None:
        """Add indented lines that fit a terminal; elsewhere it is one line."""

    def flush(self) -> None:
        """Show what has been added."""


class Plain:
    """A canvas without styles: what is added is written as it is."""

    width = PLAIN_WIDTH

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: list[str] = []

    def link(self, address: str) -> str:
        """Return no style: nobody could follow a link to *address*."""
        return ""

    def line(self, *pieces: Piece) -> None:
        """Add one line."""
        self._lines.append("".join([words for words, _ in pieces]))

    def paragraph(self, pieces: Iterable[Piece], indent: int) -> None:
        """Add one line, indented."""
        self.line((" " * indent, ""), *pieces)

    def flush(self) -> None:
        """Write what has been added."""
        self._stream.writelines(f"{line}\n" for line in self._lines)
        self._lines.clear()


def canvas_on(stream: TextIO, *, plain: bool = False) -> Canvas:
    """Return what to draw on *stream* with; *plain*: nobody sees styles, whatever it is."""
    if plain or not (stream.isatty() or any(map(os.environ.get, _FORCING))):
        return Plain(stream)
    from gravity_lint.reporting.console import Drawn  # it loads rich

    return Drawn(stream)
