"""Where something stands in a source file."""

import msgspec


class Span(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """A stretch of source text.

    Lines count from 1. Columns count from 1 in characters (not bytes); the end
    column is the one just behind the last character.
    """

    line: int
    column: int
    end_line: int
    end_column: int

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
