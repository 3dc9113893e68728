"""Blocks of a transaction: where a session runs nothing more once its work was committed.

``async with session.begin():`` and ``begin_nested()`` take no statement after a ``commit()``
inside them, until they end: ``Can't operate on closed transaction inside context manager``.
"""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.names import resolve
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.services.sessions import session_kind

_BEGINNING = ("begin", "begin_nested")
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
    """Tell whether *function* may run in such a block of whoever calls it, or lends a session."""
    service = function.module.service
    return _lent_in_transaction(service) or _called_in_transaction(function)


def _begins(scope: Scope, item: f.WithItem) -> bool:
    """Tell whether *item* is ``session.begin()``, or calls what yields in such a block."""
    match item.context:
        case f.Call(function=f.Attribute(value=owner, name=name)) if name in _BEGINNING:
            return session_kind(scope, owner) is not None or (
                item.target is not None and session_kind(scope, item.target) is not None
            )
        case f.Call() as call:
            return _yields_in_transaction(callee_of(scope, call))
    return False


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
        if any(isinstance(x, f.Yield) for each in step.expressions for x in f.walk(each)):
            yield step


def _called_in_transaction(function: Function) -> bool:
    # a function that calls itself: who else calls it decides
    memory = function.module.service.memory
    return memory.ask(("called in transaction", function), False, _calls_inside, function)


def _calls_inside(function: Function) -> bool:
    return any(
        transaction_around(site.step) is not None
        or (isinstance(site.scope, Function) and _called_in_transaction(site.scope))
        for site in calls_to(function.module.service, function)
    )


@query
def _lent_in_transaction(service: Service) -> bool:
    """Tell whether a dependency of the service lends its session inside such a block."""
    return any(
        _yields_in_transaction(resolve(site.scope, given))
        for site in calls_to(service, *_DEPENDING)
        if (given := site.call.argument(0, "dependency")) is not None
    )
