"""The files of a service, and whether Python can read them."""

from __future__ import annotations

from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Module
from gravity_lint.sources.spans import Span


class File(Record, frozen=True):
    """One file as a whole."""

    module: Module

    @property
    def span(self) -> Span:
        """The first error; the first character if there is none."""
        fault = self.module.facts.fault
        return self.module.span if fault is None else fault.span

    @property
    def extent(self) -> Span:
        """The lines of the error."""
        return self.span

    @property
    def label(self) -> str:
        """The module's name."""
        return self.module.label

    @property
    def fault(self) -> str | None:
        """What Python says of the first error, None if the file parses."""
        fault = self.module.facts.fault
        return None if fault is None else fault.message


@by_module
def files(module: Module) -> tuple[File, ...]:
    """Return *module* as a file; one that is too large to be read is none.

    Nor is one below a directory that is yet to be given its name: a template, of which a generator
    of projects makes Python (cookiecutter, copier).
    """
    return () if module.facts.unread or "{{" in module.relative else (File(module),)
