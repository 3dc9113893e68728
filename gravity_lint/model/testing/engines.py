"""Database engines that fixtures create, and the session factories of tests."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.calls import calls_in
from gravity_lint.model.code.names import External, resolve
from gravity_lint.model.code.questions import by_module, calling
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.code.values import value_of
from gravity_lint.model.testing.fixtures import Fixture, closure, fixture_of, fixtures
from gravity_lint.model.testing.reach import running
from gravity_lint.model.testing.tests import in_tests

_ENGINES = (
    "sqlalchemy.ext.asyncio.create_async_engine",
    "sqlalchemy.create_engine",
    "sqlmodel.create_engine",
    "sqlalchemy.ext.asyncio.async_engine_from_config",
)
_SESSION = "sqlalchemy.ext.asyncio.AsyncSession"
_ASYNC_MAKER = "sqlalchemy.ext.asyncio.async_sessionmaker"
_MAKER = "sqlalchemy.orm.sessionmaker"
_DEEPEST = 4
_RUNNERS = ("asyncio.run", "anyio.run", "anyio.from_thread.run", "trio.run", "uvloop.run")


class MadeEngine(AtCall, Record, frozen=True):
    """An engine that the function of *fixture* creates."""

    site: CallSite
    fixture: Fixture

    @property
    def label(self) -> str:
        """The dotted name of the fixture's function."""
        return self.fixture.label

    @property
    def is_async(self) -> bool:
        """Tell whether disposing of it has to be awaited."""
        callee = callee_of(self.site.scope, self.site.call)
        return isinstance(callee, External) and callee.path.startswith("sqlalchemy.ext.asyncio.")

    @cached_property
    def runner(self) -> f.Expression | None:
        """What the fixture, which is no coroutine function, runs coroutines with; None if nothing.

        As a coroutine function it could not: a loop would be running already.
        """
        function = self.fixture.function
        if function.is_async:
            return None
        for site in function.calls:
            called = site.call.function
            symbol = resolve(function, called)
            if isinstance(symbol, External) and symbol.path in _RUNNERS:
                return called
            if isinstance(called, f.Attribute) and called.name == "run_until_complete":
                return called
        return None

    @property
    def ends_here(self) -> bool:
        """Tell whether nobody has a use for it once the fixture is done, as far as is seen.

        The fixture gives nothing, and leaves nothing behind that may hold the engine.
        """
        function = self.fixture.function
        return (
            not self.fixture.given
            and not self.fixture.yields
            and not any(function.walk())
            and all(
                isinstance(target, f.Name)
                for step in function.steps
                if isinstance(step.statement, f.Assign)
                for target in step.statement.targets
            )
        )

    @cached_property
    def disposed(self) -> bool | None:
        """Tell whether it is disposed of when the fixture is done; None if that is not known."""
        if _is_unpooled(self.site):
            return None
        if self._is_disposed_of:
            return True
        name = self.site.bound_name
        if name is None and not self._is_given:
            return None
        if name is not None and self._is_handed_on(name):
            return None
        if any(
            _disposes(other.function, 1)
            for other in fixtures(self.module.service)
            if self.fixture in closure(other.function)
            if self.fixture.given or not _makes_engine(other)
        ):
            return None
        return False

    @property
    def _is_disposed_of(self) -> bool:
        """Tell whether the fixture disposes of it when nobody needs it any more.

        What happens before the ``yield`` happens before the test, unless it is only handed on to
        be done later, or the fixture has no use for the engine afterwards.
        """
        function = self.fixture.function
        late = {id(step.statement) for step in self.fixture.teardown}
        for scope in running(function):
            for step in scope.steps:
                if scope is function and self.fixture.yields and id(step.statement) not in late:
                    if not (_hands_dispose(step) or self._is_done_with(step)):
                        continue
                if _mentions_dispose(step):
                    return True
            for site in scope.calls:
                early = scope is function and id(site.step.statement) not in late
                if early and self.fixture.yields:
                    continue
                callee = callee_of(scope, site.call)
                if isinstance(callee, Function) and callee is not function:
                    if _disposes(callee, _DEEPEST - 1):
                        return True
        return False

    def _is_done_with(self, step: Step) -> bool:
        """Tell whether *step*, a disposal, is the last that the fixture does with the engine."""
        name = self.site.bound_name
        if name is None or name not in {x.name for x in _names_in(step)}:
            return False
        return not any(
            inner.name == name
            for later in self.fixture.function.steps
            if later.index > step.index
            for inner in _names_in(later)
        )

    @property
    def _is_given(self) -> bool:
        """Tell whether the fixture gives it on the spot: ``return create_engine(...)``."""
        return any(value is self.site.call for value in self.fixture.given)

    def _is_handed_on(self, name: str) -> bool:
        """Tell whether something that is not known gets the engine, or an attribute keeps it."""
        for scope in (self.fixture.function, *self.fixture.function.walk()):
            if any(isinstance(s.statement, f.Global) for s in scope.steps):
                return True
            for step in scope.steps:
                match step.statement:
                    case f.Assign(targets=targets, value=f.Name(name=given)) if given == name:
                        if any(not isinstance(t, f.Name) for t in targets):
                            return True
            for site in scope.calls:
                if not any(isinstance(x, f.Name) and x.name == name for x in site.call.given):
                    continue
                callee = callee_of(scope, site.call)
                if isinstance(callee, External) and callee.path.startswith(
                    ("sqlalchemy.", "sqlmodel.", "builtins.")
                ):
                    continue
                if isinstance(callee, Function) and not _disposes(callee, 1):
                    continue
                if _is_schema_call(site.call):
                    continue
                return True
        return False


def _is_schema_call(call: f.Call) -> bool:
    """Tell whether *call* creates or drops tables: ``Base.metadata.create_all(engine)``."""
    return isinstance(call.function, f.Attribute) and call.function.name in (
        "create_all",
        "drop_all",
        "configure",
    )


def _names_in(step: Step) -> Iterator[f.Name]:
    for inner in step.parts:
        if isinstance(inner, f.Name):
            yield inner


def _mentions_dispose(step: Step) -> bool:
    return any(isinstance(inner, f.Attribute) and inner.name == "dispose" for inner in step.parts)


def _hands_dispose(step: Step) -> bool:
    """Tell whether *step* hands the disposal on, to be done later: ``addfinalizer(x.dispose)``."""
    return any(
        isinstance(given, f.Attribute) and given.name == "dispose"
        for inner in step.parts
        if isinstance(inner, f.Call)
        for given in inner.given
    )


def _disposes(function: Function, depth: int) -> bool:
    """Tell whether *function* disposes of an engine, itself or through what it calls."""
    if any(_mentions_dispose(step) for scope in running(function) for step in scope.steps):
        return True
    return depth > 1 and any(
        isinstance(callee := callee_of(function, site.call), Function)
        and callee is not function
        and _disposes(callee, depth - 1)
        for site in function.calls
    )


def _is_unpooled(site: CallSite) -> bool:
    """Tell whether the engine keeps no connections: nothing is left to dispose of."""
    given = site.call.keyword("poolclass")
    if given is None:
        return site.call.unpacks
    symbol = resolve(site.scope, given)
    return isinstance(symbol, External) and symbol.name == "NullPool"


@by_module(where=calling(*_ENGINES))
def engines_of_fixtures(module: Module) -> Iterator[MadeEngine]:
    """Return the engines that fixtures create, in source order."""
    for site in calls_in(module, *_ENGINES):
        for scope in site.scope.outward():
            made = fixture_of(scope) if isinstance(scope, Function) else None
            if made is not None:
                yield MadeEngine(site, made)
                break


def _makes_engine(fixture: Fixture) -> bool:
    """Tell whether *fixture* has an engine of its own to dispose of."""
    made = engines_of_fixtures.of(fixture.module)
    return any(engine.fixture.function is fixture.function for engine in made)


class SessionMaker(AtCall, Record, frozen=True):
    """A factory of asynchronous sessions that tests make."""

    site: CallSite

    @cached_property
    def expires(self) -> bool | None:
        """Tell whether its sessions expire what they hold on commit; None if not known."""
        call = self.site.call
        given = call.keyword("expire_on_commit")
        if given is not None:
            known = value_of(self.site.scope, given)
            return bool(known.value) if known is not None else None
        if any(keyword.name is None for keyword in call.keywords) or self._is_set_later:
            return None
        return True

    @property
    def _is_set_later(self) -> bool:
        """Tell whether the factory is configured, or called, with a value of its own."""
        match self.site.step.statement:
            case f.Assign(targets=(f.Name(name=name) | f.Attribute(name=name),)):
                pass
            case _:
                return False
        for scope in self.module.scopes:
            for site in scope.calls:
                if site.call.keyword("expire_on_commit") is None:
                    continue
                match site.call.function:
                    case f.Name(name=called) | f.Attribute(name=called) if called == name:
                        return True
                    case f.Attribute(
                        value=f.Name(name=owner) | f.Attribute(name=owner), name="configure"
                    ) if owner == name:
                        return True
        return False


@by_module(where=calling(_ASYNC_MAKER, _MAKER))
def session_makers(module: Module) -> list[SessionMaker]:
    """Return the factories of asynchronous sessions that tests make, in source order."""
    found: list[SessionMaker] = []
    for site in calls_in(module, _ASYNC_MAKER, _MAKER) if in_tests(module) else ():
        callee = callee_of(site.scope, site.call)
        if isinstance(callee, External) and callee.path == _MAKER:
            given = resolve(site.scope, site.call.argument(1, "class_"))
            if not (isinstance(given, External) and given.path == _SESSION):
                continue
        found.append(SessionMaker(site))
    return sorted(found, key=lambda made: (made.span.line, made.span.column))
