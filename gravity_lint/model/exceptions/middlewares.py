"""Middlewares, and what is raised in them: beside all handlers but those of servers' errors.

What ``add_middleware`` puts in runs around Starlette's ``ExceptionMiddleware``,
which asks the handlers. What it raises itself meets none of them but that for ``Exception``.
"""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import ancestors, resolve
from gravity_lint.model.code.scopes import Class, Function
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.words import saying, words_of
from gravity_lint.model.exceptions.coverage import adds_middleware
from gravity_lint.model.exceptions.escapes import raised_by

_BASE = "starlette.middleware.base.BaseHTTPMiddleware"
_MARKER = "starlette.middleware.Middleware"
_ENTRIES = ("dispatch", "__call__")


@query
def _middleware_functions(service: Service) -> tuple[Function, ...]:
    """Return the functions of which middlewares of the app are made."""
    classes = {*heirs(service, _BASE), *_added(service)}
    found = [
        function
        for cls in classes
        if in_app(cls.module)
        for function in cls.walk()
        if isinstance(function, Function)
    ]
    found += _made(service)
    return tuple(found)


@query
def entries(service: Service) -> frozenset[Function]:
    """Return the coroutine functions that middlewares are entered by, with every request."""
    added = (cls.methods.get(name) for cls in _added(service) for name in _ENTRIES)
    found = (*added, *_made(service))
    return frozenset(x for x in found if x is not None and x.is_async and in_app(x.module))


def _made(service: Service) -> Iterator[Function]:
    """Yield the functions that are middlewares themselves: decorated, or given as ``dispatch``."""
    for site in _addings(service):
        given = resolve(site.scope, site.call.keyword("dispatch"))
        if isinstance(given, Function):
            yield given
    for module in saying(service, ("@middleware",)):
        for function in module.functions:
            if any(_makes(decorator) for decorator in function.decorators):
                yield function


def _added(service: Service) -> Iterator[Class]:
    for site in _addings(service):
        symbol = resolve(site.scope, site.call.argument(0))
        if isinstance(symbol, Class):
            yield symbol


def _addings(service: Service) -> Iterator[CallSite]:
    for module in saying(service, ("add_middleware", *words_of(service, _MARKER))):
        for scope in module.scopes:
            yield from filter(adds_middleware, scope.calls)


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
        found.update(thrown.symbol for thrown in raised_by(function))
    return frozenset(found)


def is_raised_in_middleware(service: Service, cls: Class) -> bool:
    """Tell whether a middleware raises exceptions of class *cls*."""
    return any(isinstance(x, Class) and cls in ancestors(x) for x in _raised(service))
