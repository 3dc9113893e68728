"""Middlewares, and what is raised in them: beside all handlers but those of servers' errors.

What ``add_middleware`` puts in runs around Starlette's ``ExceptionMiddleware``,
which asks the handlers. What it raises itself meets none of them but that for ``Exception``.
"""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import ancestors, inherits, path_of, resolve
from gravity_lint.model.code.scopes import Class, Function
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.exceptions.escapes import escapes, own_raises

_BASE = "starlette.middleware.base.BaseHTTPMiddleware"
_MARKER = "starlette.middleware.Middleware"


@query
def _middleware_functions(service: Service) -> tuple[Function, ...]:
    """Return the functions of which middlewares of the app are made."""
    classes = {cls for cls in service.classes if inherits(cls, _BASE) is True} | {*_added(service)}
    found = [
        function
        for cls in classes
        if in_app(cls.module)
        for function in cls.walk()
        if isinstance(function, Function)
    ]
    found += (x for x in service.functions if any(_makes(d) for d in x.decorators))
    return tuple(found)


def _added(service: Service) -> Iterator[Class]:
    for scope in service.scopes:
        for site in scope.calls:
            named = site.call.function
            adds = isinstance(named, f.Attribute) and named.name == "add_middleware"
            if adds or path_of(scope, named) == _MARKER:
                symbol = resolve(scope, site.call.argument(0))
                if isinstance(symbol, Class):
                    yield symbol


def _makes(decorator: f.Expression) -> bool:
    match decorator:
        case f.Call(function=f.Attribute(name="middleware"), arguments=(f.Constant(value="http"),)):
            return True
    return False


@query
def _raised(service: Service) -> frozenset[object]:
    """Return the classes of what middlewares raise, themselves or in what they call."""
    found: set[object] = set()
    for function in _middleware_functions(service):
        found.update(thrown.symbol for _, thrown in own_raises(function.module).get(function, ()))
        found.update(escape.thrown.symbol for escape in escapes(function))
    return frozenset(found)


def is_raised_in_middleware(service: Service, cls: Class) -> bool:
    """Tell whether a middleware raises exceptions of class *cls*."""
    return any(isinstance(x, Class) and cls in ancestors(x) for x in _raised(service))
