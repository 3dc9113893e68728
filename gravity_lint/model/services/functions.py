"""The functions and methods of services and repositories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gravity_lint.model.api.registration import api_modules
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.scopes import Function, Module
from gravity_lint.model.services.repository_classes import repository_classes
from gravity_lint.model.services.service_classes import service_classes


@by_module
def business_methods(module: Module) -> Iterable[Function]:
    """Return the methods of service and repository classes, each once."""
    return {
        method: None
        for business in (*service_classes.of(module), *repository_classes.of(module))
        for method in business.methods
    }


@by_module
def business_functions(module: Module) -> Iterator[Function]:
    """Return the methods of service and repository classes and all functions of their layers.

    In source order; functions inside functions and what registers endpoints are none.
    """
    methods = set(business_methods.of(module))
    in_layer = layer_of(module) in (Layer.SERVICES, Layer.REPOSITORIES)
    return (
        function
        for function in module.functions
        if function in methods
        or (
            in_layer
            and not isinstance(function.parent, Function)
            and module not in api_modules(module.service)
        )
    )
