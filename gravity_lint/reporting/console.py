"""Drawing with rich on a stream that may or may not be a terminal."""

import os
from collections.abc import Iterable, Mapping
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text
from rich.theme import Theme

from gravity_lint.reporting.canvas import PLAIN_WIDTH, Piece

_VTE = 5000
"""The first version of the library behind GNOME's and many other terminals that knows links."""
_LINKING_PROGRAMS = ("iTerm.app", "WezTerm", "vscode", "Hyper", "ghostty", "zed", "Tabby", "rio")
_LINKING_TERMINALS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour")
_LINKING_VARIABLES = frozenset({"WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "DOMTERM"})

# rich puts a black box behind code, which hurts on a light terminal.
_THEME = Theme({"markdown.code": "cyan", "markdown.h2": "bold"})


class Drawn:
    """A canvas with styles, drawn by rich.

    Everything is drawn in memory and then written to the stream in one piece:
    a reader that goes away is a `BrokenPipeError` here as everywhere. No text
    is ever read as markup, emoji or link. `rich` follows NO_COLOR, FORCE_COLOR
    and TERM.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._console = _console(stream)
        self._terminal = self._console.is_terminal
        self.width = self._console.width if self._terminal else PLAIN_WIDTH
        self._links = self._console.color_system is not None and shows_links(stream, os.environ)
        # Told once, rich does not ask the environment and the terminal again for every line.
        self._console = _console(stream, terminal=self._terminal, width=self.width)
        self._lines: list[Text] = []

    def link(self, address: str) -> str:
        """Return the style of words that lead to *address*: none where nobody could follow it."""
        return f"link {address}" if self._links and address else ""

    def line(self, *pieces: Piece) -> None:
        """Add one line, which is not wrapped."""
        self._lines.append(Text.assemble(*pieces))

    def paragraph(self, pieces: Iterable[Piece], indent: int) -> None:
        """Add indented lines that fit a terminal; elsewhere it is one line."""
        text = Text.assemble(*pieces)
        if not self._terminal or cell_len(text.plain) <= self.width - indent:
            self._lines.append(Text(" " * indent).append_text(text))
            return
        for line in text.wrap(self._console, max(self.width - indent, 20)):
            line.rstrip()
            self._lines.append(Text(" " * indent).append_text(line))

    def flush(self) -> None:
        """Draw what has been added."""
        if self._console.color_system is None:
            # What rich would write too, many times as fast: a report may be long.
            self._stream.writelines(f"{line.plain}\n" for line in self._lines)
        elif self._lines:
            self._capture(Text("\n").join(self._lines), soft_wrap=True)
        self._lines.clear()

    def draw_page(self, page: RenderableType) -> None:
        """Draw *page*, laid out by rich."""
        self.flush()
        self._capture(page, soft_wrap=False)

    def _capture(self, thing: RenderableType, *, soft_wrap: bool) -> None:
        with self._console.capture() as capture:
            self._console.print(thing, soft_wrap=soft_wrap)
        self._stream.write(capture.get())


def shows_links(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Tell whether *stream* is a terminal that makes links of what OSC 8 wraps.

    Others would show the sequence itself, so only those that are known to understand it
    count, by the variables with which they introduce themselves. FORCE_HYPERLINK overrules
    it, as in other programs: ``0`` is never, anything else always.
    """
    forced = environment.get("FORCE_HYPERLINK")
    if forced is not None:
        return forced != "0"
    if not stream.isatty() or "CI" in environment:
        return False
    version = environment.get("VTE_VERSION", "")
    return (
        (version.isdecimal() and int(version) >= _VTE)
        or environment.get("TERM_PROGRAM") in _LINKING_PROGRAMS
        or environment.get("TERM", "") in _LINKING_TERMINALS
        or not _LINKING_VARIABLES.isdisjoint(environment)
    )


def _console(stream: TextIO, *, terminal: bool | None = None, width: int | None = None) -> Console:
    return Console(
        file=stream,
        force_terminal=terminal,
        force_jupyter=False,
        width=width,
        height=None if width is None else 25,
        markup=False,
        emoji=False,
        highlight=False,
        theme=_THEME,
    )
