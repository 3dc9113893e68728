"""What all nodes of a file have in common: their place."""

from __future__ import annotations

import msgspec

from gravity_lint.sources.spans import Span


class Node(
    msgspec.Struct, frozen=True, eq=False, tag_field="node", tag=True, array_like=True, gc=False
):
    """Something that stands at one place in one file.

    There are millions of them, so the place is two numbers that many share (`Span.place`).
    """

    line: int
    shape: int

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span.at(self.line, self.shape)
