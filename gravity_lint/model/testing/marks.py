"""Marks of tests: ``@pytest.mark.asyncio``, on the function, its class or its module."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.names import Variable, ancestors, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import references_to
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query

_MARK = "pytest.mark."
_KEEPS_COROUTINES = (
    "unittest.mock.patch",
    "freezegun.freeze_time",
    "time_machine.travel",
    "hypothesis.",
    "respx.mock",
    "moto.",
    "pytest_httpx.",
    "typing.",
    "functools.wraps",
    "staticmethod",
    "builtins.staticmethod",
    "builtins.classmethod",
)
"""Decorators under which an async function stays one."""


class Mark(Record, frozen=True):
    """One mark: its name, the expression that gives it, and its call if it has arguments."""

    name: str
    expression: f.Expression
    call: f.Call | None
    scope: Scope
    """Where the expression stands."""


def mark_of(scope: Scope, expression: f.Expression, names: int = 8) -> Mark | None:
    """Return the mark that *expression* is, also behind *names*; None if it is none."""
    call = expression if isinstance(expression, f.Call) else None
    named = call.function if call is not None else expression
    symbol = resolve(scope, named)
    if isinstance(symbol, Variable) and call is None and symbol.value is not None:
        return mark_of(symbol.scope, symbol.value, names - 1) if names else None
    path = getattr(symbol, "path", "")
    if not path.startswith(_MARK):
        return None
    return Mark(path.removeprefix(_MARK).partition(".")[0], expression, call, scope)


def marks_of_decorators(definition: Function | Class) -> Iterator[Mark | None]:
    """Yield what the decorators of *definition* mark it with; None for one that is not known."""
    scope = definition.parent or definition.module
    for decorator in definition.decorators:
        mark = mark_of(scope, decorator)
        if mark is not None:
            yield mark
            continue
        named = f.called(decorator)
        path = getattr(resolve(scope, named), "path", "")
        if not path.startswith(_KEEPS_COROUTINES):
            yield None


def listed_marks(scope: Scope) -> Iterator[Mark | None]:
    """Yield what ``pytestmark`` in a module or class gives; None for what is not known."""
    for binding in scope.bindings.get("pytestmark", ()):
        if isinstance(binding, Assigned) and not binding.unpacked and binding.value is not None:
            yield from _marks_in(scope, binding.value)
        else:
            yield None


def _marks_in(
    scope: Scope, value: f.Expression, seen: frozenset[Variable] = frozenset()
) -> Iterator[Mark | None]:
    match value:
        case f.Collection(items=items):
            for item in items:
                yield from _marks_in(
                    scope, item.value if isinstance(item, f.Starred) else item, seen
                )
        case f.Binary(operator="+", left=left, right=right):
            yield from _marks_in(scope, left, seen)
            yield from _marks_in(scope, right, seen)
        case f.Conditional():
            yield None
        case _:
            mark = mark_of(scope, value)
            symbol = resolve(scope, value) if mark is None else None
            if isinstance(symbol, Variable) and isinstance(symbol.value, f.Collection | f.Binary):
                if symbol not in seen:
                    yield from _marks_in(symbol.scope, symbol.value, seen | {symbol})
            else:
                yield mark


def marks_of(function: Function, classes: tuple[Class, ...]) -> tuple[Mark | None, ...]:
    """Return the marks of the test *function* that pytest finds in *classes*, nearest first.

    None among them stands for something that may be any mark.
    """
    found = [*marks_of_decorators(function)]
    for cls in classes:
        for ancestor in ancestors(cls):
            if isinstance(ancestor, Class):
                found += [*marks_of_decorators(ancestor), *listed_marks(ancestor)]
                outer = ancestor.parent
                while isinstance(outer, Class):
                    found += [*marks_of_decorators(outer), *listed_marks(outer)]
                    outer = outer.parent
            elif ancestor is None:
                found.append(None)
    modules = {function.module, *(cls.module for cls in classes)}
    for module in sorted(modules, key=lambda module: module.relative):
        found += _marks_of_module(module)
    return tuple(found)


def _marks_of_module(module: Module) -> tuple[Mark | None, ...]:
    """Return what ``pytestmark`` marks all of *module* with, also that of its packages."""
    return module.service.memory.ask(("marks of module", module), (), _marks_around, module)


def _marks_around(module: Module) -> tuple[Mark | None, ...]:
    found = list(listed_marks(module))
    if "pytestmark" not in module.bindings and module.stars:
        starred = resolve(module, f.Name(*module.span.place, "pytestmark"))
        if isinstance(starred, Variable):
            found += listed_marks(starred.scope)
    directory = module.relative.rpartition("/")[0]
    for package in _marked_packages(module.service):
        if f"{directory}/".startswith(f"{package}/"):
            found.append(None)  # pytest took it until version 8
    return tuple(found)


@query
def _marked_packages(service: Service) -> tuple[str, ...]:
    return tuple(
        module.relative.rpartition("/")[0]
        for module in service.modules
        if module.is_package and "pytestmark" in module.bindings
    )


@query
def uses_anyio(service: Service) -> bool:
    """Tell whether the service has tests that anyio's own plugin runs."""
    return any(True for _ in references_to(service, "pytest.mark.anyio")) or any(
        function.name == "anyio_backend" or function.parameter("anyio_backend") is not None
        for function in service.functions
    )
