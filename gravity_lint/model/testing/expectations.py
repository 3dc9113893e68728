"""Expected exceptions: ``pytest.raises(...)``."""

from __future__ import annotations

from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.names import External, Variable, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtCall

_BROAD = ("builtins.Exception", "builtins.BaseException")


class Raises(AtCall, Record, frozen=True):
    """One call of ``pytest.raises``."""

    site: CallSite

    @cached_property
    def broad(self) -> tuple[str, ...] | None:
        """The expected classes that cover any failure; None if it is not known what is expected."""
        given = self.site.call.argument(0, "expected_exception")
        if given is None:
            return None
        symbol = resolve(self.site.scope, given)
        if isinstance(symbol, Variable) and isinstance(symbol.value, f.Collection):
            scope, given = symbol.scope, symbol.value
        else:
            scope = self.site.scope
        items = given.items if isinstance(given, f.Collection) else (given,)
        paths = [symbol.path for x in items if isinstance(symbol := resolve(scope, x), External)]
        return tuple(path.rpartition(".")[2] for path in paths if path in _BROAD)

    @cached_property
    def narrowed(self) -> bool:
        """Tell whether more than the class is expected: the message, or what is looked at later."""
        call = self.site.call
        if call.unpacks or call.keyword("match") is not None or call.keyword("check") is not None:
            return True
        name = self._bound_name
        if name is None:
            return False
        return any(
            isinstance(inner, f.Name) and inner.name == name
            for step in self.site.scope.steps
            if step.index > self.site.step.index
            for expression in step.expressions
            for inner in f.walk(expression)
        )

    @property
    def _bound_name(self) -> str | None:
        """The name that the caught exception gets."""
        match self.site.step.statement:
            case f.With(items=items):
                for item in items:
                    if item.context is self.site.call and isinstance(item.target, f.Name):
                        return item.target.name
            case f.Assign(targets=(f.Name(name=name),), value=value) if value is self.site.call:
                return name
        return None


@query
def expected_raises(service: Service) -> tuple[Raises, ...]:
    """Return the calls of ``pytest.raises``, module by module in source order."""
    return tuple(Raises(site) for site in calls_to(service, "pytest.raises"))
