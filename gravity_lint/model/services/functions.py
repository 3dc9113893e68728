"""The functions and methods of services and repositories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.registration import api_modules
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.names import resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.scripts import is_command_line
from gravity_lint.model.services.business import is_given_session
from gravity_lint.model.services.repository_classes import repository_classes
from gravity_lint.model.services.service_classes import service_classes
from gravity_lint.model.services.sessions import session_calls_of, session_parameters


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


@by_module
def session_functions(module: Module) -> Iterator[Function]:
    """Return the functions of the layers that work with a session and stand in no class.

    A team that writes its services and repositories as functions has these for methods. What takes
    no session and opens none may be anything, what gives its session to others is where they have
    theirs from, one that FastAPI gives a session is a dependency, and one that a library's
    decorator takes is a task, a route or a command.
    """
    return (
        function
        for function in business_functions.of(module)
        if function.cls is None
        and not function.is_generator
        and _has_session(function)
        and all(_is_own(function, decorator) for decorator in function.decorators)
        and not is_command_line(module)
    )


def _has_session(function: Function) -> bool:
    if session_parameters(function):
        return not is_given_session(function)
    return bool(session_calls_of(function))


def _is_own(function: Function, decorator: f.Expression) -> bool:
    """Tell whether *decorator* certainly is of the service itself."""
    return isinstance(resolve(function.parent or function, f.called(decorator)), Function | Class)
