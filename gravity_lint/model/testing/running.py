"""How async tests and async fixtures get run: by which plugin, with or without a mark."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.references import references_to
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.testing.fixtures import Fixture, closure, fixtures
from gravity_lint.model.testing.marks import uses_anyio
from gravity_lint.model.testing.tests import (
    CollectedTest,
    collected_tests,
    fixtures_are_known,
    in_tests,
    runs_are_known,
)

MARKS = ("asyncio", "anyio", "trio", "asyncio_cooperative")
"""Marks with which a plugin runs an async test."""


@by_module
def async_fixtures(module: Module) -> Iterator[Fixture]:
    """Return the fixtures whose functions are async."""
    return (fixture for fixture in fixtures.of(module) if fixture.is_async)


@by_module
def async_tests(module: Module) -> Iterator[CollectedTest]:
    """Return the tests whose functions are async."""
    return (test for test in collected_tests.of(module) if test.function.is_async)


def run_by_plugin(test: CollectedTest, names: Collection[str] = MARKS) -> bool | None:
    """Tell whether something runs the async *test*; None if that is not known.

    *names* are those of the marks with which a plugin does.
    """
    service = test.module.service
    if not runs_are_known(service) or test.by_unittest is not False:
        return None
    if service.pytest.asyncio_mode == "auto":
        return True
    marks = test.marks
    if any(mark is not None and mark.name in names for mark in marks) or _by_anyio(test):
        return True
    # What is skipped for good is run by nobody, whatever else it is marked with.
    if any(mark is None or mark.name == "skip" for mark in marks) or any(
        mark is not None and mark.name == "parametrize" and _marks_its_sets(mark.call)
        for mark in marks
    ):
        return None
    return False


def _marks_its_sets(call: f.Call | None) -> bool:
    """Tell whether some of the parameter sets may bring marks of their own."""
    return call is not None and any(
        isinstance(inner, f.Call) and inner.keyword("marks") is not None
        for argument in call.given
        for inner in f.walk(argument)
    )


def _by_anyio(test: CollectedTest) -> bool:
    """Tell whether anyio's plugin runs *test*: it is marked, or gets ``anyio_backend``."""
    if not uses_anyio(test.module.service):
        return False
    if any(mark is not None and mark.name == "anyio" for mark in test.marks):
        return True
    if test.function.parameter("anyio_backend") is not None:
        return True
    return any(
        fixture.name == "anyio_backend" or fixture.function.parameter("anyio_backend") is not None
        for fixture in closure(test.function)
    )


@query
def _run_by_anyio(service: Service) -> frozenset[Fixture]:
    """Return the fixtures of the tests that anyio's plugin runs."""
    return frozenset(
        fixture
        for test in collected_tests(service)
        if _by_anyio(test)
        for fixture in closure(test.function)
    )


@query
def _used(service: Service) -> frozenset[Fixture]:
    """Return the fixtures of all tests."""
    return frozenset(
        fixture for test in collected_tests(service) for fixture in closure(test.function)
    )


@query
def _awaited_names(service: Service) -> frozenset[str]:
    """Return the parameters that tests and fixtures await or iterate over themselves."""
    found: set[str] = set()
    for function in service.functions:
        if not in_tests(function.module) or not function.is_async:
            continue
        names = {parameter.name for parameter in function.arguments}
        for step in function.steps:
            if isinstance(step.statement, f.For) and step.statement.is_async:
                found |= _named(step.statement.iterable, names)
            for inner in step.parts:
                match inner:
                    case f.Await(value=value):
                        found |= _named(value, names)
                    case f.Attribute(value=value, name="__anext__" | "asend"):
                        found |= _named(value, names)
                    case f.Call(function=f.Name(name="anext"), arguments=(value, *_)):
                        found |= _named(value, names)
    return frozenset(found)


def _named(expression: f.Expression, names: set[str]) -> set[str]:
    return {expression.name} & names if isinstance(expression, f.Name) else set()


def awaited_for(fixture: Fixture) -> bool | None:
    """Tell whether a plugin awaits an async *fixture* of pytest's own decorator; None: unknown."""
    service = fixture.module.service
    if not fixtures_are_known(service):
        return None
    if service.pytest.asyncio_mode == "auto":
        return True
    if fixture.name in _awaited_names(service) or len(fixture.function.decorators) > 1:
        return None
    if any(True for _ in references_to(service, "pytest.mark.trio")):
        return None  # its plugin may run the fixture as well
    if uses_anyio(service):
        if fixture in _run_by_anyio(service):
            return True
        if fixture not in _used(service):
            return None
    return False
