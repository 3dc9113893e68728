"""Calls of ``print`` in the app, and whether somebody at a terminal is meant to read them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.calls import calls_in, calls_to
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import path_of
from gravity_lint.model.code.questions import by_module, calling
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import uses_of
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.scripts import (
    is_main_block,
    is_of_program,
    is_run_by_hand,
    serves_commands,
)
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.logs.calls import logged
from gravity_lint.model.logs.kinds import looks_like_a_logger
from gravity_lint.model.logs.reports import makes_logs
from gravity_lint.patterns import pattern

_FAILING = pattern(r"err|exc|fail|msg|message|text|trace|warn", re.IGNORECASE)
"""What names say that hold the words for a failure."""
_TRACEBACKS = ("traceback.format_exc", "traceback.format_exception", "sys.exc_info")
_BROAD = ("builtins.Exception", "builtins.BaseException")


class Print(AtCall, Record, frozen=True):
    """A call of ``print``."""

    site: CallSite

    @property
    def tells_failure(self) -> bool:
        """Tell whether it stands in a broad ``except`` clause, or prints what a clause caught.

        Not where that has kept no exception and a value alone is printed, in another way than
        above; nor beside a call that logs.
        """
        handler = next(self.site.step.handlers, None)
        if handler is None or (handler.name is None and self._prints_value):
            return False
        if any(
            call.handler is handler and self.site.step.block.within(call.step.block)
            for call in logged(self.site.scope)
        ):
            return False
        if handler.type is None or path_of(self.site.scope, handler.type) in _BROAD:
            return True
        caught = handler.name
        return _mentions(self.site.scope, self.site.call, caught) or any(
            _mentions(self.site.scope, binding.value, caught)
            for name in f.walk(self.site.call)
            if isinstance(name, f.Name)
            for binding in self.site.scope.bindings.get(name.name, ())
            if isinstance(binding, Assigned) and binding.value is not None
        )

    @property
    def _prints_value(self) -> bool:
        """Tell whether it prints nothing but what the function bound to a name otherwise."""
        given = self.site.call.arguments
        return bool(given) and not any(
            not isinstance(x, f.Name) or _FAILING.search(x.name) for x in given
        )

    @property
    def tells_of_trouble(self) -> bool:
        """Tell whether it writes to ``sys.stderr``."""
        target = self.site.call.keyword("file")
        return path_of(self.site.scope, target) == "sys.stderr"

    @property
    def into_file(self) -> bool:
        """Tell whether it writes into something else than what a terminal shows."""
        target = self.site.call.keyword("file")
        return target is not None and path_of(self.site.scope, target) not in (
            "sys.stdout",
            "sys.stderr",
        )

    @property
    def to_terminal(self) -> bool:
        """Tell whether it speaks to whoever runs the module, or into a file of its own.

        What carries logs cannot log that it failed to.
        """
        if self.into_file:
            return True
        if is_run_by_hand(self.site.step) or is_main_block(self.site.step):
            return True
        scope = self.site.scope
        if (
            makes_logs(scope)
            or _is_sink(self.site)
            or self.module in _captured(scope.module.service)
        ):
            return True
        return is_of_program(scope) or serves_commands(scope)


def _mentions(scope: Scope, expression: f.Expression, caught: str | None) -> bool:
    """Tell whether *expression* is made of the exception *caught*, or of its traceback."""
    return any(
        inner.name == caught
        if isinstance(inner, f.Name)
        else isinstance(inner, f.Call) and path_of(scope, inner.function) in _TRACEBACKS
        for inner in f.walk(expression)
    )


def _is_sink(site: CallSite) -> bool:
    """Tell whether *site* writes a line of the log: in what loguru's ``logger.add`` is given."""
    if site.deferred:
        return any(isinstance(x, f.Call) and _adds_a_sink(x) for x in site.around)
    scope = site.scope
    return isinstance(scope, Function) and any(
        _adds_a_sink(other.call) and any(x is mention for x in other.call.given)
        for step, mention in uses_of(scope)
        for other in step.scope.calls
        if other.step is step
    )


def _adds_a_sink(call: f.Call) -> bool:
    match call.function:
        case f.Attribute(value=owner, name="add"):
            return looks_like_a_logger(owner)
    return False


@query
def _captured(service: Service) -> frozenset[Module]:
    """Return the modules whose prints a flow of Prefect takes into its log."""
    flows = calls_to(service, "prefect.flow", "prefect.task")
    return frozenset(site.module for site in flows if site.call.keyword("log_prints") is not None)


@by_module(where=calling("builtins.print"))
def prints(module: Module) -> Iterator[Print]:
    """Return the calls of ``print`` in the app."""
    sites = calls_in(module, "builtins.print") if in_app(module) else ()
    return (Print(site) for site in sites)
