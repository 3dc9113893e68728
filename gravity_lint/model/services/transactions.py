"""Blocks of a transaction: where a session runs nothing more once its work was committed.

``async with session.begin():`` and ``begin_nested()`` take no statement after a ``commit()``
inside them, until they end: ``Can't operate on closed transaction inside context manager``.
"""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.names import Variable, look_up, resolve
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.code.words import saying
from gravity_lint.model.services.sessions import session_kind
from gravity_lint.patterns import pattern

_BEGINNING = ("begin", "begin_nested")
_SESSIONS = ("db", "session", "db_session", "async_session")
"""What a session is called of which no annotation says what it is: where it may be one, it is."""
_CALLED = pattern(r"transaction|atomic|unit_of_work|uow")
"""How decorators are called that put what they decorate into a transaction."""
_DEPENDING = ("fastapi.Depends", "fastapi.Security")


def transaction_around(step: Step) -> f.With | None:
    """Return the outermost block around *step* that is a transaction of a session."""
    found = None
    for block in step.block.ancestors():
        owner = block.owner
        if isinstance(owner, f.With) and any(_begins(step.scope, item) for item in owner.items):
            found = owner
    return found


def runs_in_transaction(function: Function) -> bool:
    """Tell whether *function* may run in such a block.

    It may be that of who calls it, of a decorator, of a middleware, or of what lends the session.
    """
    service = function.module.service
    return _lent_in_transaction(service) or _called_in_transaction(function)


def _begins(scope: Scope, item: f.WithItem) -> bool:
    """Tell whether *item* is ``session.begin()``, or calls what yields in such a block.

    So does what was entered on a stack that the block closes.
    """
    if item.target is not None and _gives_session(scope, item.context, item.target):
        return True
    return _is_transaction(scope, item.context) or (
        isinstance(item.target, f.Name)
        and any(
            _is_transaction(scope, site.call.arguments[0])
            for site in scope.calls
            if _is_entered_on(item.target.name, site.call)
        )
    )


def _gives_session(scope: Scope, context: f.Expression, target: f.Expression) -> bool:
    """Tell whether it is ``maker.begin() as session``."""
    match context:
        case f.Call(function=f.Attribute(name=name)) if name in _BEGINNING:
            return session_kind(scope, target) is not None
    return False


def _is_transaction(scope: Scope, context: f.Expression) -> bool:
    match _made(scope, context):
        case f.Call(function=f.Attribute(value=owner, name=name)) if name in _BEGINNING:
            if isinstance(owner, f.Name | f.Attribute) and owner.name.strip("_") in _SESSIONS:
                return True
            return session_kind(scope, owner) is not None
        case f.Call() as call:
            return _yields_in_transaction(callee_of(scope, call))
    return False


def _is_entered_on(stack: str, call: f.Call) -> bool:
    match call:
        case f.Call(
            function=f.Attribute(
                value=f.Name(name=name), name="enter_async_context" | "enter_context"
            ),
            arguments=(_, *_),
        ):
            return name == stack
    return False


def _made(scope: Scope, context: f.Expression) -> f.Expression:
    """Return what makes *context*, be it awaited, or kept under a name before it is entered."""
    if isinstance(context, f.Await):
        return context.value
    if isinstance(context, f.Name):
        symbol = look_up(scope, context.name)
        if isinstance(symbol, Variable) and symbol.value is not None:
            return symbol.value
    return context


def _yields_in_transaction(symbol: object) -> bool:
    if not isinstance(symbol, Function) or not symbol.is_generator:
        return False
    # what enters itself: what else it enters decides
    memory = symbol.module.service.memory
    return memory.ask(("yields in transaction", symbol), False, _yields_inside, symbol)


def _yields_inside(function: Function) -> bool:
    return any(transaction_around(step) is not None for step in _yielding(function))


def _yielding(function: Function) -> Iterator[Step]:
    for step in function.steps:
        if any(isinstance(x, f.Yield) for x in step.parts):
            yield step


def _called_in_transaction(function: Function) -> bool:
    # a function that calls itself: who else calls it decides
    memory = function.module.service.memory
    return memory.ask(("called in transaction", function), False, _calls_inside, function)


def _calls_inside(function: Function) -> bool:
    return any(_wraps_in_transaction(function, x) for x in function.decorators) or any(
        transaction_around(site.step) is not None
        or (isinstance(site.scope, Function) and _called_in_transaction(site.scope))
        for site in calls_to(function.module.service, function)
    )


def _wraps_in_transaction(function: Function, decorator: f.Expression) -> bool:
    """Tell whether *decorator* begins a transaction around what it decorates, or is called so."""
    named = f.called(decorator)
    symbol = resolve(function.parent or function.module, named)
    if isinstance(symbol, Function):
        return any(
            isinstance(step.statement, f.With)
            and any(_begins(scope, item) for item in step.statement.items)
            for scope in (symbol, *symbol.walk())
            for step in scope.steps
        )
    return isinstance(named, f.Name | f.Attribute) and _CALLED.search(named.name) is not None


@query
def _lent_in_transaction(service: Service) -> bool:
    """Tell whether a dependency lends its session, or a middleware goes on, inside such a block."""
    return any(
        transaction_around(site.step) is not None
        for module in saying(service, ("call_next",))
        for scope in module.scopes
        for site in scope.calls
        if isinstance(site.call.function, f.Name) and site.call.function.name == "call_next"
    ) or any(
        _yields_in_transaction(resolve(site.scope, given))
        for site in calls_to(service, *_DEPENDING)
        if (given := site.call.argument(0, "dependency")) is not None
    )
