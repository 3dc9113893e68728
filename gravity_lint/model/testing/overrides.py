"""Dependency overrides that tests set, and whether they are taken back.

An override is an item of ``app.dependency_overrides``. Taking back is any of
the ways to remove or restore items: ``clear``, ``pop``, ``del``, assigning the
mapping or an item anew when the test is over, in the function itself or in
something that pytest runs around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned, Received
from gravity_lint.model.code.names import External, Variable, ancestors, path_of, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import binding_at, mentions_of
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.subjects import AtFunction
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.testing.clients import is_run_by_pytest
from gravity_lint.model.testing.fixtures import Fixture, closure, fixture_for, fixture_of, fixtures
from gravity_lint.model.testing.reach import running
from gravity_lint.model.testing.tests import collected, in_tests
from gravity_lint.sources.spans import Span

_OVERRIDES = "dependency_overrides"
_REMOVING = ("clear", "pop", "popitem", "__delitem__")
_SETUPS = (
    *("setup_method", "setup_class", "setup_function", "setup_module"),
    *("setUp", "setUpClass", "asyncSetUp"),
)
"""Functions that pytest runs before tests, as unittest does."""
_TEARDOWNS = (
    "teardown",
    "teardown_method",
    "teardown_class",
    "teardown_function",
    "teardown_module",
    "tearDown",
    "tearDownClass",
    "asyncTearDown",
)
_LONG_LIVED = ("session", "package", "module", "class")
_DEEPEST = 4


class Overriding(AtFunction, Record, frozen=True):
    """A test or fixture that sets overrides; *first* is the statement that sets the first."""

    function: Function
    first: Step
    app: f.Expression

    @property
    def span(self) -> Span:
        """The statement that sets the override."""
        return self.first.span

    @property
    def extent(self) -> Span:
        """The lines of that statement."""
        return self.first.extent

    @cached_property
    def taken_back(self) -> bool | None:
        """Tell whether the overrides are taken back; None if that is not known."""
        if _takes_back_later(self.function, self.first):
            return True
        if _is_patched(self.function):
            return True
        if any(_cleans_up(fixture) for fixture in closure(self.function)):
            return True
        if any(_takes_back(function) for function in _teardowns(self.function)):
            return True
        own = fixture_of(self.function)
        if own is None:
            return False
        if own.scope != "function" and own.scope not in _LONG_LIVED:
            return None
        if own.scope == "session":
            return None  # it holds for all tests, as it is meant to
        if any(_cleans_up(other) for other in _asking_for(own)):
            return None  # whoever asks for both is clean; whether all do is not known
        return False

    @property
    def cleared_elsewhere(self) -> bool:
        """Tell whether something else removes overrides, before some later test maybe."""
        own = {id(scope) for scope in running(self.function)}
        scopes = {
            id(step.scope): step.scope
            for step in mentions_of(self.module.service, _OVERRIDES)
            if id(step.scope) not in own
        }
        return any(True for scope in scopes.values() for _ in _removals(scope))


def is_overrides(expression: f.Expression) -> bool:
    """Tell whether *expression* is the mapping of overrides of some application."""
    return isinstance(expression, f.Attribute) and expression.name == _OVERRIDES


def _set_by(step: Step) -> f.Expression | None:
    """Return the application of which *step* sets an override, None if it sets none."""
    match step.statement:
        case f.Assign(targets=targets, value=value):
            for target in targets:
                match target:
                    case f.Subscript(value=f.Attribute(value=app, name="dependency_overrides")):
                        return app
                    case f.Attribute(value=app, name="dependency_overrides"):
                        if isinstance(value, f.Mapping) and value.values:
                            return app
        case f.Evaluate(
            value=f.Call(
                function=f.Attribute(
                    value=f.Attribute(value=app, name="dependency_overrides"),
                    name="update" | "setdefault" | "__setitem__",
                )
            )
        ):
            return app
    return None


def _sets(function: Function) -> tuple[Step, f.Expression] | None:
    """Return the first statement of *function* that sets an override for what is to come."""
    late = _teardown_of(function)
    for scope in running(function):
        for step in scope.steps:
            app = _set_by(step)
            if app is not None and id(step.statement) not in late:
                return step, app
    return None


def _teardown_of(function: Function) -> frozenset[int]:
    """Return the statements of *function* that run when a fixture is torn down, or finally."""
    made = fixture_of(function)
    steps = made.teardown if made is not None else ()
    final = [
        step
        for scope in running(function)
        for step in scope.steps
        if any(block.part == "final" for block in step.block.ancestors())
    ]
    return frozenset(id(step.statement) for step in (*steps, *final))


def _removals(scope: Scope) -> Iterator[Step]:
    """Yield the steps of *scope* that remove overrides or put the mapping back."""
    for step in scope.steps:
        match step.statement:
            case f.Assign(targets=targets, value=value):
                if any(is_overrides(target) for target in targets):
                    if not (isinstance(value, f.Mapping) and value.values):
                        yield step
            case f.Delete(targets=targets):
                if any(isinstance(t, f.Subscript) and is_overrides(t.value) for t in targets):
                    yield step
        for inner in step.parts:
            if isinstance(inner, f.Attribute) and inner.name in _REMOVING:
                if is_overrides(inner.value):
                    yield step


def _takes_back_later(function: Function, first: Step) -> bool:
    """Tell whether *function* takes back after *first*, or in a function that it hands on."""
    late = _teardown_of(function)
    own = fixture_of(function)
    yields = own is not None and bool(own.yields)
    for scope in running(function):
        if any(_hands_removal(site) for site in scope.calls):
            return True
        for step in _removals(scope):
            if scope is not first.scope or id(step.statement) in late:
                return True
            # Before the ``yield`` of a fixture it is something else that is removed.
            if step.index > first.index and not yields:
                return True
        for step in scope.steps:
            if id(step.statement) in late and _set_by(step) is not None:
                return True
        for site in scope.calls:
            callee = callee_of(scope, site.call)
            if not isinstance(callee, Function) or callee is function:
                continue
            if _clears_when_drained(callee):
                return True
            if scope is first.scope and (yields or site.step.index <= first.index):
                if id(site.step.statement) not in late:
                    continue
            if _takes_back(callee):
                return True
    return _puts_back(function, first)


def _puts_back(function: Function, first: Step) -> bool:
    """Tell whether *function* at last sets the item that it sets *first* to what it was before.

    That is what the module has set it to for all its tests, or what the mapping was asked for.
    """
    written = _item(first)
    last = [step for step in first.scope.steps if written and _item(step) == written][-1:]
    if not last or last[0] is first:
        return False
    match last[0].statement:
        case f.Assign(value=f.Name() as value):
            return _is_of_overrides(first.scope, value) or any(
                _item(step) == written and _given(step) == value.name
                for step in function.module.steps
            )
    return False


def _item(step: Step) -> str:
    """Return how one writes the override that *step* sets, empty if it sets none."""
    match step.statement:
        case f.Assign(targets=(f.Subscript(value=owner) as item,)) if is_overrides(owner):
            return f.render(item)
    return ""


def _given(step: Step) -> str:
    value = step.statement.value if isinstance(step.statement, f.Assign) else None
    return value.name if isinstance(value, f.Name) else ""


def _is_of_overrides(scope: Scope, name: f.Name) -> bool:
    """Tell whether *name* holds what the mapping of overrides was asked for."""
    made = [x.value for x in scope.bindings.get(name.name, ()) if isinstance(x, Assigned)]
    return any(is_overrides(part) for value in made if value for part in f.walk(value))


def _clears_when_drained(function: Function) -> bool:
    """Tell whether *function* is a generator that removes overrides behind what it yields."""
    first = min((step.index for step, _ in function.contents.yields), default=None)
    return first is not None and any(step.index > first for step in _removals(function))


def _hands_removal(site: CallSite) -> bool:
    """Tell whether a removal is handed on, to be done later: ``addCleanup(overrides.clear)``."""
    return any(
        isinstance(x, f.Attribute) and x.name in _REMOVING and is_overrides(x.value)
        for x in site.call.given
    )


def _takes_back(function: Function, depth: int = _DEEPEST) -> bool:
    """Tell whether running *function* takes back overrides."""
    if any(True for scope in running(function) for _ in _removals(scope)):
        return True
    return depth > 0 and any(
        isinstance(callee := callee_of(function, site.call), Function)
        and callee is not function
        and _takes_back(callee, depth - 1)
        for site in function.calls
    )


def _cleans_up(fixture: Fixture) -> bool:
    """Tell whether *fixture* takes back overrides when it is torn down."""
    memory = fixture.module.service.memory
    return memory.ask(("cleans up", fixture), False, _takes_back_late, fixture)


def _takes_back_late(fixture: Fixture) -> bool:
    late = _teardown_of(fixture.function)
    return any(
        scope is not fixture.function or id(step.statement) in late
        for scope in running(fixture.function)
        for step in _removals(scope)
    ) or any(
        id(site.step.statement) in late
        and isinstance(callee := callee_of(fixture.function, site.call), Function)
        and _takes_back(callee)
        for site in fixture.function.calls
    )


def _is_patched(function: Function) -> bool:
    """Tell whether something restores the mapping: ``patch.dict(app.dependency_overrides)``."""
    for scope in running(function):
        for site in scope.calls:
            given = site.call.given
            if any(is_overrides(x) for x in given) and isinstance(site.call.function, f.Attribute):
                if site.call.function.name in ("dict", "setattr", "object"):
                    return True
            if isinstance(site.call.function, f.Attribute) and len(given) > 1:
                name = given[1]
                if site.call.function.name in ("setattr", "object"):
                    if isinstance(name, f.Constant) and name.value == _OVERRIDES:
                        return True
    return any(
        any(is_overrides(inner) for inner in f.walk(decorator))
        for decorator in function.decorators
        if (path_of(function.parent or function.module, f.called(decorator)) or "").startswith(
            "unittest.mock.patch"
        )
    )


def _teardowns(function: Function) -> Iterator[Function]:
    """Yield the teardown functions of the class and module of *function*."""
    if function.cls is not None:
        for ancestor in ancestors(function.cls):
            if isinstance(ancestor, Class):
                for name in _TEARDOWNS:
                    if name in ancestor.methods:
                        yield ancestor.methods[name]
    for definition in function.module.definitions:
        if isinstance(definition, Function) and definition.name in _TEARDOWNS:
            yield definition


def _asking_for(fixture: Fixture) -> Iterator[Fixture]:
    """Yield the fixtures that ask for *fixture*."""
    for other in fixtures(fixture.module.service):
        if other is not fixture and fixture in closure(other.function):
            yield other


@query
def overridings(service: Service) -> tuple[Overriding, ...]:
    """Return the tests and fixtures that set overrides on an application that outlives them."""
    found: list[Overriding] = []
    for function in _mentioning(service):
        row = _sets(function)
        if row is not None and _outlives(row[0].scope, row[1]):
            found.append(Overriding(function, *row))
    return tuple(found)


def _mentioning(service: Service) -> Iterator[Function]:
    """Yield the tests and fixtures that mention overrides, also in functions inside them."""
    seen: set[Function] = set()
    for step in mentions_of(service, _OVERRIDES):
        for scope in step.scope.outward():
            if isinstance(scope, Function) and scope not in seen and _is_run(scope):
                seen.add(scope)
                yield scope


def _is_run(function: Function) -> bool:
    """Tell whether *function* is a test, a fixture, or sets up the tests of its class or module."""
    if is_run_by_pytest(function):
        return True
    outside = function.parent
    return (
        function.name in _SETUPS
        and isinstance(outside, Class | Module)
        and in_tests(function.module)
    )


def _outlives(scope: Scope, app: f.Expression, depth: int = _DEEPEST) -> bool:
    """Tell whether the application *app* certainly is still there for the next test."""
    if depth == 0:
        return False
    symbol = resolve(scope, app)
    if isinstance(symbol, External):
        return True  # imported from where nobody looks: a module keeps it
    if not isinstance(symbol, Variable):
        return False
    if isinstance(symbol.scope, Module):
        return True
    match binding_at(symbol, app.span):
        case Assigned(value=f.Name() | f.Attribute() as value, unpacked=(), operator=""):
            return _outlives(symbol.scope, value, depth - 1)
        case Received(parameter=parameter):
            function = symbol.scope
            if not isinstance(function, Function) or not is_run_by_pytest(function):
                return False
            fixture = fixture_for(function, parameter.name)
            if fixture is None or not fixture.given:
                return False
            if collected(function) is None and fixture_of(function) is None:
                return False
            return fixture.scope in _LONG_LIVED or all(
                _outlives(fixture.function, value, depth - 1) for value in fixture.given
            )
    return False
