"""Which repositories endpoints call themselves, past the services."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.routing import endpoint_functions
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtFunction
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.services.business import RepositoryClass, repository_classes
from gravity_lint.sources.spans import Span


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


class EndpointFunction(AtFunction, Record, frozen=True):
    """The function of an endpoint, and the repositories that it calls itself."""

    function: Function
    calls: tuple[RepositoryCall, ...]

    @property
    def extent(self) -> Span:
        """The function's head, and its body: a suppression counts at the call as well."""
        whole, body = self.function.extent, self.function.definition.span
        return Span(whole.line, whole.column, body.end_line, body.end_column)

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
        if layer_of(callee.module) is Layer.REPOSITORIES:
            return callee.module.name
    return None
