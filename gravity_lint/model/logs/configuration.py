"""Which modules configure logging."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.frameworks import CHANGING_LISTS
from gravity_lint.model.code.names import Variable, path_of, resolve
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.logs.calls import log_calls_by_scope
from gravity_lint.model.logs.kinds import LoggerKind, logger_kind
from gravity_lint.model.logs.loggers import factory_in

_CONFIGURING = (
    "logging.basicConfig",
    "logging.config.dictConfig",
    "logging.config.fileConfig",
    "coloredlogs.install",
    "structlog.configure",
    "structlog.configure_once",
)
_SERVING = ("uvicorn.run", "uvicorn.Config")
SETTING_UP = frozenset({"addHandler", "removeHandler", "addFilter", "removeFilter", "setLevel"})
"""The methods of a logger that configure it."""
_SETTINGS = frozenset({"handlers", "propagate", "disabled", "level", "filters"})
_NULL_HANDLER = "logging.NullHandler"


@query
def configuring_modules(service: Service) -> frozenset[Module]:
    """Return the modules that configure logging: for all, or for loggers that are not their own.

    Those are also the ones that hold, or make, the configuration that another module puts in force.
    """
    sites = [*calls_to(service, *_CONFIGURING)]
    found = {site.module for site in sites}
    for site in sites:
        held = _module_of(site.scope, site.call.argument(0, "config"))
        if held is not None:
            found.add(held)
    for site in calls_to(service, *_SERVING):
        held = _module_of(site.scope, site.call.argument(None, "log_config"))
        if held is not None:
            found.add(held)
    for scope in service.scopes:
        if scope.module not in found and any(map(_configures, scope.steps)):
            found.add(scope.module)
    for scope in service.scopes:
        if scope.module not in found and any(map(_sets_up, scope.calls)):
            found.add(scope.module)
    return frozenset(found)


def _module_of(scope: Scope, given: f.Expression | None) -> Module | None:
    """Return the module whose variable, or whose function's answer, *given* is."""
    symbol = resolve(scope, f.called(given))
    if isinstance(symbol, Variable) and isinstance(symbol.scope, Module):
        return symbol.scope
    return symbol.module if isinstance(symbol, Function) else None


def _configures(step: Step) -> bool:
    """Tell whether *step* assigns what a logger of the standard library goes by."""
    statement = step.statement
    return isinstance(statement, f.Assign) and any(
        isinstance(target, f.Attribute)
        and target.name in _SETTINGS
        and logger_kind(step.scope, target.value) is LoggerKind.STDLIB
        for target in statement.targets
    )


def _sets_up(site: CallSite) -> bool:
    """Tell whether a call gives a logger its handlers, or a level to one of others.

    Whose own logger is made more or less talkative still only logs.
    """
    function = site.call.function
    match function:
        case f.Attribute(value=f.Attribute(value=owner, name="handlers"), name=name):
            return name in CHANGING_LISTS and logger_kind(site.scope, owner) is LoggerKind.STDLIB
    if not isinstance(function, f.Attribute) or function.name not in SETTING_UP:
        return False
    if logger_kind(site.scope, function.value) is not LoggerKind.STDLIB:
        return False
    if function.name == "setLevel":
        return not _is_own(site.scope, function.value)
    given = site.call.argument(0)
    nothing = isinstance(given, f.Call) and path_of(site.scope, given.function) == _NULL_HANDLER
    return not nothing


def _is_own(scope: Scope, receiver: f.Expression) -> bool:
    """Tell whether *receiver* is a logger that its module makes, by a name, and logs with."""
    if not isinstance(receiver, f.Name | f.Attribute):
        return False
    symbol = resolve(scope, receiver)
    if isinstance(symbol, Variable):
        if symbol.scope.module is not scope.module or symbol.value is None:
            return False
        made = factory_in(symbol.scope, symbol.value)
        if made is None or not made.arguments:
            return False  # the root logger
    calls = log_calls_by_scope(scope.module)
    return any(
        isinstance(call.receiver, f.Name | f.Attribute) and call.receiver.name == receiver.name
        for inner in scope.module.scopes
        for call in calls.get(inner, ())
    )
