"""Drawing with rich on a stream that may or may not be a terminal."""

from collections.abc import Iterator
from typing import TextIO

from rich.console import Console, RenderableType
from rich.text import Text
from rich.theme import Theme

_PLAIN_WIDTH = 100
"""The width where no terminal has one."""

# rich puts a black box behind code, which hurts on a light terminal.
_THEME = Theme({"markdown.code": "cyan", "markdown.h2": "bold"})


class Canvas:
    """Where styled text goes.

    Everything is drawn in memory and then written to the stream in one piece:
    a reader that goes away is a `BrokenPipeError` here as everywhere. No text
    is ever read as markup, emoji or link. `rich` follows NO_COLOR, FORCE_COLOR
    and TERM; *plain* forbids colours whatever these say.
    """

    def __init__(self, stream: TextIO, *, plain: bool = False) -> None:
        self._stream = stream
        self._console = Console(
            file=stream,
            force_terminal=False if plain else None,
            force_jupyter=False,
            markup=False,
            emoji=False,
            highlight=False,
            theme=_THEME,
        )

    @property
    def terminal(self) -> bool:
        """Whether someone looks at a terminal."""
        return self._console.is_terminal

    @property
    def width(self) -> int:
        """The number of cells in a line."""
        return self._console.width if self.terminal else _PLAIN_WIDTH

    def draw(self, *things: RenderableType) -> None:
        """Write *things* below each other; text is not wrapped."""
        with self._console.capture() as capture:
            for thing in things:
                self._console.print(thing, soft_wrap=isinstance(thing, Text))
        self._stream.write(capture.get())

    def wrapped(self, text: Text, indent: int) -> Iterator[Text]:
        """Yield *text* in indented lines that fit a terminal; elsewhere it stays one line."""
        if not self.terminal:
            yield Text(" " * indent).append_text(text)
            return
        for line in text.wrap(self._console, max(self.width - indent, 20)):
            line.rstrip()
            yield Text(" " * indent).append_text(line)
