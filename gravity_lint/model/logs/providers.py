"""Functions that FastAPI calls for a parameter, to give it a logger."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.annotations import markers
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import Variable, resolve
from gravity_lint.model.code.scopes import Function
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.types import provider_of


def provider_for(function: Function, parameter: f.Parameter) -> Function | None:
    """Return the function that FastAPI calls for *parameter*: ``Depends(get_logger)``."""
    for where, marker in markers(function.parent or function.module, parameter):
        kept = resolve(where, marker) if isinstance(marker, f.Name | f.Attribute) else None
        if isinstance(kept, Variable):
            where, marker = kept.scope, kept.value
        provider = provider_of(where, marker) if marker is not None else None
        if isinstance(provider, Function):
            return provider
    return None


def receivers_of(provider: Function) -> tuple[Variable, ...]:
    """Return the parameters of the app for which FastAPI calls *provider*."""
    return _receivers(provider.module.service).get(provider, ())


@query
def _receivers(service: Service) -> dict[Function, tuple[Variable, ...]]:
    found: dict[Function, list[Variable]] = {}
    for module in service.modules:
        for function in module.functions if in_app(module) else ():
            for parameter in function.parameters:
                if parameter.default is None and parameter.annotation is None:
                    continue
                provider = provider_for(function, parameter)
                if provider is not None:
                    found.setdefault(provider, []).append(Variable(function, parameter.name))
    return {provider: tuple(rows) for provider, rows in found.items()}
