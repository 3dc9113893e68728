"""Where loggers are made, and under which names."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import taken_apart
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import path_of
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.scripts import is_script
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import AtStep
from gravity_lint.model.logs.kinds import REBINDING, STDLIB_FACTORY, STRUCTLOG_FACTORY, LoggerKind
from gravity_lint.sources.spans import Span

_ADDING = ("bind", "new")
"""The methods by which structlog's logger is given context."""


class LoggerBinding(AtStep, Record, frozen=True):
    """An assignment that makes a logger: ``logger = structlog.get_logger()``.

    *factory* is the call of ``get_logger`` or ``getLogger``; it is the assigned
    value itself unless *mixed*.
    """

    step: Step
    assign: f.Assign
    target: f.Expression
    factory: f.Call
    kind: LoggerKind

    @property
    def scope(self) -> Scope:
        """The scope in which it is bound."""
        return self.step.scope

    @property
    def span(self) -> Span:
        """The name that is bound."""
        return self.target.span

    @property
    def label(self) -> str:
        """The dotted name of the logger."""
        return f"{self.scope.label}.{f.render(self.target)}"

    @property
    def name(self) -> str:
        """The name as it is written."""
        return f.render(self.target)

    @property
    def mixed(self) -> bool:
        """Tell whether the value is more than the bare call: ``given or getLogger()``."""
        return self.assign.value is not self.factory

    @property
    def carries_context(self) -> bool:
        """Tell whether it says more of each line than who logs it: ``get_logger().bind(id=id)``."""
        value = self.assign.value
        if not isinstance(value, f.Call):
            return False
        if path_of(self.scope, value.function) == "logging.LoggerAdapter":
            extra = value.argument(1, "extra")
            return extra is not None and not (isinstance(extra, f.Mapping) and not extra.values)
        while isinstance(value, f.Call) and value is not self.factory:
            if not isinstance(value.function, f.Attribute):
                return False
            if value.function.name in _ADDING and value.keywords:
                return True
            value = value.function.value
        return self.kind is LoggerKind.STRUCTLOG and bool(self.factory.keywords)

    @property
    def is_channel(self) -> bool:
        """Tell whether it is asked for by a name that is not the module's own."""
        given = self.factory.argument(0)
        return given is not None and not (isinstance(given, f.Name) and given.name == "__name__")

    @property
    def returned(self) -> bool:
        """Tell whether a function makes it for its caller."""
        return isinstance(self.scope, Function) and any(
            isinstance(statement.value, f.Name) and statement.value.name == self.name
            for _, statement in self.scope.returned
        )

    @property
    def of_self(self) -> bool:
        """Tell whether a method keeps it on its object: ``self.logger = ...``."""
        return (
            isinstance(self.scope, Function)
            and isinstance(self.target, f.Attribute)
            and isinstance(self.target.value, f.Name)
            and self.target.value.name == self.scope.receiver
        )

    @property
    def of_module(self) -> bool:
        """Tell whether it is a name of the module."""
        return isinstance(self.scope, Module) and isinstance(self.target, f.Name)


@by_module
def logger_bindings(module: Module) -> Iterator[LoggerBinding]:
    """Return where the app binds loggers, in source order."""
    if not in_app(module) or is_script(module):
        return
    for scope in module.scopes:
        for step in scope.steps:
            if isinstance(step.statement, f.Assign) and step.statement.value is not None:
                yield from _bindings(step, step.statement)


def _bindings(step: Step, statement: f.Assign) -> Iterator[LoggerBinding]:
    for assign in taken_apart(statement):
        factory = factory_in(step.scope, assign.value)
        for target in assign.targets if factory is not None else ():
            if factory is not None and isinstance(target, f.Name | f.Attribute):
                kind = kind_made_by(step.scope, factory)
                whole = assign if len(statement.targets) == 1 else statement
                yield LoggerBinding(step, whole, target, factory, kind)


def kind_made_by(scope: Scope, factory: f.Call) -> LoggerKind:
    """Return the kind of logger that *factory* makes, a call of one of the two functions."""
    stdlib = path_of(scope, factory.function) == STDLIB_FACTORY
    return LoggerKind.STDLIB if stdlib else LoggerKind.STRUCTLOG


def factory_in(scope: Scope, value: f.Expression | None) -> f.Call | None:
    """Return the call that makes the logger which *value* is, if that is what it is."""
    match value:
        case f.Call(function=function):
            if isinstance(function, f.Attribute) and function.name in REBINDING:
                return factory_in(scope, function.value)
            path = path_of(scope, function)
            if path in (STRUCTLOG_FACTORY, STDLIB_FACTORY):
                return value
            if path == "logging.LoggerAdapter":
                return factory_in(scope, value.arguments[0]) if value.arguments else None
        case f.Boolean(values=values):
            return next((x for v in values if (x := factory_in(scope, v)) is not None), None)
        case f.Conditional(body=body, otherwise=otherwise):
            return factory_in(scope, body) or factory_in(scope, otherwise)
    return None
