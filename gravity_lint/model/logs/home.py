"""Whether structlog is at home in a service, and where its lines go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Imported
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import Variable, class_member, path_of, resolve
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.scripts import is_main_block, is_script
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.words import saying

_APPLICATIONS = (
    *("fastapi.FastAPI", "fastapi.APIRouter", "starlette.applications.Starlette"),
    *("celery.Celery", "faststream.FastStream", "taskiq.TaskiqScheduler", "typer.Typer"),
)
_SERVERS = ("fastapi.FastAPI", "starlette.applications.Starlette")
_WORKERS = ("celery.Celery", "faststream.FastStream")
_NO_LIBRARIES = frozenset(
    {"app", "src", "api", "backend", "server", "service", "services", "main", "tests", "test"}
)
"""Packages of these names are installed for nobody else."""
_FACTORY = "structlog.stdlib.LoggerFactory"
ASKING = ("structlog.stdlib.filter_by_level", "structlog.stdlib.add_logger_name")
"""Processors that work on ``logging``'s loggers alone."""
UNCERTAIN = (
    "structlog is not among the dependencies of the service, and the app does not import it on"
    " every way"
)
"""Why structlog is not at home where the app may run without it."""


@query
def is_at_home(service: Service) -> bool:
    """Tell whether structlog certainly is there when the service runs."""
    return service.distribution.requires("structlog") is True or any(
        not binding.checking and not binding.guarded
        for module in service.modules
        if in_app(module)
        for binding in _imports(module)
    )


@query
def may_be_there(service: Service) -> bool:
    """Tell whether the app imports structlog anywhere, be it in a function or a ``try``."""
    return _is_imported(service, "structlog")


@query
def keeps_to_loguru(service: Service) -> bool:
    """Tell whether the app imports loguru, and structlog nowhere."""
    return _is_imported(service, "loguru") and not may_be_there(service)


def _is_imported(service: Service, package: str) -> bool:
    return any(
        True
        for module in saying(service, {package})
        if in_app(module)
        for scope in module.scopes
        for _ in _imports(scope, package)
    )


def _imports(scope: Scope, package: str = "structlog") -> Iterator[Imported]:
    """Yield what *scope* itself imports of *package*."""
    for bindings in scope.bindings.values():
        for binding in bindings:
            if isinstance(binding, Imported) and not binding.fact.level:
                if binding.fact.module.partition(".")[0] == package:
                    yield binding


@query
def configures_structlog(service: Service) -> bool:
    """Tell whether something in view configures structlog."""
    return any(True for _ in calls_to(service, "structlog.configure", "structlog.configure_once"))


@query
def goes_through_logging(service: Service) -> bool:
    """Tell whether structlog is configured to hand its lines on to ``logging``'s handlers."""
    sites = calls_to(service, "structlog.configure", "structlog.configure_once")
    return any(
        isinstance(given := site.call.argument(3, "logger_factory"), f.Call)
        and path_of(site.scope, given.function) == _FACTORY
        for site in sites
    )


PASSED_ON = frozenset(
    {
        *("isEnabledFor", "getEffectiveLevel", "level", "name", "disabled", "propagate", "parent"),
        *("setLevel", "addHandler", "removeHandler", "handlers", "hasHandlers"),
    }
)
"""What may be read of structlog's logger for `logging`, which gives that of the one below it."""


@query
def passes_on(service: Service) -> bool:
    """Tell whether structlog's loggers are those for ``logging``, which are asked as its own are.

    That is so where all that configures structlog in view says so, and does it as
    soon as anything of the application is imported: before, its loggers are others.
    """
    return any(map(_is_made_first, _configurations(service))) and is_for_logging(service)


def _configurations(service: Service) -> tuple[CallSite, ...]:
    return tuple(calls_to(service, "structlog.configure", "structlog.configure_once"))


@query
def is_for_logging(service: Service) -> bool:
    """Tell whether structlog's loggers, once they are configured, are those for ``logging``."""
    sites = _configurations(service)
    return bool(sites) and all(
        path_of(site.scope, site.call.argument(1, "wrapper_class"))
        == "structlog.stdlib.BoundLogger"
        and isinstance(given := site.call.argument(3, "logger_factory"), f.Call)
        and path_of(site.scope, given.function) == _FACTORY
        for site in sites
    )


class Misfit(NamedTuple):
    """The call that configures structlog with a *processor* that asks ``logging``'s loggers."""

    site: CallSite
    processor: str


@query
def misfit(service: Service) -> Misfit | None:
    """Return what makes structlog fail at its first line, as it is configured in view.

    Some processors ask the logger below for what only ``logging``'s has, and the factory makes
    others: structlog's own are such, and they are its default.
    """
    for site in _configurations(service):
        factory = site.call.argument(3, "logger_factory")
        made = path_of(site.scope, factory.function) if isinstance(factory, f.Call) else None
        own = made is not None and made.startswith("structlog.") and made != _FACTORY
        if not own and (factory is not None or site.call.unpacks):
            continue
        for part in _processors(site):
            path = path_of(site.scope, part)
            if path in ASKING:
                return Misfit(site, path.rpartition(".")[2])
    return None


def _processors(site: CallSite) -> Iterator[f.Expression]:
    """Yield the processors that are given, also in lists that have names or are put together."""
    for keyword in ("processors", "foreign_pre_chain", "processor"):
        position = 0 if keyword == "processors" else None
        yield from _items(site.scope, site.call.argument(position, keyword))


def _items(scope: Scope, given: f.Expression | None) -> Iterator[f.Expression]:
    match given:
        case f.Collection(items=items):
            for item in items:
                inner = item.value if isinstance(item, f.Starred) else item
                yield from _items(scope, inner) if inner is not item else (item,)
        case f.Binary(operator="+", left=left, right=right):
            yield from _items(scope, left)
            yield from _items(scope, right)
        case f.Name():
            symbol = resolve(scope, given)
            if isinstance(symbol, Variable) and isinstance(symbol.value, f.Collection | f.Binary):
                yield from _items(symbol.scope, symbol.value)


@query
def run_for_events(service: Service) -> frozenset[Function]:
    """Return what structlog runs for every event: its processors, and all that these call.

    What one of them logged through structlog would come back to it.
    """
    found: set[Function] = set()
    sites = (*_configurations(service), *calls_to(service, "structlog.stdlib.ProcessorFormatter"))
    queue = [_called(site.scope, part) for site in sites for part in _processors(site)]
    while queue:
        current = queue.pop()
        if current is not None and current not in found:
            found.add(current)
            callees = (callee_of(current, site.call) for site in current.calls)
            queue += [x for x in callees if isinstance(x, Function)]
    return frozenset(found)


def _called(scope: Scope, processor: f.Expression) -> Function | None:
    symbol = resolve(scope, processor)
    if isinstance(symbol, Function):
        return symbol
    made = type_of(scope, processor)
    method = class_member(made.cls, "__call__") if made is not None and made.cls else None
    return method if isinstance(method, Function) else None


def _is_made_first(site: CallSite) -> bool:
    """Tell whether the call runs when the topmost package is imported."""
    if isinstance(site.scope, Function):
        callers = calls_to(site.module.service, site.scope)
        return any(_is_made_first(caller) for caller in callers if caller.scope is caller.module)
    return site.scope is site.module and site.module.is_package and "." not in site.module.name


@query
def start_of(service: Service) -> Module | None:
    """Return the module that makes the application; of several the one nearest to the root."""
    return next(iter(starts_of(service)), None)


@query
def starts_of(service: Service) -> tuple[Module, ...]:
    """Return the modules that make applications, then those that make workers.

    Those nearest to the root come first.
    """
    found: dict[Module, None] = {}
    for makers in (_SERVERS, _WORKERS):
        sites = calls_to(service, *makers, *heirs(service, *makers))
        making = {s.module for s in sites if in_app(s.module) and not is_script(s.module)}
        found |= dict.fromkeys(sorted(making, key=lambda m: (m.relative.count("/"), m.relative)))
    return tuple(found)


@query
def is_library(service: Service) -> bool:
    """Tell whether the service is made to be imported by others: it is a package, and runs nothing.

    Known are only those that say what they are as a distribution.
    """
    if not service.distribution.files:
        return False
    if service.distribution.scripts or any(
        calls_to(service, *_APPLICATIONS, *heirs(service, *_APPLICATIONS))
    ):
        return False
    tops = {m.name.partition(".")[0] for m in service.modules if in_app(m)}
    if not tops - _NO_LIBRARIES:
        return False
    return not any(
        is_main_block(step)
        for module in service.modules
        if in_app(module) and not is_script(module)
        for step in module.steps
    )
