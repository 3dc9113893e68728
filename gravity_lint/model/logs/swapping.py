"""How structlog's logger comes in the place of the standard library's, and what calls wait for."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.edits import AddImport, Edit, InsertStatement, ReplaceExpression, SetReturns
from gravity_lint.model.code.bindings import Received
from gravity_lint.model.code.names import External, Variable, look_up, path_of, resolve
from gravity_lint.model.code.references import unneeded_imports
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import place
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.logs.calls import LogCall
from gravity_lint.model.logs.configuration import configuring_modules
from gravity_lint.model.logs.home import (
    goes_through_logging,
)
from gravity_lint.model.logs.kinds import (
    STDLIB_FACTORY,
    STRUCTLOG_FACTORY,
    LoggerKind,
    comes_from_shared_code,
    logger_kind,
)
from gravity_lint.model.logs.obstacles import (
    is_module_name,
    obstacle,
    rewriting,
    typed,
    works_with_structlog,
)
from gravity_lint.model.logs.origins import (
    Origin,
    is_foreign,
    only_configured,
    origin_of,
    origins_of,
)
from gravity_lint.model.logs.uses import provider_of_attribute


def swap(origin: Origin) -> tuple[Edit, ...] | None:
    """Return the edits that make the logger of *origin* structlog's; None if it is not known how.

    Nothing may be in the way (`obstacle`).
    """
    factory = _spelling(origin.module)
    if factory is None:
        return None
    text, imports = factory
    if origin.factory is None:
        return _bound(origin, text, imports)
    name = origin.given
    given = "" if name is None or _is_found_out(origin) else f.render(name)
    return (
        *_replaced(origin, f"{text}({given})"),
        *imports,
        *_rewritings(origin),
        *unneeded_imports(origin.step.scope, *_gone(origin)),
    )


def _replaced(origin: Origin, made: str) -> Iterator[Edit]:
    """Yield the edits that put structlog's logger where the other is made, types included."""
    factory, binding, scope = origin.factory, origin.binding, origin.step.scope
    assert factory is not None
    yield ReplaceExpression(factory.span, made)
    if binding is not None and binding.assign.annotation is not None:
        annotation = binding.assign.annotation
        written = typed(scope, annotation)
        if written is not None and written != f.render(annotation):
            yield ReplaceExpression(annotation.span, written)
    gives = binding is None or binding.returned
    if gives and origin.call is None and isinstance(scope, Function):
        if path_of(scope.parent or scope, scope.returns) == "logging.Logger":
            yield SetReturns(scope.definition.span, "structlog.stdlib.BoundLogger")


def _gone(origin: Origin) -> Iterator[f.Expression]:
    if origin.factory is not None:
        yield origin.factory.function
    if origin.binding is not None and origin.binding.assign.annotation is not None:
        yield origin.binding.assign.annotation
    scope = origin.step.scope
    if isinstance(scope, Function) and scope.returns is not None:
        yield scope.returns


def _rewritings(origin: Origin) -> tuple[Edit, ...]:
    found: list[Edit] = []
    for use in origin.uses:
        if use.call is not None and not works_with_structlog(use.call):
            found += rewriting(use.call) or ()
    return tuple(dict.fromkeys(found))


def _bound(origin: Origin, text: str, imports: tuple[Edit, ...]) -> tuple[Edit, ...] | None:
    """Return the edits that send a call of `logging` itself through the module's logger.

    Where it has none, one is made below its imports.
    """
    call, module = origin.call, origin.module
    assert call is not None
    receiver = call.receiver
    if receiver is None:
        return None
    gone = tuple(unneeded_imports(call.scope, receiver))
    named = _module_logger(call)
    if named is not None:
        return (ReplaceExpression(receiver.span, named), *gone)
    if look_up(call.scope, "logger") is not None or "logger" in module.bindings:
        return (ReplaceExpression(receiver.span, f"{text}()"), *imports, *gone)
    after = _last_import(module)
    if after is None or _is_of_logging(after):
        return (ReplaceExpression(receiver.span, f"{text}()"), *imports, *gone)
    return (
        ReplaceExpression(receiver.span, "logger"),
        InsertStatement(after.span, f"\nlogger = {text}()"),
        *imports,
        *gone,
    )


def _module_logger(call: LogCall) -> str | None:
    """Return the name of the module's own logger, where *call* sees it."""
    for name in call.module.bindings:
        symbol = look_up(call.scope, name)
        if isinstance(symbol, Variable) and symbol.scope is call.module:
            if call.scope is call.module and not _is_bound_before(symbol, call.step):
                continue
            value = symbol.value
            kind = logger_kind(call.module, value) if value is not None else None
            if kind in (LoggerKind.STDLIB, LoggerKind.STRUCTLOG) and _is_made(symbol):
                return name
    return None


def _is_bound_before(variable: Variable, step: Step) -> bool:
    """Tell whether the module has bound *variable* by the time that its own code gets to *step*."""
    return any(
        isinstance(other.statement, f.Assign) and other.statement.value is variable.value
        for other in step.scope.steps[: step.index]
    )


def _is_made(variable: Variable) -> bool:
    value = variable.value
    if not isinstance(value, f.Call):
        return False
    path = path_of(variable.scope, value.function)
    return path in (STDLIB_FACTORY, STRUCTLOG_FACTORY)


def _last_import(module: Module) -> Step | None:
    """Return the last of the imports with which *module* begins."""
    last = None
    for step in module.steps:
        if step.block.parent is not None:
            continue
        if not isinstance(step.statement, f.Import):
            if last is not None:
                break
            continue
        last = step
    return last


def _is_of_logging(step: Step) -> bool:
    return isinstance(step.statement, f.Import) and step.statement.module == "logging"


def _is_found_out(origin: Origin) -> bool:
    """Tell whether structlog finds the name out by itself: it is that of whoever logs first."""
    if not is_module_name(origin.given):
        return False
    through_logging = goes_through_logging(origin.module.service)
    return not through_logging or all(use.step.module is origin.module for use in origin.uses)


def _spelling(module: Module) -> tuple[str, tuple[Edit, ...]] | None:
    for name in module.bindings:
        symbol = look_up(module, name)
        if symbol == External("structlog"):
            return f"{name}.get_logger", ()
        if symbol == External(STRUCTLOG_FACTORY):
            return name, ()
    if look_up(module, "structlog") is not None or "structlog" in module.bindings:
        return None
    return "structlog.get_logger", (AddImport("structlog"),)


# -- why a call cannot be rewritten yet ------------------------------------------------------


def _outside(call: LogCall) -> str:
    """Say that the logger of *call* is made where it cannot be changed, or is not known to be."""
    receiver = call.receiver
    if receiver is None:
        return f"the logger of `{call.name}` is not known"
    name = f.render(receiver)
    scope, value = _kept_value(call.scope, receiver)
    made = callee_of(scope, value) if isinstance(value, f.Call) else None
    if isinstance(made, External):
        return f"`{name}` of {scope.module.relative} is made by {made.path}, which is not in view"
    if isinstance(made, Function):
        where = place(made.module, made.span)
        configures = made.module in configuring_modules(made.module.service)
        why = "its module configures logging" if configures else "what it gives is not followed"
        return f"`{made.name}()` of {where} gives `logging`'s own logger: {why}"
    symbol = resolve(call.scope, receiver)
    if isinstance(symbol, Variable):
        for binding in symbol.bindings:
            if isinstance(binding, Received):
                where = place(symbol.scope.module, binding.parameter.span)
                return f"`{name}` of {where} may be given from outside"
        return f"`{name}` of {symbol.scope.module.relative} may be given from outside"
    return f"`{name}` of {call.module.relative} may be given from outside"


def _kept_value(scope: Scope, receiver: f.Expression) -> tuple[Scope, f.Expression | None]:
    """Return what *receiver* is bound to, and the scope that binds it; itself if it is a call."""
    symbol = resolve(scope, receiver)
    if isinstance(symbol, Variable):
        return symbol.scope, symbol.value
    if isinstance(receiver, f.Attribute):
        owner = provider_of_attribute(scope, receiver)
        rows = owner.attributes.get(receiver.name, ()) if owner is not None else ()
        if len(rows) == 1:
            return rows[0][0], rows[0][1].value
    return scope, receiver


def moved(call: LogCall) -> str:
    """Say when a call on a logger of the standard library can take keywords.

    The rule that asks for it is named, but for a logger that a shared library makes, and one that
    only others are made of: it asks for those that the service makes and logs with.
    """
    found = origins_of(call.module.service, call)
    untold = comes_from_shared_code(call.scope, call.receiver) or (
        bool(found) and all(only_configured(x) for x in found)
    )
    return f"once the logger is structlog's{'' if untold else ' (GRV901)'}"


def waiting(call: LogCall) -> str:
    """Say what a call on a logger of the standard library waits for before it takes keywords."""
    service = call.module.service
    found = origins_of(service, call)
    origin = origin_of(call)
    if not found:
        return _outside(call)
    if origin is None:
        return f"the logger of `{call.name}` is made in several places"
    if is_foreign(origin):
        stays = origin.module in configuring_modules(service)
        why = "its module configures logging" if stays else "it is a library's"
        return f"`{origin.name}` of {origin.place} stays `logging`'s own: {why}"
    block = obstacle(origin)
    if block is not None:
        return block.reason
    if swap(origin) is None:
        return f"`{origin.name}` of {origin.place} has no place for structlog's import"
    return "its logger has to be structlog's first, which the fix of GRV901 does"
