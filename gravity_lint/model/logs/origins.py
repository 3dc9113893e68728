"""Where the app takes its loggers from, and which of them are rightly the standard library's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned, Imported, Received
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.handing import handed_over
from gravity_lint.model.code.layers import Layer, in_app, layer_of
from gravity_lint.model.code.names import Variable, path_of, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.scripts import is_script
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import AtStep, place
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.code.values import text_of
from gravity_lint.model.logs.calls import LogCall, log_calls
from gravity_lint.model.logs.configuration import configuring_modules
from gravity_lint.model.logs.home import run_for_events
from gravity_lint.model.logs.kinds import (
    ROOTS,
    STDLIB_FACTORY,
    LoggerKind,
    comes_from_shared_code,
)
from gravity_lint.model.logs.loggers import LoggerBinding, factory_in, kind_made_by, logger_bindings
from gravity_lint.model.logs.providers import provider_for, receivers_of
from gravity_lint.model.logs.uses import (
    Use,
    provider_of_attribute,
    uses_of_attribute,
    uses_of_result,
    uses_of_variable,
)
from gravity_lint.sources.spans import Span

_LIBRARIES = frozenset(
    {
        *("uvicorn", "gunicorn", "hypercorn", "fastapi", "starlette", "sqlalchemy", "alembic"),
        *("asyncio", "httpx", "httpcore", "aiohttp", "requests", "urllib3", "boto3", "botocore"),
        *("celery", "kombu", "aio_pika", "aiormq", "pika", "kafka", "aiokafka", "redis", "py"),
        *("passlib", "watchfiles", "multipart", "apscheduler", "rich", "elasticsearch", "pymongo"),
        *("concurrent", "grpc", "opentelemetry", "s3transfer", "faker", "PIL", "matplotlib"),
    }
)


class Origin(AtStep, Record, frozen=True):
    """A place where the app takes a logger.

    It binds one (*binding*), a function gives one back, or one is fetched for a
    single *call*. *factory* is the call of ``getLogger`` or ``get_logger``; None
    where ``logging`` itself is the logger: ``logging.info(...)``.
    """

    step: Step
    kind: LoggerKind
    factory: f.Call | None
    binding: LoggerBinding | None = None
    call: LogCall | None = None

    @property
    def span(self) -> Span:
        """The name that is bound, the call that logs, or the call that makes what is returned."""
        if self.binding is not None:
            return self.binding.span
        if self.call is not None:
            return self.call.span
        assert self.factory is not None
        return self.factory.span

    @property
    def label(self) -> str:
        """The dotted name of the logger, or of the scope that takes it."""
        return self.binding.label if self.binding is not None else self.step.label

    @property
    def name(self) -> str:
        """What takes the logger, as it is written: a name, a call, a function."""
        if self.binding is not None:
            return self.binding.name
        if self.call is not None:
            return self.call.name
        scope = self.step.scope
        return f"{scope.name}()" if isinstance(scope, Function) else "getLogger()"

    @property
    def place(self) -> str:
        """Where it stands, as reasons name it: ``app/core/log.py:12``."""
        return place(self.module, self.span)

    @property
    def given(self) -> f.Expression | None:
        """The name that the logger is fetched by; None for the root logger."""
        return self.factory.argument(0, "name") if self.factory is not None else None

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """What is made of the logger, in the whole service."""
        return tuple(self._uses())

    def _uses(self) -> Iterator[Use]:
        if self.call is not None:
            yield Use(self.call.step, self.call)
        elif self.binding is None:
            assert isinstance(self.step.scope, Function)
            yield from uses_of_result(self.step.scope)
        else:
            yield from _uses_of_binding(self.binding)


def _uses_of_binding(binding: LoggerBinding) -> Iterator[Use]:
    scope, target = binding.scope, binding.target
    service = scope.module.service
    if isinstance(target, f.Name):
        yield from uses_of_variable(Variable(scope, target.name))
        if isinstance(scope, Class):
            yield from uses_of_attribute(service, scope, target.name, target)
        if binding.returned:
            assert isinstance(scope, Function)
            yield from uses_of_result(scope)
    elif isinstance(target, f.Attribute):
        owner = scope.cls if binding.of_self and isinstance(scope, Function) else None
        yield from uses_of_attribute(service, owner, target.name, target)


@by_module
def origins(module: Module) -> list[Origin]:
    """Return where the app takes its loggers from, in source order."""
    found = [
        Origin(binding.step, binding.kind, binding.factory, binding=binding)
        for binding in logger_bindings.of(module)
    ]
    found += _returned(module)
    found += _fetched(module)
    return sorted(found, key=lambda origin: origin.span)


def _returned(module: Module) -> Iterator[Origin]:
    """Yield where functions make loggers for those who call them."""
    if in_app(module) and not is_script(module):
        for function in module.functions:
            rows: list[tuple[Step, f.Return | f.Yield]] = [*function.returned]
            rows += function.contents.yields
            for step, given in rows:
                factory = factory_in(function, given.value)
                if factory is None or (isinstance(given, f.Yield) and not receivers_of(function)):
                    continue
                yield Origin(step, kind_made_by(function, factory), factory)


def _fetched(module: Module) -> Iterator[Origin]:
    """Yield the calls that log through a logger which they fetch, or through `logging`."""
    for call in log_calls.of(module):
        if call.kind is LoggerKind.STDLIB and path_of(call.scope, call.receiver) in ROOTS:
            yield Origin(call.step, call.kind, None, call=call)
        elif isinstance(call.receiver, f.Call):
            factory = factory_in(call.scope, call.receiver)
            if factory is not None:
                yield Origin(call.step, call.kind, factory, call=call)


def origin_of(call: LogCall) -> Origin | None:
    """Return where the logger of *call* comes from; None if it comes from more than one place."""
    found = origins_of(call.scope.module.service, call)
    return found[0] if len(found) == 1 else None


def origins_of(service: Service, call: LogCall) -> tuple[Origin, ...]:
    """Return the places where the logger of *call* may be taken from, as far as they are known."""
    own = _index(service).get(id(call.call), ())
    return own or _leading_to(call.scope, call.receiver)


def _leading_to(scope: Scope, logger: f.Expression | None) -> tuple[Origin, ...]:
    """Return the origins of *logger*: through names, attributes, getters and those who hand it on.

    An adapter is what the logger in it is. None where one way to it is not known.
    """
    if logger is None:
        return ()
    memory = scope.module.service.memory
    return memory.ask(("logger origins", scope, logger), (), _followed, scope, logger)


def _followed(scope: Scope, logger: f.Expression) -> tuple[Origin, ...]:
    match logger:
        case f.Await(value=value) | f.Call(function=f.Attribute(value=value, name="getChild")):
            return _leading_to(scope, value)
        case f.Call() if path_of(scope, logger.function) == "logging.LoggerAdapter":
            return _leading_to(scope, logger.argument(0, "logger"))
        case f.Call():
            callee = callee_of(scope, logger)
            return _given_by(callee) if isinstance(callee, Function) else ()
        case f.Name() | f.Attribute():
            symbol = resolve(scope, logger)
        case _:
            return ()
    found: tuple[Origin, ...] = ()
    if isinstance(symbol, Variable):
        found = _bound(symbol)
    elif isinstance(symbol, Function):
        found = _given_by(symbol)
    if not found and isinstance(logger, f.Attribute):
        owner = provider_of_attribute(scope, logger)
        found = _kept(owner, logger.name) if owner is not None else ()
    return found


def _bound(variable: Variable) -> tuple[Origin, ...]:
    """Return the origins of what *variable* is bound to: a value, or what it receives."""
    scope = variable.scope
    found = _index(scope.module.service).get(variable, ())
    if found or variable.value is not None:
        return found or _leading_to(scope, variable.value)
    match variable.bindings:
        case (Received(parameter=parameter),) if isinstance(scope, Function):
            provider = provider_for(scope, parameter)
            return _given_by(provider) if provider is not None else _handed(scope, parameter)
    values = [x.value for x in variable.bindings if isinstance(x, Assigned) and not x.unpacked]
    if len(values) < len(variable.bindings):
        return ()
    return _all(_leading_to(scope, value) for value in values)


def _handed(function: Function, parameter: f.Parameter) -> tuple[Origin, ...]:
    """Return the origins of what those who call *function* give for *parameter*.

    Tests may give what they like, and so may whoever gets the function as a value.
    """
    called = function.cls if function.name == "__init__" else function
    if called is None or handed_over(function):
        return ()
    ways: list[tuple[Origin, ...]] = []
    for site in calls_to(function.module.service, called):
        given = argument_for(function, site.call, parameter)
        own = Variable(function, parameter.name)
        if layer_of(site.module) is Layer.TESTS or _is_same(site.scope, given, own):
            continue
        if given is not None or not f.is_none(parameter.default) or site.call.unpacks:
            ways.append(_leading_to(site.scope, given))
    return _all(ways)


def _is_same(scope: Scope, given: f.Expression | None, own: Variable) -> bool:
    """Tell whether a function that calls itself hands on what it was given."""
    return given is not None and resolve(scope, given) == own


def _kept(owner: Class, name: str) -> tuple[Origin, ...]:
    """Return the origins of what the attribute *name* of *owner* is bound to."""
    found = _index(owner.module.service).get((owner, name), ())
    if found or name in owner.bindings:
        return found or _bound(Variable(owner, name))
    rows = owner.attributes.get(name, ())
    return _all(_leading_to(method, assign.value) for method, assign in rows)


def _given_by(function: Function) -> tuple[Origin, ...]:
    """Return the origins of what *function* returns."""
    index = _index(function.module.service)
    if function in index:
        return index[function]
    return _all(_leading_to(function, statement.value) for _, statement in function.returned)


def _all(ways: Iterable[tuple[Origin, ...]]) -> tuple[Origin, ...]:
    """Return the origins of all *ways*; none if those of one are not known."""
    found = list(ways)
    return tuple(dict.fromkeys(x for way in found for x in way)) if all(found) else ()


@query
def _index(service: Service) -> dict[object, tuple[Origin, ...]]:
    """Return the origins by what leads to them: a variable, a class and attribute, a function."""
    found: dict[object, list[Origin]] = {}
    for origin in origins(service):
        scope, binding = origin.step.scope, origin.binding
        if origin.call is not None:
            found.setdefault(id(origin.call.call), []).append(origin)
        elif binding is None:
            found.setdefault(scope, []).append(origin)
            if isinstance(scope, Function) and scope.cls is not None:
                found.setdefault((scope.cls, scope.name), []).append(origin)
        elif isinstance(binding.target, f.Name):
            found.setdefault(Variable(scope, binding.target.name), []).append(origin)
            if isinstance(scope, Class):
                found.setdefault((scope, binding.target.name), []).append(origin)
            if binding.returned:
                found.setdefault(scope, []).append(origin)
        elif isinstance(binding.target, f.Attribute) and isinstance(scope, Function):
            found.setdefault((scope.cls, binding.target.name), []).append(origin)
    return {key: tuple(rows) for key, rows in found.items()}


# -- what stays with the standard library ----------------------------------------------------


def is_foreign(origin: Origin) -> bool:
    """Tell whether the logger is not the app's to log with.

    Its module configures logging; it is the root logger or a library's, and
    more is done with it than to log; or it tells of what structlog runs.
    """
    return _is_of_configuring(origin) or _is_of_others(origin) or _tells_of_logging(origin)


def _tells_of_logging(origin: Origin) -> bool:
    """Tell whether it logs what goes wrong while structlog logs, and so has to go past that."""
    running = run_for_events(origin.module.service)
    classes = {function.cls for function in running if function.cls is not None}
    return any(
        use.call is not None
        and isinstance(scope := use.step.scope, Function)
        and (scope in running or scope.cls in classes)
        for use in (origin.uses if running else ())
    )


def _is_of_configuring(origin: Origin) -> bool:
    return origin.module in configuring_modules(origin.module.service)


def _is_of_others(origin: Origin) -> bool:
    """Tell whether it is the root logger or a library's, and more is done with it than to log."""
    if origin.factory is None:
        return False
    given = origin.given
    name = text_of(origin.step.scope, given) if given is not None else ""
    if name is None:
        return False
    top = name.partition(".")[0]
    if name and top not in _LIBRARIES | _imported_libraries(origin.module.service):
        return False
    return not origin.uses or any(use.call is None for use in origin.uses)


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


def only_configured(origin: Origin) -> bool:
    """Tell whether the logger is used, but never to log: fetched to set its level, say."""
    return bool(origin.uses) and not any(use.call or use.may_log for use in origin.uses)


def is_not_logged_with(binding: LoggerBinding) -> bool:
    """Tell whether *binding* holds a logger of the standard library that is not there to log."""
    origin = Origin(binding.step, binding.kind, binding.factory, binding=binding)
    if _is_of_configuring(origin):
        # What its module does beside logging says nothing of a logger that only logs.
        return not origin.uses or any(use.call is None for use in origin.uses)
    return _is_of_others(origin) or only_configured(origin)


def stays_stdlib(call: LogCall) -> bool:
    """Tell whether *call* goes to a logger that has to be the standard library's."""
    if call.kind is not LoggerKind.STDLIB:
        return False
    found = origins_of(call.module.service, call)
    return bool(found) and all(map(is_foreign, found))


def may_be_structlogs(call: LogCall) -> bool | None:
    """Tell whether the logger of *call* is structlog's or can become it.

    One that shared code makes can, as soon as that does. None where it is not known where the app
    takes it from.
    """
    if call.kind is LoggerKind.STRUCTLOG or comes_from_shared_code(call.scope, call.receiver):
        return True
    found = origins_of(call.module.service, call)
    return not all(map(is_foreign, found)) if found else None


def is_stdlib_factory(origin: Origin) -> bool:
    """Tell whether ``logging.getLogger`` itself makes the logger, not an adapter around one."""
    factory = origin.factory
    return factory is not None and path_of(origin.step.scope, factory.function) == STDLIB_FACTORY
