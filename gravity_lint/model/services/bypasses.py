"""Which repositories endpoints call themselves, past the services."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.routing import endpoint_functions
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.names import External, Variable, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtWholeFunction
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.services.openings import opens
from gravity_lint.model.services.repository_classes import RepositoryClass, repository_classes
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

_DEEPEST = 3
_HARMLESS = frozenset(
    {
        *("builtins", "sqlalchemy", "re", "datetime", "decimal", "math", "string", "unicodedata"),
        *("uuid", "enum", "typing", "functools", "itertools", "operator", "collections"),
        *("hashlib", "hmac", "secrets", "json", "urllib", "dataclasses", "pydantic"),
    }
)
"""Top-level packages whose functions fetch and store nothing."""
_STORE_NAME = pattern(
    r"(?:^|_)(?:db|session|conn|connection|cursor|client|redis|engine|tx|uow|repo|repository|store"
    r"|collection|database|cache)$"
)
_STORE_TYPE = pattern(
    r"Session|Connection|Cursor|Client|Redis|Engine|UnitOfWork|Repository|Store|Collection"
    r"|Database|Cache"
)
_MANAGERS = ("objects", "query")


class RepositoryCall(Record, frozen=True):
    """A call of a repository: of a method of *repository*, or of a function of that layer."""

    site: CallSite
    repository: str

    @property
    def span(self) -> Span:
        """The call."""
        return self.site.span

    @property
    def name(self) -> str:
        """What is called, as the code writes it."""
        return f.render(self.site.call.function)


class EndpointFunction(AtWholeFunction, Record, frozen=True):
    """The function of an endpoint, and the repositories that it calls itself."""

    function: Function
    calls: tuple[RepositoryCall, ...]

    @property
    def name(self) -> str:
        """The bare name of the function."""
        return self.function.name


@by_module
def endpoints_beside_services(module: Module) -> Iterator[EndpointFunction]:
    """Return the functions of the endpoints, each once, if the service has a services layer."""
    functions = endpoint_functions.of(module)
    if functions and _has_services(module.service):
        repositories = _repositories(module.service)
        yield from (EndpointFunction(x, _calls(x, repositories)) for x in functions)


@query
def _has_services(service: Service) -> bool:
    return any(layer_of(m) is Layer.SERVICES and m.definitions for m in service.modules)


@query
def _repositories(service: Service) -> dict[Class, RepositoryClass]:
    return {repository.cls: repository for repository in repository_classes(service)}


def _calls(
    function: Function, repositories: dict[Class, RepositoryClass]
) -> tuple[RepositoryCall, ...]:
    found = []
    for site in function.calls:
        name = _repository(site, repositories)
        if name is not None:
            found.append(RepositoryCall(site, name))
    return tuple(found)


def _repository(site: CallSite, repositories: dict[Class, RepositoryClass]) -> str | None:
    """Return the repository of which *site* calls a method or function, None if of none."""
    if isinstance(site.call.function, f.Attribute):
        owner = type_of(site.scope, site.call.function.value)
        if owner is not None and owner.cls in repositories:
            return owner.name
    callee = callee_of(site.scope, site.call)
    if isinstance(callee, Function) and isinstance(callee.parent, Module):
        if layer_of(callee.module) is Layer.REPOSITORIES and _may_access_data(callee):
            return callee.module.name
    return None


# -- functions that access data ---------------------------------------------------------------


def _may_access_data(function: Function, depth: int = 0) -> bool:
    """Tell whether *function* may fetch or store anything: not what only makes a clause, say."""
    if function.is_async or function.is_generator or depth > _DEEPEST:
        return True
    if any(map(_may_hold_data, function.arguments)):
        return True
    if any(_may_access(function, site.call, depth) for site in function.calls):
        return True
    return any(
        isinstance(inner, f.Subscript) and _is_of_module(function, inner.value)
        for step in function.steps
        for inner in step.parts
    )


def _may_hold_data(parameter: f.Parameter) -> bool:
    """Tell whether *parameter* is what data is fetched through, by its type or its name."""
    typed = f.render(parameter.annotation) if parameter.annotation is not None else ""
    return _STORE_NAME.search(parameter.name) is not None or _STORE_TYPE.search(typed) is not None


def _may_access(function: Function, call: f.Call, depth: int) -> bool:
    callee = callee_of(function, call)
    match callee:
        case Function():
            return callee is not function and _may_access_data(callee, depth + 1)
        case Class():
            return opens(function, call)
        case External(path=path):
            if opens(function, call) or path == "builtins.open":
                return True
            return path.partition(".")[0] not in _HARMLESS
    receiver: f.Expression = call.function
    names: list[str] = []
    while isinstance(receiver, f.Attribute | f.Subscript | f.Call):
        if isinstance(receiver, f.Attribute):
            names.append(receiver.name)
        receiver = receiver.function if isinstance(receiver, f.Call) else receiver.value
    if not isinstance(receiver, f.Name):
        return False
    symbol = resolve(function, receiver)
    match symbol:
        case Variable(scope=scope):
            return isinstance(scope, Module)
        case Class():
            # `Order.status.in_(...)` asks a column, `Order.get(...)` and `Order.objects` the data.
            return len(names) == 1 or names[-1] in _MANAGERS
        case External(path=path):
            return path.partition(".")[0] not in _HARMLESS
    return True


def _is_of_module(function: Function, expression: f.Expression) -> bool:
    symbol = resolve(function, expression) if isinstance(expression, f.Name) else None
    return isinstance(symbol, Variable) and isinstance(symbol.scope, Module)
