"""Where subjects stand: what the rules are asked about takes its place from something below it.

Whatever a rule is asked about has a module, a span, an extent (the lines on
which a suppression counts) and a label. Most subjects stand at a call, a
statement, a function or a class, and say here at which; what differs, they
say themselves.
"""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.sources.spans import Span


def place(module: Module, span: Span) -> str:
    """Return where *span* begins, as prose about the service names it: ``app/core/log.py:12``."""
    return f"{module.relative}:{span.line}"


class AtCall:
    """What stands at the call that its *site* is."""

    site: CallSite

    @property
    def call(self) -> f.Call:
        """The call itself."""
        return self.site.call

    @property
    def step(self) -> Step:
        """The statement that makes the call."""
        return self.site.step

    @property
    def scope(self) -> Scope:
        """The scope that makes the call."""
        return self.site.scope

    @property
    def module(self) -> Module:
        """The module in which it stands."""
        return self.site.module

    @property
    def span(self) -> Span:
        """Where findings about it point."""
        return self.site.span

    @property
    def extent(self) -> Span:
        """The lines on which a suppression comment for it counts."""
        return self.site.extent

    @property
    def label(self) -> str:
        """The dotted name by which reports call it."""
        return self.site.label


class AtStep:
    """What stands at the statement that its *step* is."""

    step: Step

    @property
    def module(self) -> Module:
        """The module in which it stands."""
        return self.step.module

    @property
    def span(self) -> Span:
        """Where findings about it point."""
        return self.step.span

    @property
    def extent(self) -> Span:
        """The lines on which a suppression comment for it counts."""
        return self.step.extent

    @property
    def label(self) -> str:
        """The dotted name by which reports call it."""
        return self.step.label


class AtFunction:
    """What stands at the function that its *function* is."""

    function: Function

    @property
    def module(self) -> Module:
        """The module in which it stands."""
        return self.function.module

    @property
    def span(self) -> Span:
        """Where findings about it point."""
        return self.function.span

    @property
    def extent(self) -> Span:
        """The lines on which a suppression comment for it counts."""
        return self.function.extent

    @property
    def label(self) -> str:
        """The dotted name by which reports call it."""
        return self.function.label


class AtWholeFunction(AtFunction):
    """What stands at a function and is about what it does: it is excused in its body as well."""

    @property
    def extent(self) -> Span:
        """The lines of its head, and those of its body."""
        whole, body = self.function.extent, self.function.definition.span
        return Span(whole.line, whole.column, body.end_line, body.end_column)


class AtClass:
    """What stands at the class that its *cls* is."""

    cls: Class

    @property
    def module(self) -> Module:
        """The module in which it stands."""
        return self.cls.module

    @property
    def span(self) -> Span:
        """Where findings about it point."""
        return self.cls.span

    @property
    def extent(self) -> Span:
        """The lines on which a suppression comment for it counts."""
        return self.cls.extent

    @property
    def label(self) -> str:
        """The dotted name by which reports call it."""
        return self.cls.label
