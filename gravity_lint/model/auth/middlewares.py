"""What may authenticate before anything is routed: middlewares, and what is set up on the app."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.auth.credentials import (
    credential_reads,
    last_name,
    speaks_of_access,
)
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import (
    resolve,
)
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of, type_of


@query
def authenticates_before_routing(service: Service) -> bool:
    """Tell whether a middleware may authenticate, so that no endpoint need do so.

    By its name, or because it reads credentials; and whatever takes the app
    and is called so: ``setup_auth(app)``.
    """
    for scope in service.scopes:
        if not in_app(scope.module):
            continue
        for site in scope.calls:
            if _may_authenticate(site):
                return True
        for function in scope.definitions:
            if isinstance(function, Function) and _is_middleware(function) and _may_admit(function):
                return True
    return False


def _may_authenticate(site: CallSite) -> bool:
    call = site.call
    name = last_name(call.function)
    if isinstance(call.function, f.Call) and name == "middleware":
        made = resolve(site.scope, call.argument(0))  # ``app.middleware("http")(check)``
        return isinstance(made, Function) and _may_admit(made)
    if name in ("add_middleware", "Middleware"):
        given = call.argument(0, "middleware_class") or call.argument(0, "cls")
        dispatch = resolve(site.scope, call.keyword("dispatch"))
        if isinstance(dispatch, Function) and _may_admit(dispatch):
            return True
        return given is not None and _is_gate(site.scope, given)
    if name.endswith("Middleware"):
        return _is_gate(site.scope, call.function)
    if not speaks_of_access(name) or isinstance(callee_of(site.scope, call), Function):
        return False
    given_all = (*call.arguments, *(k.value for k in call.keywords))
    return any(_is_app(site.scope, argument) for argument in given_all)


def _is_gate(scope: Scope, given: f.Expression) -> bool:
    """Tell whether the middleware *given* may authenticate."""
    name = last_name(given)
    if speaks_of_access(name.removesuffix("Middleware")) and "Headers" not in name:
        return True
    symbol = resolve(scope, given)
    return isinstance(symbol, Class) and any(
        credential_reads(method) for method in symbol.methods.values()
    )


def _may_admit(middleware: Function) -> bool:
    """Tell whether the function *middleware* may decide who is let in."""
    return speaks_of_access(middleware.name) or bool(credential_reads(middleware))


def _is_middleware(function: Function) -> bool:
    return any(
        isinstance(decorator, f.Call)
        and isinstance(decorator.function, f.Attribute)
        and decorator.function.name == "middleware"
        for decorator in function.decorators
    )


def _is_app(scope: Scope, expression: f.Expression) -> bool:
    if not isinstance(expression, f.Name | f.Attribute):
        return False
    found = type_of(scope, expression)
    if found is not None:
        return not found.is_class and found.is_a("starlette.applications.Starlette")
    return isinstance(expression, f.Name) and expression.name in ("app", "application")
