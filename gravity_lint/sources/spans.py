"""Where something stands in a source file."""

import msgspec

BITS = 23
"""How many bits hold a column: no file is longer than 8,000,000 characters (`max-file-size`)."""
_COLUMN = (1 << BITS) - 1


def shape_of(column: int, height: int, end_column: int) -> int:
    """Return as one number what a span is apart from its line.

    *height* is the number of further lines that it touches. Most code is of few shapes.
    """
    return (height << BITS | column) << BITS | end_column


class Span(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """A stretch of source text.

    Lines count from 1. Columns count from 1 in characters (not bytes); the end
    column is the one just behind the last character.
    """

    line: int
    column: int
    end_line: int
    end_column: int

    @classmethod
    def at(cls, line: int, shape: int) -> "Span":
        """Return the span of a *shape* (see `shape_of`) that begins at *line*."""
        height = shape >> 2 * BITS
        return cls(line, shape >> BITS & _COLUMN, line + height, shape & _COLUMN)

    @property
    def place(self) -> tuple[int, int]:
        """Its line, and its shape."""
        height = self.end_line - self.line
        return self.line, shape_of(self.column, height, self.end_column)

    def contains(self, other: "Span") -> bool:
        """Tell whether *other* lies inside this span (an equal span does)."""
        return (self.line, self.column) <= (other.line, other.column) and (
            other.end_line,
            other.end_column,
        ) <= (self.end_line, self.end_column)

    @property
    def empty(self) -> bool:
        """Tell whether it has no length: it says where something is, and no edit finds it there."""
        return (self.line, self.column) == (self.end_line, self.end_column)

    def lines(self) -> range:
        """Return the numbers of the lines that the span touches."""
        return range(self.line, self.end_line + 1)


START = Span(1, 1, 1, 1)
