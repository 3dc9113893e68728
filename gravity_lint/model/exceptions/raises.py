"""The ``raise`` statements of services and repositories."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.handing import handed_over
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.names import External, Symbol, Variable, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import AtStep
from gravity_lint.model.exceptions.classes import Thrown, thrown_by
from gravity_lint.model.exceptions.clauses import Clause, clauses_by_trial
from gravity_lint.model.exceptions.escapes import passes, reraises

_ANY = External("builtins.Exception")


class Raising(AtStep, Record, frozen=True):
    """A ``raise`` that throws something known."""

    step: Step
    thrown: Thrown

    @property
    def function(self) -> str:
        """The bare name of the function that raises."""
        return self.label.rpartition(".")[2]

    @property
    def name(self) -> str:
        """The bare name of the exception class."""
        return self.thrown.name

    @property
    def written(self) -> str:
        """What the statement names: the class, or a constant of the service that is one of it."""
        expression, symbol = self._raised
        if isinstance(symbol, Variable) and isinstance(symbol.scope, Module):
            return f.render(expression)
        return self.name

    @property
    def made(self) -> Step:
        """Where the function makes what it throws: there, or where a variable is given it."""
        _, symbol = self._raised
        if isinstance(symbol, Variable) and symbol.scope is self.step.scope:
            for step in symbol.scope.steps:
                if isinstance(step.statement, f.Assign) and step.statement.value is symbol.value:
                    return step
        return self.step

    @property
    def _raised(self) -> tuple[f.Expression, Symbol | None]:
        statement = self.step.statement
        assert isinstance(statement, f.Raise)
        assert statement.exception is not None
        return statement.exception, resolve(self.step.scope, statement.exception)

    @property
    def leaves(self) -> bool:
        """Tell whether it certainly leaves the function: no ``except`` of its own takes it.

        One of the function around it is its own as well, where that alone calls it.
        """
        function = self.step.scope
        if not passes(self.step, self.thrown.symbol):
            return False
        if not isinstance(function, Function) or not isinstance(function.parent, Function):
            return True
        if handed_over(function):
            return True
        sites = tuple(calls_to(self.module.service, function))
        return not sites or any(passes(site.step, self.thrown.symbol) for site in sites)

    @property
    def let_through(self) -> Clause | None:
        """The clause that raises it again for its class, where another class would be kept."""
        rows = clauses_by_trial(self.module)
        for block in self.step.block.ancestors():
            clauses = rows[id(block.owner)] if isinstance(block.owner, f.Try) else ()
            if block.part == "body" and any(x.broad and not x.lets_pass(_ANY) for x in clauses):
                taking = next((x for x in clauses if x.takes(self.thrown.symbol)), None)
                by_any_class = taking is None or (taking.broad and taking.lets_pass(_ANY))
                return None if by_any_class else taking
        return None

    @property
    def path(self) -> str:
        """The dotted name of the exception class."""
        symbol = self.thrown.symbol
        return symbol.label if isinstance(symbol, Class) else symbol.path


@by_module
def raises_in_layers(module: Module) -> Iterator[Raising]:
    """Return what services and repositories raise by naming a class, re-raising aside."""
    judged = layer_of(module) in (Layer.SERVICES, Layer.REPOSITORIES)
    return (
        Raising(step, thrown)
        for function in (module.functions if judged else ())
        for step, statement in function.raised
        if not reraises(step) and _names_class(step, statement.exception)
        if (thrown := thrown_by(function, statement.exception)) is not None
    )


def _names_class(step: Step, expression: f.Expression | None) -> bool:
    """Tell whether the function itself names the class, or a constant that is made of it.

    Other variables were filled elsewhere.
    """
    scope: Scope = step.scope
    symbol = resolve(scope, expression)
    if isinstance(symbol, Variable) and (symbol.scope is scope or isinstance(symbol.scope, Module)):
        scope, expression = symbol.scope, symbol.value
    if isinstance(expression, f.Call):
        symbol = resolve(scope, expression.function)
    return isinstance(symbol, Class | External)
