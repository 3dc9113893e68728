"""Loggers of the standard library: which are the app's own, and where structlog's can stand in.

structlog's loggers take every call that ``logging``'s take (arguments for
``%s``, ``extra``, ``exc_info``, ``stacklevel``), so a binding can change hands
without its calls, as long as nothing but calls is made of the logger.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from gravity_lint import facts as f
from gravity_lint.edits import AddImport, Edit, ReplaceExpression
from gravity_lint.model.code.bindings import Imported
from gravity_lint.model.code.names import (
    External,
    Variable,
    ancestors,
    look_up,
    path_of,
    resolve,
)
from gravity_lint.model.code.references import attributes_called, unneeded_imports, uses_of
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.values import text_of
from gravity_lint.model.logs.events import readable
from gravity_lint.model.logs.loggers import (
    LogCall,
    LoggerBinding,
    LoggerKind,
    configuring_modules,
    log_calls_by_scope,
    logger_bindings,
)

_LIBRARIES = frozenset(
    {
        *("uvicorn", "gunicorn", "hypercorn", "fastapi", "starlette", "sqlalchemy", "alembic"),
        *("asyncio", "httpx", "httpcore", "aiohttp", "requests", "urllib3", "boto3", "botocore"),
        *("celery", "kombu", "aio_pika", "aiormq", "pika", "kafka", "aiokafka", "redis", "py"),
        *("passlib", "watchfiles", "multipart", "apscheduler", "rich", "elasticsearch", "pymongo"),
        *("concurrent", "grpc", "opentelemetry", "s3transfer", "faker", "PIL", "matplotlib"),
    }
)
_CALLS = ("debug", "info", "warning", "warn", "error", "critical", "fatal", "exception", "log")
_KEYWORDS = frozenset({"exc_info", "stack_info", "stacklevel", "extra"})
_LEVELS = frozenset(
    f"logging.{level}" for level in ("DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL")
)


def is_foreign(binding: LoggerBinding) -> bool:
    """Tell whether the logger is not the app's to log with.

    Its module configures logging; or it is the root logger or a library's, and
    more is done with it than to log.
    """
    if binding.module in configuring_modules(binding.module.service):
        return True
    given = binding.factory.argument(0, "name")
    name = text_of(binding.scope, given) if given is not None else ""
    if name is None:
        return False
    top = name.partition(".")[0]
    libraries = _LIBRARIES | _imported_libraries(binding.module.service)
    if name and top not in libraries:
        return False
    uses = list(_uses(binding))
    return not uses or any(call is None for _, call in uses)


@query
def _imported_libraries(service: Service) -> frozenset[str]:
    """Return the top-level names that the service imports and does not define."""
    return frozenset(
        binding.fact.module.partition(".")[0]
        for scope in service.scopes
        for bindings in scope.bindings.values()
        for binding in bindings
        if isinstance(binding, Imported)
        and not binding.fact.level
        and service.find(binding.fact.module.partition(".")[0]) is None
        and not service.has_package(binding.fact.module.partition(".")[0])
    )


def only_configured(binding: LoggerBinding) -> bool:
    """Tell whether the logger is used, but never to log: fetched to set its level, say."""
    used = False
    for _, call in _uses(binding):
        if call is not None:
            return False
        used = True
    return used


def obstacle(binding: LoggerBinding) -> Step | None:
    """Return the statement for whose sake the logger must stay the standard library's, if any.

    The binding's own statement stands for what makes it too much to follow: an
    annotation, a value with a fallback, a name bound twice.
    """
    if binding.mixed or binding.assign.annotation is not None or len(binding.assign.targets) != 1:
        return binding.step
    if isinstance(binding.target, f.Name):
        if len(Variable(binding.scope, binding.target.name).bindings) != 1:
            return binding.step
    elif not isinstance(binding.target, f.Attribute) or not _keeps(binding):
        return binding.step
    for step, call in _uses(binding):
        if call is None or not _works_with_structlog(call):
            return step
    return None


def _keeps(binding: LoggerBinding) -> bool:
    """Tell whether the binding is ``self.<name> = ...``, the only one of the class."""
    scope, target = binding.scope, binding.target
    assert isinstance(target, f.Attribute)
    if not isinstance(scope, Function) or scope.cls is None:
        return False
    rows = scope.cls.attributes.get(target.name, ())
    return len(rows) == 1 and rows[0][1] is binding.assign


def _uses(binding: LoggerBinding) -> Iterator[tuple[Step, LogCall | None]]:
    """Yield the mentions of the logger behind its binding, each with the call that it makes.

    For an attribute those are all attributes of that name in the service but
    those of other classes' own: whose the rest are is not always known.
    """
    service = binding.module.service
    index = _calls_by_receiver(service)
    mentions: Iterator[tuple[Step, f.Name | f.Attribute]]
    bound = {id(binding.target)}
    if isinstance(binding.target, f.Attribute):
        mentions = _mentions_of_attribute(binding, binding.target.name)
    else:
        assert isinstance(binding.target, f.Name)
        mentions = uses_of(Variable(binding.scope, binding.target.name))
    for step, mention in mentions:
        if id(mention) not in bound:
            yield step, index.get(id(mention))


@query
def _calls_by_receiver(service: Service) -> dict[int, LogCall]:
    """Return the calls that log, by the identity of the expression that is their logger."""
    return {
        id(call.receiver): call
        for calls in log_calls_by_scope(service).values()
        for call in calls
        if call.receiver is not None
    }


_Mentions: TypeAlias = "list[tuple[Step, f.Name | f.Attribute]]"


def _mentions_of_attribute(
    binding: LoggerBinding, name: str
) -> Iterator[tuple[Step, f.Name | f.Attribute]]:
    """Yield the attributes called *name*, but those that classes of no kin keep themselves."""
    kept, kin = _attributes_by_class(binding.module.service, name)
    owner = binding.scope.cls if isinstance(binding.scope, Function) else None
    related: dict[Class | None, None] = {None: None}
    if owner is not None:
        related.update(dict.fromkeys(x for x in ancestors(owner) if isinstance(x, Class)))
        related.update(dict.fromkeys(kin.get(owner, ())))
    for cls in related:
        yield from kept.get(cls, ())


def _attributes_by_class(
    service: Service, name: str
) -> tuple[dict[Class | None, _Mentions], dict[object, list[Class]]]:
    """Return the attributes called *name* by the class that keeps them, and who inherits from whom.

    None stands for all that are not ``self.<name>`` in a class that assigns it.
    """
    return service.memory.ask(("attributes", name), ({}, {}), _by_class, service, name)


def _by_class(
    service: Service, name: str
) -> tuple[dict[Class | None, _Mentions], dict[object, list[Class]]]:
    kept: dict[Class | None, _Mentions] = {}
    kin: dict[object, list[Class]] = {}
    for step, mention in attributes_called(service, name):
        cls = _keeper(step.scope, mention)
        if cls is not None and cls not in kept:
            for ancestor in ancestors(cls):
                kin.setdefault(ancestor, []).append(cls)
        kept.setdefault(cls, []).append((step, mention))
    return kept, kin


def _keeper(scope: Scope, mention: f.Attribute) -> Class | None:
    """Return the class that assigns ``self.<name>`` itself, if *mention* is one in its methods."""
    if not isinstance(scope, Function) or scope.cls is None:
        return None
    if not isinstance(mention.value, f.Name) or mention.value.name != scope.receiver:
        return None
    return scope.cls if mention.name in scope.cls.attributes else None


def _works_with_structlog(call: LogCall) -> bool:
    """Tell whether the call does the same on one of structlog's loggers as it stands."""
    site = call.call
    if call.level not in _CALLS or site.unpacks or call.event is None:
        return False
    if any(k.name not in _KEYWORDS for k in site.keywords):
        return False
    if call.level == "log" and path_of(call.scope, site.argument(0, "level")) not in _LEVELS:
        return False
    # ``logging`` forgives a message that does not fit its arguments, structlog does not.
    return not call.values or readable(call)


def swap(binding: LoggerBinding) -> tuple[Edit, ...] | None:
    """Return the edits that make *binding* a structlog logger; None if they are not certain."""
    if binding.kind is not LoggerKind.STDLIB or obstacle(binding) is not None:
        return None
    factory = _spelling(binding.module)
    if factory is None:
        return None
    text, imports = factory
    name = binding.factory.argument(0, "name")
    given = "" if name is None or _is_module_name(name) else f.render(name)
    return (
        ReplaceExpression(binding.factory.span, f"{text}({given})"),
        *imports,
        *unneeded_imports(binding.module, binding.factory.function),
    )


def _is_module_name(name: f.Expression) -> bool:
    """Tell whether *name* is what structlog finds out by itself."""
    return isinstance(name, f.Name) and name.name in ("__name__", "__file__")


def _spelling(module: Module) -> tuple[str, tuple[Edit, ...]] | None:
    for name in module.bindings:
        symbol = look_up(module, name)
        if symbol == External("structlog"):
            return f"{name}.get_logger", ()
        if symbol == External("structlog.get_logger"):
            return name, ()
    if look_up(module, "structlog") is not None or "structlog" in module.bindings:
        return None
    return "structlog.get_logger", (AddImport("structlog"),)


def is_rightly_stdlib(call: LogCall) -> bool:
    """Tell whether *call* goes to a logger that has to be the standard library's."""
    if call.kind is not LoggerKind.STDLIB:
        return False
    return resolve(call.scope, call.receiver) in _exempt_loggers(call.module.service)


@query
def _exempt_loggers(service: Service) -> frozenset[Variable]:
    """Return the names under which the app rightly keeps loggers of the standard library."""
    return frozenset(
        Variable(binding.scope, binding.target.name)
        for binding in logger_bindings(service)
        if binding.kind is LoggerKind.STDLIB
        and isinstance(binding.target, f.Name)
        and is_foreign(binding)
    )
