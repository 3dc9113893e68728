"""What is in the way of structlog's logger standing in for the standard library's.

structlog's loggers take every call that ``logging``'s take (arguments for
``%s``, ``extra``, ``exc_info``, ``stacklevel``), so a logger can change hands
without its calls, as long as nothing but calls is made of it, nobody sets it up
by its name, and structlog is at home in the service.
"""

from __future__ import annotations

import msgspec

from gravity_lint import facts as f
from gravity_lint.edits import Edit
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.names import Variable, path_of
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import place
from gravity_lint.model.code.values import text_of
from gravity_lint.model.logs.calls import LogCall
from gravity_lint.model.logs.configuration import SETTING_UP
from gravity_lint.model.logs.events import structured
from gravity_lint.model.logs.home import (
    PASSED_ON,
    UNCERTAIN,
    configures_structlog,
    goes_through_logging,
    is_at_home,
    is_library,
    keeps_to_loguru,
    may_be_there,
    misfit,
    passes_on,
    start_of,
)
from gravity_lint.model.logs.kinds import (
    REBINDING,
    STDLIB_FACTORY,
    LoggerKind,
    is_never_given,
    logger_kind,
)
from gravity_lint.model.logs.messages import fits
from gravity_lint.model.logs.origins import (
    Origin,
    is_stdlib_factory,
)
from gravity_lint.model.logs.watching import reader_of
from gravity_lint.model.logs.writing import rewritten

_CALLS = ("debug", "info", "warning", "warn", "error", "critical", "fatal", "exception", "log")
_LEVELS = frozenset(
    f"logging.{level}" for level in ("DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL")
)


class Obstacle(msgspec.Struct, frozen=True):
    """Why a logger must stay the standard library's; *step* is the statement for whose sake."""

    reason: str
    step: Step | None = None


def obstacle(origin: Origin) -> Obstacle | None:
    """Return what is in the way of making the logger of *origin* structlog's, if anything is."""
    memory = origin.module.service.memory
    return memory.ask(("obstacle", origin), None, _obstacle, origin)


def _obstacle(origin: Origin) -> Obstacle | None:
    service = origin.module.service
    return (
        _homelessness(service)
        or _misfitting(service)
        or _sharing(origin)
        or _form(origin)
        or _naming(origin)
        or _other_use(origin)
        or _watching(origin)
    )


# -- the service -----------------------------------------------------------------------------


def _homelessness(service: Service) -> Obstacle | None:
    if is_at_home(service):
        if keeps_to_loguru(service):
            return Obstacle("the service logs with loguru, and imports structlog nowhere")
        return None
    reason = "structlog is not among the dependencies of the service, and nothing imports it"
    if may_be_there(service):
        reason = UNCERTAIN
    if _may_go_over(service):
        return Obstacle(f"{reason} (gravity-lint migrate-logging brings it in)")
    if configures_structlog(service):
        return Obstacle(reason)
    return Obstacle(f"{reason}; no start of an application is in view, where to configure it")


def _misfitting(service: Service) -> Obstacle | None:
    """Say that structlog, as it is configured, fails at its first line."""
    found = misfit(service)
    if found is None:
        return None
    return Obstacle(
        f"structlog is configured with `{found.processor}`, which fails on the loggers that its"
        " factory makes"
    )


def _may_go_over(service: Service) -> bool:
    """Tell whether `migrate-logging` would bring structlog in, and configure it."""
    return not (configures_structlog(service) or is_library(service) or start_of(service) is None)


def _sharing(origin: Origin) -> Obstacle | None:
    """Say that other services may do more with the logger than is seen here."""
    if origin.call is not None or not is_library(origin.module.service):
        return None
    return Obstacle(
        f"`{origin.name}` of {origin.place} may be imported by other services:"
        " nothing here makes an application"
    )


def _watching(origin: Origin) -> Obstacle | None:
    service = origin.module.service
    if goes_through_logging(service):
        return None
    name = _name_of_logger(origin) if origin.given is not None else ""
    reader = reader_of(service, name)
    if reader is None:
        return None
    past = "is not configured to hand its lines on to it"
    if configures_structlog(service):
        past = "is configured to go past it"
    elif _may_go_over(service):
        past += " (gravity-lint migrate-logging does)"
    where = place(reader.module, reader.span)
    return Obstacle(f"tests read what `logging` gets ({where}), and structlog {past}", reader)


# -- the logger ------------------------------------------------------------------------------


def _form(origin: Origin) -> Obstacle | None:
    """Say that the logger is taken in a way that is too much to follow."""
    binding, factory, scope = origin.binding, origin.factory, origin.step.scope
    unclear = Obstacle(f"`{origin.name}` of {origin.place} is made in a way that is not followed")
    if factory is None:
        return None
    if not is_stdlib_factory(origin):
        return unclear
    value = binding.assign.value if binding is not None else factory
    if binding is None and isinstance(origin.step.statement, f.Return):
        value = origin.step.statement.value
    if value is not factory:
        if not (isinstance(value, f.Boolean) and _falls_back(scope, value, factory)):
            return Obstacle(f"`{origin.name}` of {origin.place} may be given from outside")
    if binding is None:
        return None
    if len(binding.assign.targets) != 1:
        return unclear
    if binding.assign.annotation is not None and typed(scope, binding.assign.annotation) is None:
        return unclear
    if isinstance(binding.target, f.Name):
        others = Variable(binding.scope, binding.target.name).bindings
        if not all(_makes_the_same(binding.scope, x) for x in others):
            return Obstacle(f"`{origin.name}` of {origin.place} is bound to something else as well")
    elif not _keeps(origin):
        return Obstacle(f"`{origin.name}` of {origin.place} is bound to something else as well")
    return None


def _falls_back(scope: Scope, value: f.Boolean, factory: f.Call) -> bool:
    """Tell whether *value* is ``given or getLogger(...)`` where nobody gives anything."""
    if not isinstance(scope, Function) or value.values[-1] is not factory:
        return False
    for given in value.values[:-1]:
        parameter = scope.parameter(given.name) if isinstance(given, f.Name) else None
        if parameter is None or not is_never_given(scope, parameter):
            return False
    return True


def _makes_the_same(scope: Scope, binding: object) -> bool:
    """Tell whether another binding of the name makes a logger of the standard library as well."""
    parameter = getattr(binding, "parameter", None)
    if parameter is not None and isinstance(scope, Function):
        return is_never_given(scope, parameter)
    value = getattr(binding, "value", None)
    return value is not None and logger_kind(scope, value) is LoggerKind.STDLIB


def _keeps(origin: Origin) -> bool:
    """Tell whether the binding is ``self.<name> = ...``, and all of the class make loggers."""
    binding = origin.binding
    assert binding is not None
    scope, target = binding.scope, binding.target
    if not isinstance(target, f.Attribute) or not binding.of_self:
        return False
    assert isinstance(scope, Function)
    if scope.cls is None or target.name in scope.cls.bindings:
        return False
    return all(
        assign.value is not None and logger_kind(method, assign.value) is LoggerKind.STDLIB
        for method, assign in scope.cls.attributes.get(target.name, ())
    )


def typed(scope: Scope, annotation: f.Expression) -> str | None:
    """Return what to write in the place of *annotation*; None where it is not understood.

    That is the annotation itself where it promises nothing of ``logging``'s.
    """
    path = path_of(scope, annotation)
    if path in ("typing.Any", "typing.Final"):
        return f.render(annotation)
    return "structlog.stdlib.BoundLogger" if path == "logging.Logger" else None


def _naming(origin: Origin) -> Obstacle | None:
    """Say that somebody configures the logger by its name.

    That holds for structlog's of the same name, too, where its lines go through `logging`.
    """
    if origin.given is None or goes_through_logging(origin.module.service):
        return None
    name = _name_of_logger(origin)
    configured = _configured_names(origin.module.service)
    if name is None:
        return None
    step = configured.get(name)
    if step is None or step is origin.step:
        return None
    where = place(step.module, step.span)
    return Obstacle(f'the logger "{name}" is configured by that name in {where}', step)


def _name_of_logger(origin: Origin) -> str | None:
    if is_module_name(origin.given):
        return origin.module.name
    return text_of(origin.step.scope, origin.given)


@query
def _configured_names(service: Service) -> dict[str, Step]:
    """Return the names of loggers that are set up by name, each with a statement that does it.

    Names are told to ``getLogger`` where the logger gets a handler or is handed
    on, and as keys below ``"loggers"`` in a configuration.
    """
    found: dict[str, Step] = {}
    for site in calls_to(service, STDLIB_FACTORY):
        name = text_of(site.scope, site.call.argument(0, "name"))
        if name and name not in found and _sets_up(site.step, site.call):
            found[name] = site.step
    for scope in service.scopes:
        for step in scope.steps:
            for part in step.parts:
                loggers = part.get("loggers") if isinstance(part, f.Mapping) else None
                if isinstance(loggers, f.Mapping):
                    for key in sorted(loggers.literal_keys):
                        found.setdefault(key, step)
    return found


def _sets_up(step: Step, factory: f.Call) -> bool:
    """Tell whether *step* does more with the logger that *factory* fetches than to log."""
    scope, statement = step.scope, step.statement
    if isinstance(statement, f.Assign) and statement.value is factory:
        for target in statement.targets:
            if isinstance(target, f.Name):
                mentions = (x for s in scope.steps for x in s.parts)
                if any(_is_setting(x, target.name) for x in mentions):
                    return True
                if any(
                    isinstance(s.statement, f.Assign)
                    and any(_is_attribute_of(t, target.name) for t in s.statement.targets)
                    for s in scope.steps
                ):
                    return True
        return any(
            isinstance(target, f.Attribute) and target.value is factory
            for target in statement.targets
        )
    if isinstance(statement, f.Assign) and any(
        isinstance(t, f.Attribute) and t.value is factory for t in statement.targets
    ):
        return True
    return any(
        isinstance(x, f.Call)
        and isinstance(x.function, f.Attribute)
        and x.function.value is factory
        and x.function.name in SETTING_UP
        for x in step.parts
    )


def _is_setting(expression: f.Expression, name: str) -> bool:
    return (
        isinstance(expression, f.Call)
        and isinstance(expression.function, f.Attribute)
        and expression.function.name in SETTING_UP
        and isinstance(expression.function.value, f.Name)
        and expression.function.value.name == name
    )


def _is_attribute_of(expression: f.Expression, name: str) -> bool:
    return (
        isinstance(expression, f.Attribute)
        and isinstance(expression.value, f.Name)
        and expression.value.name == name
    )


def only_of_logging(origin: Origin) -> str | None:
    """Return what the code asks of the logger, or sets on it, that structlog's has not.

    That is the name of an attribute or method, as ``setLevel``.
    """
    for use in origin.uses:
        if use.certain and use.call is None and not use.takes_method:
            passed = use.asked in PASSED_ON and passes_on(origin.module.service)
            if use.asked is not None and not passed and use.asked not in REBINDING:
                return use.asked
    return None


def gives_msg(origin: Origin) -> bool:
    """Tell whether the logger is called with ``msg=``, which structlog's calls ``event``."""
    calls = (use.call for use in origin.uses if use.certain and use.call is not None)
    return any(call.call.keyword("msg") is not None for call in calls)


def _other_use(origin: Origin) -> Obstacle | None:
    """Say that something is made of the logger for which structlog's would not do."""
    for use in origin.uses:
        where = place(use.step.module, use.step.span)
        if use.call is None:
            if use.asked in PASSED_ON and passes_on(origin.module.service):
                continue
            reason = f"`{origin.name}` of {origin.place} is used as `logging`'s own in {where}"
            if use.takes_method:
                method = f"{origin.name}.{use.asked}"
                reason = f"`{method}` is taken in {where}, and who calls it is not followed"
                return Obstacle(reason)
            return Obstacle(reason, use.step)
        if not works_with_structlog(use.call):
            if origin.module is use.step.module and rewriting(use.call) is not None:
                continue  # its call is rewritten together with the logger
            reason = (
                f"structlog would not take the call in {where} as it stands, which is made"
                f" through `{origin.name}` of {origin.place}"
            )
            return Obstacle(reason, use.step)
    return None


def works_with_structlog(call: LogCall) -> bool:
    """Tell whether the call does the same on one of structlog's loggers as it stands."""
    return _is_plain(call) and (not call.values or fits(call))


def _is_plain(call: LogCall) -> bool:
    site = call.call
    if call.level not in _CALLS or site.unpacks or call.event is None:
        return False
    return call.level != "log" or path_of(call.scope, site.argument(0, "level")) in _LEVELS


def rewriting(call: LogCall) -> tuple[Edit, ...] | None:
    """Return the edits by which a call whose arguments may not fit gives them as keywords."""
    if not _is_plain(call) or not call.values:
        return None
    new = structured(call)
    if new is None:
        return None
    return rewritten(call, new.event, new.keywords)


def is_module_name(name: f.Expression | None) -> bool:
    """Tell whether *name* is what Python calls the module, or its file."""
    return isinstance(name, f.Name) and name.name in ("__name__", "__file__")
