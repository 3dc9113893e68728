"""Coroutine methods of a session are awaited.

`self.db.commit()` on an `AsyncSession` commits nothing: it makes a coroutine, and without `await`
that coroutine never runs. Python says so with a warning when it throws the coroutine away, long
after the response has gone out. `add`, `add_all` and `expunge` are plain methods and need none.

A call that is returned, stored or handed to somebody (`asyncio.gather`, `asyncio.wait_for`, a task)
may be awaited there and is left alone. The fix writes the `await`, in coroutine functions only. It
is unsafe: what never ran until now runs, and what it says to the database takes effect.

## Bad
```python title=app/services/item_service.py
from sqlalchemy.ext.asyncio import AsyncSession


class ItemService:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def save(self, item):
        self.db.add(item)
        self.db.commit()
```

## Good
```python title=app/services/item_service.py
from sqlalchemy.ext.asyncio import AsyncSession


class ItemService:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def save(self, item):
        self.db.add(item)
        await self.db.commit()
```
"""

from gravity_lint.edits import WrapExpression
from gravity_lint.model.code.awaiting import Fate, awaitable_here, awaits_what_follows, fate_of
from gravity_lint.model.code.calls import calls_in
from gravity_lint.model.code.scopes import Function, Module
from gravity_lint.model.services.sessions import SessionCall, coroutine_calls
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Scope,
    Severity,
    Violation,
    Withheld,
    rule,
)


@rule(
    code="GRV206",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Service Layer Patterns",
    subjects=coroutine_calls,
)
def check(call: SessionCall) -> Answer:
    """The coroutine that the call gives is awaited."""
    fate = fate_of(call.site)
    if fate is Fate.AWAITED:
        return CONFORMS
    if fate is Fate.HANDED_ON:
        return None
    advice, scope = "await it", call.scope
    if isinstance(scope, Function) and not scope.is_async:
        advice = f"make `{scope.name}` an `async def`, and await it{lead_there(scope)}"
    if awaits_what_follows(call.site):
        advice = f"write `(await {call.name}(...))`, as the `await` in front awaits what comes last"
    session = "an asynchronous session"
    if call.mistyped:
        session += ", which it is given whatever the annotation says,"
    return Violation(
        f"`{call.name}(...)` is not awaited, so it never runs: on {session} `{call.method}` gives a"
        f" coroutine; {advice}"
    )


def lead_there(function: Function) -> str:
    """Say what becomes of the plain calls of *function* in its file, once it is a coroutine's."""
    calls = [x for x in calls_in(function.module, function) if fate_of(x) is Fate.LOST]
    if any(isinstance(x.scope, Module) for x in calls):
        return f"; run the coroutine by `asyncio.run({function.name}(...))`"
    return f"; await `{function.name}(...)` where it is called" if calls else ""


@check.fix(Applicability.UNSAFE)
def fix(call: SessionCall) -> Edits:
    """Write the `await`."""
    if awaits_what_follows(call.site):
        return Withheld("the `await` in front of the whole chain has to be moved")
    if not awaitable_here(call.site):
        return Withheld("only a coroutine function can await, and this one is called as it is")
    return (WrapExpression(call.span, "await "),)
