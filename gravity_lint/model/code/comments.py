"""Suppression comments, as the rules about them see them when all other rules have been asked."""

from __future__ import annotations

from gravity_lint.findings.suppressions import Code, Suppression, without
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Module
from gravity_lint.sources.spans import Span


class Comment(Record, frozen=True):
    """One suppression comment and what came of it.

    *used* are those of its codes that suppressed something, *idle* those that
    suppressed nothing although all rules that they stand for were asked, and
    *unknown* those that no rule has. *correction* says what is wrong with one that
    suppresses nothing, or more than it names, and what to write. *effective*: it
    suppressed something, be it without naming a code. *needs_reason*: the
    configuration demands one.
    """

    module: Module
    suppression: Suppression
    used: tuple[Code, ...]
    idle: tuple[Code, ...]
    unknown: tuple[Code, ...]
    correction: str | None
    effective: bool
    needs_reason: bool

    @property
    def span(self) -> Span:
        """The suppression within the comment."""
        return self.suppression.span

    @property
    def extent(self) -> Span:
        """The suppression's own line."""
        return self.suppression.comment

    @property
    def label(self) -> str:
        """The module's name: a comment has none."""
        return self.module.label

    @property
    def ours(self) -> bool:
        """Tell whether it speaks to this linter: by a code, by its own spelling, or in effect."""
        return self.effective or (self.suppression.ours and not self.suppression.inert)

    def without(self, codes: tuple[Code, ...]) -> str:
        """Return the comment's text without *codes*; nothing if nothing is left to say."""
        return without(self.suppression, codes)


def comments(closing: tuple[Comment, ...]) -> tuple[Comment, ...]:
    """Return the subjects of the rules about suppressions, which are what they are asked with."""
    return closing
