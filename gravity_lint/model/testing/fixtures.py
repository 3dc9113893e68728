"""Fixtures, and which of them a test or another fixture gets by a name.

Facts from pytest: a name is looked for in the class, then in the module, then
in the ``conftest.py`` of each directory from the module's own up to the root,
then in plugins. A fixture that asks for its own name gets the one behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned, Imported
from gravity_lint.model.code.names import (
    External,
    Variable,
    ancestors,
    import_path,
    look_up,
    resolve,
)
from gravity_lint.model.code.questions import by_module, question
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import AtFunction
from gravity_lint.model.code.values import text_of, value_of
from gravity_lint.sources.spans import Span

SYNC = "pytest.fixture"
ASYNC = "pytest_asyncio.fixture"
_MAKERS = (SYNC, ASYNC, "pytest.yield_fixture", "pytest_asyncio.plugin.fixture")
_CONFTEST = "conftest.py"
_OBJECT = External("builtins.object")


class Fixture(AtFunction, Record, frozen=True):
    """A fixture; *maker* is what makes its function one, *call* is set if that has arguments."""

    function: Function
    decorator: f.Expression
    maker: str
    call: f.Call | None

    @property
    def span(self) -> Span:
        """The decorator."""
        return self.decorator.span

    @property
    def is_async(self) -> bool:
        """Tell whether its function is a coroutine function or an async generator."""
        return self.function.is_async

    @cached_property
    def name(self) -> str:
        """The name by which tests ask for it."""
        given = self._option("name")
        return (text_of(self._outside, given) if given is not None else None) or self.function.name

    @cached_property
    def scope(self) -> str | None:
        """How long it lives; None if that is not known."""
        given = self._option("scope")
        return "function" if given is None else text_of(self._outside, given)

    @cached_property
    def autouse(self) -> bool:
        """Tell whether every test in reach gets it unasked."""
        given = self._option("autouse")
        known = value_of(self._outside, given) if given is not None else None
        return known is not None and bool(known.value)

    def _option(self, name: str) -> f.Expression | None:
        return self.call.keyword(name) if self.call is not None else None

    @property
    def _outside(self) -> Scope:
        return self.function.parent or self.module

    @cached_property
    def given(self) -> tuple[f.Expression, ...]:
        """What it gives: the expressions that it yields, else those that it returns."""
        return results_of(self.function)

    @cached_property
    def yields(self) -> tuple[tuple[Step, f.Yield], ...]:
        """Its ``yield`` expressions with their steps."""
        return self.function.contents.yields

    @cached_property
    def teardown(self) -> tuple[Step, ...]:
        """The steps after the first ``yield``, and those of a ``finally``."""
        first = min((step.index for step, _ in self.yields), default=None)
        return tuple(
            step
            for step in self.function.steps
            if (first is not None and step.index > first)
            or any(block.part == "final" for block in step.block.ancestors())
        )


def results_of(function: Function) -> tuple[f.Expression, ...]:
    """Return what *function* yields, else what it returns."""
    yielded = tuple(
        x.value
        for step in function.steps
        for x in step.parts
        if isinstance(x, f.Yield) and x.value is not None and not x.delegates
    )
    return yielded or tuple(r.value for _, r in function.returned if r.value is not None)


def fixture_decorator(function: Function) -> tuple[f.Expression, str] | None:
    """Return the decorator that makes *function* a fixture, and what it is."""
    if not function.decorators:
        return None
    outside = function.parent or function.module
    for decorator in function.decorators:
        named = f.called(decorator)
        symbol = resolve(outside, named)
        if isinstance(symbol, Variable) and isinstance(symbol.value, f.Call):
            # ``session_fixture = partial(pytest.fixture, scope="session")``
            given = symbol.value.argument(0)
            symbol = resolve(symbol.scope, given) if given is not None else None
        path = getattr(symbol, "path", None)
        if path in _MAKERS:
            return decorator, ASYNC if path.startswith("pytest_asyncio") else SYNC
    return None


@question
def _fixtures(module: Module) -> dict[Function, Fixture]:
    found: dict[Function, Fixture] = {}
    for function in module.functions:
        made = fixture_decorator(function)
        if made is not None:
            decorator, maker = made
            call = decorator if isinstance(decorator, f.Call) else None
            found[function] = Fixture(function, decorator, maker, call)
    return found


@by_module
def fixtures(module: Module) -> Iterable[Fixture]:
    """Return every fixture, in source order."""
    return _fixtures(module).values()


def fixture_of(function: Function) -> Fixture | None:
    """Return *function* as a fixture, None if it is none."""
    return _fixtures(function.module).get(function)


def fixtures_in(module: Module) -> dict[str, Fixture]:
    """Return the fixtures that *module* defines or imports, by name."""
    return module.service.memory.ask(("fixtures in", module), {}, _fixtures_in, module)


def _fixtures_in(module: Module) -> dict[str, Fixture]:
    found: dict[str, Fixture] = {}
    for fact in module.stars:
        source = module.service.find(import_path(module, fact) or "", module)
        if source is not None and source is not module:
            found.update(fixtures_in(source))
    for name, bindings in module.bindings.items():
        if any(isinstance(b, Imported) for b in bindings):
            symbol = look_up(module, name)
            made = fixture_of(symbol) if isinstance(symbol, Function) else None
            if made is not None:
                renamed = made.name if made.name != made.function.name else name
                found[renamed] = made
    for definition in module.definitions:
        made = fixture_of(definition) if isinstance(definition, Function) else None
        if made is not None:
            found[made.name] = made
    return found


@query
def _conftests(service: Service) -> dict[str, Module]:
    """Return each ``conftest.py`` by its directory."""
    return {
        module.relative.rpartition("/")[0]: module
        for module in service.modules
        if module.relative.rpartition("/")[2] == _CONFTEST
    }


@query
def named_plugins(service: Service) -> tuple[str, ...]:
    """Return the dotted names under which ``pytest_plugins`` has plugins loaded."""
    return tuple(
        inner.value
        for module in service.modules
        for binding in module.bindings.get("pytest_plugins", ())
        if isinstance(binding, Assigned) and binding.value is not None
        for inner in f.walk(binding.value)
        if isinstance(inner, f.Constant) and isinstance(inner.value, str)
    )


@query
def _plugins(service: Service) -> tuple[Module, ...]:
    """Return the modules of the service that ``pytest_plugins`` names."""
    found = map(service.find, named_plugins(service))
    return tuple(plugin for plugin in found if plugin is not None)


def _sources(module: Module) -> Iterator[dict[str, Fixture]]:
    """Yield the fixtures that the functions of *module* see, near before far."""
    for source in _modules_seen(module):
        yield fixtures_in(source)


def _modules_seen(module: Module) -> Iterator[Module]:
    """Yield the modules in which pytest looks for what *module* asks for, near before far."""
    yield module
    conftests = _conftests(module.service)
    directory = module.relative.rpartition("/")[0]
    while True:
        conftest = conftests.get(directory)
        if conftest is not None and conftest is not module:
            yield conftest
        if not directory:
            break
        directory = directory.rpartition("/")[0]
    yield from _plugins(module.service)


def is_out_of_view(function: Function, name: str) -> bool:
    """Tell whether nothing that the service holds or imports could be the fixture *name*.

    It comes from a plugin of pytest then, or from a ``conftest.py`` that was left out.
    """
    owners = [x for x in ancestors(function.cls) if x != _OBJECT] if function.cls else []
    if not all(isinstance(owner, Class) for owner in owners):
        return False
    decorators = [d for x in (function, *owners) for d in x.decorators]  # type: ignore[union-attr]
    if any(
        isinstance(inner, f.Constant) and inner.value == name
        for decorator in decorators
        for inner in f.walk(decorator)
    ):
        return False  # a parameter of the test itself
    for source in _modules_seen(function.module):
        if name in source.bindings or "pytest_plugins" in source.bindings:
            return False
        if any(isinstance(s.statement, f.Import) and s.statement.name == "*" for s in source.steps):
            return False
    return fixture_for(function, name) is None


def fixture_for(function: Function, name: str, module: Module | None = None) -> Fixture | None:
    """Return the fixture that *function*, a test or fixture, gets for its parameter *name*.

    *module* is where the test stands that asks, if not in the function's own.
    """
    beyond = fixture_of(function)
    if function.cls is not None:
        for ancestor in ancestors(function.cls):
            if isinstance(ancestor, Class):
                for method in ancestor.methods.values():
                    made = fixture_of(method)
                    if made is not None and made.name == name and made is not beyond:
                        return made
    passed = beyond is None or beyond.name != name
    for source in _sources(module or function.module):
        made = source.get(name)
        if made is beyond and made is not None:
            passed = True
        elif made is not None and passed:
            return made
    return None


def requested(function: Function) -> Iterator[str]:
    """Yield the names of the fixtures that *function* asks for: parameters and ``usefixtures``."""
    for parameter in function.arguments:
        if parameter.default is None and parameter.kind not in (
            f.ParameterKind.VARIADIC,
            f.ParameterKind.VARIADIC_KEYWORD,
        ):
            yield parameter.name
    owner: Function | Class = function
    while True:
        outside = owner.parent or owner.module
        for decorator in owner.decorators:
            yield from _used(outside, decorator)
        for binding in outside.bindings.get("pytestmark", ()):
            if isinstance(binding, Assigned) and binding.value is not None:
                for inner in f.walk(binding.value):
                    yield from _used(outside, inner)
        if not isinstance(outside, Class):
            return
        owner = outside


def _used(scope: Scope, expression: f.Expression) -> Iterator[str]:
    if isinstance(expression, f.Call) and isinstance(expression.function, f.Attribute):
        if expression.function.name == "usefixtures":
            for argument in expression.arguments:
                text = text_of(scope, argument)
                if text is not None:
                    yield text


def closure(function: Function) -> tuple[Fixture, ...]:
    """Return every fixture that runs for the test or fixture *function*, autouse ones included."""
    return function.module.service.memory.ask(("closure", function), (), _closure, function)


def _closure(function: Function) -> tuple[Fixture, ...]:
    found: dict[Fixture, None] = {}
    pending = [(function, name) for name in requested(function)]
    pending += [(function, fixture.name) for fixture in _automatic(function)]
    while pending:
        asking, name = pending.pop()
        made = fixture_for(asking, name)
        if made is not None and made not in found:
            found[made] = None
            pending += [(made.function, inner) for inner in requested(made.function)]
    return tuple(found)


def _automatic_in(module: Module) -> tuple[Fixture, ...]:
    """Return the autouse fixtures of *module* and of the files around it."""
    return tuple(made for source in _sources(module) for made in source.values() if made.autouse)


def _automatic(function: Function) -> tuple[Fixture, ...]:
    """Return the autouse fixtures in reach of *function*."""
    memory, module = function.module.service.memory, function.module
    found = memory.ask(("automatic", module), (), _automatic_in, module)
    if function.cls is not None:
        for ancestor in ancestors(function.cls):
            if isinstance(ancestor, Class):
                own = (fixture_of(method) for method in ancestor.methods.values())
                found += tuple(made for made in own if made is not None and made.autouse)
    return found
