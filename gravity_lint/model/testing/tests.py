"""Tests as pytest collects them.

Facts from pytest's own collection: files by ``python_files`` below
``testpaths``, functions and methods by ``python_functions``, classes by
``python_classes`` if they have no constructor, and every ``unittest.TestCase``.
A pattern without a wildcard is a prefix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned, Imported
from gravity_lint.model.code.calls import calls_in, calls_to
from gravity_lint.model.code.closures import REGISTERING
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import (
    External,
    Variable,
    ancestors,
    imported,
    imports_any,
    path_of,
    resolve,
    written_out,
)
from gravity_lint.model.code.questions import by_module, question
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import mentions_of
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import AtFunction
from gravity_lint.model.testing.fixtures import fixture_decorator, named_plugins
from gravity_lint.model.testing.marks import Mark, marks_of

_UNITTEST = ("unittest.TestCase", "unittest.IsolatedAsyncioTestCase", "django.test.TestCase")
_ASYNC_WORDS = ("asyncio", "anyio", "trio", "coroutine", "is_async")
_HOOKS: dict[str, tuple[str, ...]] = {
    "pytest_collection_modifyitems": _ASYNC_WORDS,
    "pytest_itemcollected": _ASYNC_WORDS,
    "pytest_pycollect_makeitem": _ASYNC_WORDS,
    "pytest_pyfunc_call": _ASYNC_WORDS,
    "pytest_fixture_setup": _ASYNC_WORDS,
    "pytest_configure": ("asyncio_mode",),
    "pytest_load_initial_conftests": ("asyncio",),
}
"""Hooks that can decide how async tests run, and the words by which they show it."""
_MARKING = dict.fromkeys(
    ("pytest_collection_modifyitems", "pytest_itemcollected"), ("anyio", "trio")
)
"""Hooks that give tests marks: pytest-asyncio's has it await none of pytest's own fixtures."""
_PYTEST = ("pytest", "pytest_asyncio")
_RUNNERS = ("aiohttp.pytest_plugin", "pytest_aiohttp", "alt_pytest_asyncio", "pytest_tornasync")
"""Plugins that run async tests without a mark, and their async fixtures with them."""
_SCENARIOS = ("pytest_bdd.scenario", "pytest_bdd.scenario.scenario")


class CollectedTest(AtFunction, Record, frozen=True):
    """A test function; *classes* are those in which pytest finds it, if it is a method."""

    function: Function
    classes: tuple[Class, ...]

    @property
    def name(self) -> str:
        """Its bare name."""
        return self.function.name

    @cached_property
    def marks(self) -> tuple[Mark | None, ...]:
        """Its marks and those of its classes and module; None: something that may be any mark."""
        return marks_of(self.function, self.classes)

    @property
    def skipped(self) -> bool:
        """Tell whether it never runs."""
        return any(mark is not None and mark.name == "skip" for mark in self.marks)

    @cached_property
    def by_unittest(self) -> bool | None:
        """Tell whether its class is unittest's; None if that is not known."""
        answers = [is_unittest(cls) for cls in self.classes]
        if True in answers:
            return True
        return None if None in answers else False


def is_unittest(cls: Class) -> bool | None:
    """Tell whether *cls* is a ``unittest.TestCase``; None if that is not known."""
    known = True
    for ancestor in ancestors(cls):
        if isinstance(ancestor, External):
            if ancestor.path in _UNITTEST or ancestor.name.endswith("TestCase"):
                return True
            known = known and ancestor.path in ("builtins.object", "abc.ABC", "typing.Generic")
        elif ancestor is None:
            known = False
    return False if known else None


def named_by(patterns: tuple[str, ...], name: str) -> bool:
    """Tell whether pytest takes *name* by one of *patterns*."""
    return any(
        fnmatchcase(name, pattern)
        if any(wild in pattern for wild in "*?[")
        else name.startswith(pattern)
        for pattern in patterns
    )


def is_test_file(module: Module) -> bool:
    """Tell whether pytest looks for tests in *module*."""
    configuration = module.service.pytest
    path = module.relative
    name = path.rpartition("/")[2]
    if layer_of(module) is Layer.NONE:
        return False
    if configuration.testpaths and not any(
        directory in (".", "") or path == directory or fnmatchcase(path, f"{directory}/*")
        for directory in configuration.testpaths
    ):
        return False
    return any(
        fnmatchcase(f"/{path}" if "/" in pattern else name, f"*/{pattern}")
        if "/" in pattern
        else fnmatchcase(name, pattern)
        for pattern in configuration.python_files
    )


def in_tests(module: Module) -> bool:
    """Tell whether *module* holds tests or what they use."""
    return layer_of(module) is Layer.TESTS or is_test_file(module)


def holds_only_tests(module: Module) -> bool:
    """Tell whether *module* defines tests, and besides them only what they use.

    Whatever it is called: ``pytest benchmarks/bench_tokens.py`` runs what it is told to run.
    """
    tests = {x if cls is None else cls for x, cls in _tests_in(module)}
    return (
        bool(tests)
        and all(
            definition in tests
            or (
                isinstance(definition, Function)
                and (definition.name.startswith("_") or fixture_decorator(definition) is not None)
            )
            for definition in module.definitions
        )
        and not _runs_itself(module, {x for x in tests if isinstance(x, Function)})
    )


@query
def tested_out_of_view(service: Service) -> bool:
    """Tell whether tests beside the root may be those of the service: it has none of its own."""
    return service.unseen.tests and not any(map(in_tests, service.modules))


def tests_in_view(service: Service) -> str:
    """Return of which tests a rule speaks that says what none of them does, for people."""
    return "no test of this service" if service.unseen.tests else "no test"


@by_module
def collected_tests(module: Module) -> list[CollectedTest]:
    """Return the tests that pytest collects, in source order.

    Those that stand in *module*: other modules may collect them, for classes that inherit them.
    """
    heirs_of_own = heirs(module.service, *module.classes) if module.classes else ()
    found: dict[Function, list[Class]] = {}
    for collecting in sorted({module, *(x.module for x in heirs_of_own)}, key=lambda x: x.relative):
        for function, cls in _collected(collecting):
            if function.module is module:
                found.setdefault(function, []).extend([cls] if cls is not None else [])
    ordered = sorted(found, key=lambda function: (function.span.line, function.span.column))
    return [CollectedTest(function, tuple(found[function])) for function in ordered]


def collected(function: Function) -> CollectedTest | None:
    """Return *function* as a test, None if it is none."""
    return _tests(function.module).get(function)


@question
def _tests(module: Module) -> dict[Function, CollectedTest]:
    return {test.function: test for test in collected_tests.of(module)}


@question
def _collected(module: Module) -> tuple[tuple[Function, Class | None], ...]:
    """Return the tests that pytest finds in *module*, each with the class for which it does."""
    rows = tuple(_tests_in(module)) if is_test_file(module) else ()
    return () if rows and _runs_itself(module, {function for function, _ in rows}) else rows


def _runs_itself(module: Module, tests: set[Function]) -> bool:
    """Tell whether *module* is a script: it calls *tests* at once, or asks for ``__main__``.

    One that imports pytest is pytest's all the same.
    """
    if imports_any(module, _PYTEST):
        return False
    if any(site.scope is module for site in calls_in(module, *tests)):
        return True
    asks = any(
        isinstance(step.statement, f.If)
        and any(isinstance(x, f.Name) and x.name == "__name__" for x in f.walk(step.statement.test))
        for step in module.steps
    )
    return asks and any(
        any(True for _ in calls_to(module.service, test)) for test in tests if test.module is module
    )


def _tests_in(module: Module) -> Iterator[tuple[Function, Class | None]]:
    patterns = module.service.pytest.python_functions
    for definition in module.definitions:
        if isinstance(definition, Function):
            if _is_test(definition, patterns):
                yield definition, None
        else:
            yield from _tests_of(definition)


def _is_test(function: Function, patterns: tuple[str, ...]) -> bool:
    return (
        named_by(patterns, function.name)
        and fixture_decorator(function) is None
        and not _is_registered(function)
        and not _is_scenario(function)
        and not _makes_functions(function)
        and not _opted_out(function.parent or function.module, function.name)
    )


def _is_registered(function: Function) -> bool:
    """Tell whether an object keeps *function*, for which ``test`` is a word of its trade.

    As a task (``@celery_app.task(...)``), an endpoint or a command it is run by others than pytest.
    """
    for decorator in function.decorators:
        match f.called(decorator):
            case f.Attribute(value=owner, name=name) if name in REGISTERING:
                if isinstance(resolve(function.parent or function.module, owner), Variable):
                    return True
    return False


def _makes_functions(function: Function) -> bool:
    """Tell whether *function* gives one that stands in it: a decorator, ``test_step("name")``."""
    return any(
        isinstance(statement.value, f.Name)
        and isinstance(made := resolve(function, statement.value), Function)
        and made.parent is function
        for _, statement in function.returned
    )


def _is_scenario(function: Function) -> bool:
    """Tell whether *function* only stands for a scenario of pytest-bdd: its steps are elsewhere."""
    outside = function.parent or function.module
    return any(_makes_scenarios(outside, x) for x in function.decorators)


def _makes_scenarios(scope: Scope, decorator: f.Expression, depth: int = 4) -> bool:
    """Tell whether *decorator* is ``scenario(...)``, by any name and with any arguments given."""
    scope, named = written_out((scope, f.called(decorator)))
    if isinstance(named, f.Call):
        if path_of(scope, named.function) == "functools.partial":
            given = named.argument(0)
            return given is not None and depth > 0 and _makes_scenarios(scope, given, depth - 1)
        named = named.function
    match resolve(scope, named):
        case External(path=path):
            return path in _SCENARIOS
        case Function() as made:
            calls = (x.value for _, x in made.returned if isinstance(x.value, f.Call))
            return any(path_of(made, x.function) in _SCENARIOS for x in calls)
        case None if isinstance(named, f.Name):
            # ``scenario = partial(scenario, "orders.feature")`` below its import
            bindings = scope.module.bindings.get(named.name, ())
            facts = (x.fact for x in bindings if isinstance(x, Imported))
            symbols = (imported(scope.module, fact) for fact in facts)
            return any(isinstance(x, External) and x.path in _SCENARIOS for x in symbols)
    return False


def _opted_out(scope: Scope, name: str) -> bool:
    """Tell whether ``name.__test__ = False`` stands in *scope*."""
    return any(step.scope is scope and _opts_out(step, name) for step in _opting(scope))


def _opting(scope: Scope) -> tuple[Step, ...]:
    """Return the steps that mention ``__test__`` anywhere in the service."""
    return tuple(mentions_of(scope.module.service, "__test__"))


def _opts_out(step: Step, name: str) -> bool:
    match step.statement:
        case f.Assign(targets=(f.Attribute(value=f.Name(name=owner), name="__test__"),)):
            return owner == name
    return False


def _tests_of(cls: Class) -> Iterator[tuple[Function, Class]]:
    patterns = cls.module.service.pytest
    by_unittest = is_unittest(cls) is True
    if not by_unittest and not named_by(patterns.python_classes, cls.name):
        return
    seen: set[str] = set()
    for ancestor in ancestors(cls):
        if not isinstance(ancestor, Class):
            continue
        if not by_unittest and {"__init__", "__new__"} & ancestor.bindings.keys():
            return
        for binding in ancestor.bindings.get("__test__", ()) if ancestor is cls else ():
            if isinstance(binding, Assigned) and isinstance(binding.value, f.Constant):
                if binding.value.value is False:
                    return
    functions = ("test",) if by_unittest else patterns.python_functions
    for ancestor in ancestors(cls):
        if isinstance(ancestor, Class):
            for name, method in ancestor.methods.items():
                if name not in seen and _is_test(method, functions):
                    seen.add(name)
                    yield method, cls
    for definition in cls.definitions:
        if isinstance(definition, Class):
            yield from _tests_of(definition)


@query
def runs_are_known(service: Service) -> bool:
    """Tell whether it is known which async tests run without a mark: no hook or plugin decides."""
    return _are_left_to_pytest(service, _HOOKS)


@query
def fixtures_are_known(service: Service) -> bool:
    """Tell whether it is known which async fixtures are awaited: no hook or plugin decides."""
    return _are_left_to_pytest(service, _HOOKS | _MARKING)


def _are_left_to_pytest(service: Service, hooks: Mapping[str, tuple[str, ...]]) -> bool:
    if service.pytest.asyncio_mode is None:
        return False
    if any(name.startswith(_RUNNERS) for name in named_plugins(service)):
        return False
    return not any(
        function.name in hooks
        and isinstance(function.parent, Module)
        and _says(function, hooks[function.name])
        for function in service.functions
    )


def _says(hook: Function, words: tuple[str, ...]) -> bool:
    """Tell whether one of *words* occurs in *hook*, or in what of its module it uses."""
    scopes: list[Scope] = [hook, *hook.walk()]
    seen: set[str] = set()
    while scopes:
        scope = scopes.pop()
        for step in scope.steps:
            for inner in step.parts:
                match inner:
                    case f.Name(name=word) | f.Attribute(name=word):
                        pass
                    case f.Constant(value=str(word)):
                        pass
                    case _:
                        continue
                if any(part in word for part in words):
                    return True
                if isinstance(inner, f.Name) and word not in seen:
                    seen.add(word)
                    for binding in hook.module.bindings.get(word, ()):
                        defined = getattr(binding, "scope", None)
                        if isinstance(defined, Function):
                            scopes.append(defined)
                        value = getattr(binding, "value", None)
                        if value is not None and any(part in f.render(value) for part in words):
                            return True
    return False
