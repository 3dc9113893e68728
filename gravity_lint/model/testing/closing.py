"""Asynchronous clients that tests make, and whether they are closed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.calls import makings_in
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.testing.clients import ASYNC_CLIENTS
from gravity_lint.model.testing.fixtures import Fixture, fixture_of
from gravity_lint.model.testing.tests import in_tests

_CLOSING = ("aclose", "__aexit__", "__aenter__")


class MadeClient(AtCall, Record, frozen=True):
    """One ``AsyncClient(...)`` in tests."""

    site: CallSite

    @property
    def name(self) -> str | None:
        """The name to which it is bound."""
        return self.site.bound_name

    @property
    def is_given_away(self) -> bool:
        """Tell whether the function that makes it returns or yields it at once."""
        return isinstance(self.site.step.statement, f.Return) or any(
            isinstance(outer, f.Yield) for outer in self.site.around
        )

    @property
    def fixture(self) -> Fixture | None:
        """The fixture that makes it."""
        scope = self.site.scope
        return fixture_of(scope) if isinstance(scope, Function) else None

    @property
    def may_be_awaited(self) -> bool:
        """Tell whether ``async with`` may stand where it is made."""
        return not isinstance(self.site.scope, Function) or self.site.scope.is_async

    @cached_property
    def closed(self) -> bool | None:
        """Tell whether it is closed; None if something else may do that."""
        site = self.site
        match site.step.statement:
            case f.With(items=items) if any(item.context is site.call for item in items):
                return True
        if self.name is None:
            return self._closed_unnamed()
        return self._closed_by_name(self.name)

    def _closed_unnamed(self) -> bool | None:
        """Answer for a client that is used on the spot."""
        inner: f.Expression = self.site.call
        for outer in reversed(self.site.around):
            match outer:
                case f.Attribute(value=value, name=name) if value is inner:
                    return name in _CLOSING
                case f.Await():
                    inner = outer
                case f.Yield(value=value) if value is inner:
                    return self._closed_by_fixture()
                case _:
                    return None  # handed to something: ``enter_async_context``, a constructor
        if isinstance(self.site.step.statement, f.Return):
            return self._closed_by_fixture() if inner is self.site.call else None
        # A bare statement, or what a function gives to its caller, or an attribute keeps.
        return (
            False
            if isinstance(self.site.step.statement, f.Evaluate) and (inner is self.site.call)
            else None
        )

    def _closed_by_fixture(self) -> bool | None:
        """Answer for a client that is only given away: a fixture has no caller to close it."""
        made = self.fixture
        return None if made is None or _closed_by_users(made) else False

    def _closed_by_name(self, name: str) -> bool | None:
        handed = False
        for scope in _reach(self.site.scope):
            if scope is not self.site.scope and name in scope.bindings:
                continue
            for step in scope.steps:
                answer = _closes(step, name, self.site.step)
                if answer:
                    return True
                handed = handed or answer is None
        if handed:
            return None
        if isinstance(self.site.scope, Module):
            return None if _is_imported(self.module, name) else False
        made = self.fixture
        if made is not None and self._is_yielded and _closed_by_users(made):
            return None
        return False

    @property
    def _is_yielded(self) -> bool:
        """Tell whether a generator yields it: a returned client counts as handed on."""
        return any(
            isinstance(inner, f.Yield) for step in self.site.scope.steps for inner in step.parts
        )


def _reach(scope: Scope) -> Iterator[Scope]:
    yield scope
    if isinstance(scope, Module):
        yield from scope.walk()
    else:
        for definition in getattr(scope, "definitions", ()):
            yield from _reach(definition)


def _closes(step: Step, name: str, made: Step) -> bool | None:
    """Tell whether *step* closes the client called *name*; None: it hands it on."""
    handed = False
    match step.statement:
        case f.With(items=items):
            if any(f.is_name(item.context, name) for item in items):
                return True
        case f.Return(value=value) if value is not None and _holds(value, name):
            handed = True
        case f.Assign(targets=targets, value=value) if value is not None and step is not made:
            if _holds(value, name) or any(isinstance(t, f.Attribute) for t in targets):
                handed = _holds(value, name)
    for inner in step.parts:
        match inner:
            case f.Attribute(value=value, name=method) if f.is_name(value, name):
                if method in _CLOSING:
                    return True
            case f.Call(arguments=arguments, keywords=keywords):
                given = (*arguments, *(k.value for k in keywords))
                handed = handed or any(_holds(x, name) for x in given)
    return None if handed else False


def _holds(expression: f.Expression, name: str) -> bool:
    """Tell whether *expression* is the thing called *name*, or a collection that holds it."""
    match expression:
        case f.Name():
            return expression.name == name
        case f.Collection(items=items):
            return any(_holds(item, name) for item in items)
        case f.Mapping(values=values):
            return any(_holds(value, name) for value in values)
        case f.Starred(value=value):
            return _holds(value, name)
        case f.Conditional(body=body, otherwise=otherwise):
            return _holds(body, name) or _holds(otherwise, name)
    return False


def _is_imported(module: Module, name: str) -> bool:
    """Tell whether another module of the service imports *name* from *module*."""
    return any(
        isinstance(step.statement, f.Import)
        and step.statement.name in (name, "*")
        and module.service.find(step.statement.module) is module
        for other in module.service.modules
        if other is not module
        for step in other.steps
    )


@query
def _closed_parameters(service: Service) -> frozenset[str]:
    """Return the names of parameters that tests and fixtures close or enter."""
    found: set[str] = set()
    for function in service.functions:
        if not in_tests(function.module):
            continue
        for parameter in function.arguments:
            if any(_closes(step, parameter.name, function.step) is True for step in function.steps):
                found.add(parameter.name)
    return frozenset(found)


def _closed_by_users(fixture: Fixture) -> bool:
    return fixture.name in _closed_parameters(fixture.module.service)


@by_module
def made_clients(module: Module) -> list[MadeClient]:
    """Return the asynchronous clients that tests and fixtures make, in source order."""
    made = makings_in(module, *ASYNC_CLIENTS) if in_tests(module) else ()
    found = [MadeClient(site) for site, _ in made]
    return sorted(found, key=lambda made: (made.span.line, made.span.column))
