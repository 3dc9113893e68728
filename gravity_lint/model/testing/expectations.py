"""Expected exceptions: ``pytest.raises(...)``."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.calls import calls_in
from gravity_lint.model.code.names import External, Variable, resolve
from gravity_lint.model.code.questions import by_module, calling
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtCall

_BROAD = ("builtins.Exception", "builtins.BaseException")


class Raises(AtCall, Record, frozen=True):
    """One call of ``pytest.raises``."""

    site: CallSite

    @cached_property
    def broad(self) -> tuple[str, ...] | None:
        """The expected classes that cover any failure; None if it is not known what is expected."""
        if not self._expected:
            return None
        symbols = [resolve(scope, x) for scope, x in self._expected]
        paths = [symbol.path for symbol in symbols if isinstance(symbol, External)]
        return tuple(path.rpartition(".")[2] for path in paths if path in _BROAD)

    @property
    def is_one_of_several(self) -> bool:
        """Tell whether others are named beside what covers any failure."""
        return len(self._expected) > len(self.broad or ())

    @cached_property
    def _expected(self) -> tuple[tuple[Scope, f.Expression], ...]:
        """The expected classes, each with where it is named; none if that is not known."""
        scope: Scope = self.site.scope
        given = self.site.call.argument(0, "expected_exception")
        if given is None:
            return ()
        symbol = resolve(scope, given)
        if isinstance(symbol, Variable) and isinstance(symbol.value, f.Collection):
            scope, given = symbol.scope, symbol.value
        items = given.items if isinstance(given, f.Collection) else (given,)
        return tuple((scope, x) for x in items)

    @cached_property
    def narrowed(self) -> bool | None:
        """Tell whether more than the class is expected; None if that is not known.

        That is the message, or what is looked at later, on the result or by its name.
        """
        site = self.site
        if site.call.unpacks or any(map(self._says, ("match", "check"))):
            return True
        if site.around:
            if isinstance(site.around[-1], f.Attribute | f.Subscript):
                return True  # ``pytest.raises(...).match("no")``, ``str(pytest.raises(...).value)``
            return None if self._is_handed_on else False
        match site.step.statement:
            case f.With(items=items):
                targets = [item.target for item in items if item.context is site.call]
                target = targets[0] if targets else None
            case f.Assign(targets=(target, *_)):
                pass
            case f.Return():
                return None
            case _:
                return False
        match target:
            case None:
                return False
            case f.Name(name=name):
                return self._is_looked_at(name)
        return None  # an attribute, which anybody may look at

    def _says(self, name: str) -> bool:
        given = self.site.call.keyword(name)
        return given is not None and not (
            isinstance(given, f.Constant) and given.value in (None, "")
        )

    @property
    def _is_handed_on(self) -> bool:
        """Tell whether something else uses it, and may look at what was raised."""
        step = self.site.step
        if isinstance(step.statement, f.FunctionDefinition):
            # A parameter set: ``with expectation as raised:`` in the test itself.
            return any(
                isinstance(inner.statement, f.With)
                and any(item.target is not None for item in inner.statement.items)
                for function in self.site.scope.definitions
                if isinstance(function, Function) and function.step is step
                for inner in function.steps
            )
        return not isinstance(step.statement, f.Evaluate) or any(
            isinstance(outer, f.Call) for outer in self.site.around
        )

    def _is_looked_at(self, name: str) -> bool:
        """Tell whether the result, called *name*, is read later on, if only to enter it."""
        later = (
            expression
            for scope in (self.site.scope, *self.site.scope.walk())
            for step in scope.steps
            if scope is not self.site.scope or step.index > self.site.step.index
            for expression in step.expressions
        )
        return any(
            isinstance(inner, f.Name) and inner.name == name
            for expression in later
            for inner in f.walk(expression)
        )


@by_module(where=calling("pytest.raises"))
def expected_raises(module: Module) -> Iterator[Raises]:
    """Return the calls of ``pytest.raises``, in source order."""
    return (Raises(site) for site in calls_in(module, "pytest.raises"))
