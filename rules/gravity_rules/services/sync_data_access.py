"""Services and repositories never block the event loop.

One thread serves all requests of a worker. While a method waits in `requests.get`, in `time.sleep`
or in a synchronous session, no other request moves. Async SQLAlchemy, `httpx.AsyncClient`,
`asyncio.sleep` and `redis.asyncio` wait without holding anybody up; what has no asynchronous
counterpart goes to a thread (`asyncio.to_thread`, `run_in_threadpool`), from wherever requests
lead to it: one call in the loop stops them all. FastAPI runs an endpoint that is a plain `def` in a
thread of its own: what it calls holds up nobody else, but the thread. A session that is awaited, or
that all who make the service give as an asynchronous one, blocks nobody, whatever its annotation
says; and what only tasks of a worker, commands and threads run may wait. Closing a redis client
asks the server nothing, and `__del__` can await nothing.

## Bad
```python title=app/services/rate_service.py
import requests


class RateService:
    async def current(self, currency: str) -> dict:
        return requests.get(f"https://rates.example.com/{currency}", timeout=5).json()
```

## Good
```python title=app/services/rate_service.py
import httpx


class RateService:
    async def current(self, currency: str) -> dict:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"https://rates.example.com/{currency}", timeout=5)
            return answer.json()
```
"""

from gravity_lint.model.code.scopes import Function
from gravity_lint.model.services.blocking import DataMethod, data_methods
from gravity_lint.rule import CONFORMS, Answer, Note, Scope, Severity, Violation, rule


@rule(
    code="GRV205",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Service Layer Patterns",
    subjects=data_methods,
)
def check(method: DataMethod) -> Answer:
    """The method waits for nothing without letting others run."""
    if not method.blocking:
        return CONFORMS if method.awaits_session else None
    if method.maybe_in_worker or (method.maybe_in_thread and not method.certainly_in_loop):
        return None
    shown = ", ".join(f"`{name}`" for name in dict.fromkeys(x.shown for x in method.blocking))
    if method.asks_for_query:
        return Violation(
            f"`{method.function.name}` asks an asynchronous session for what it does not have"
            f" ({shown}): it raises AttributeError; use `await ... .execute(select(...))`",
            notes=tuple(Note(x.site.module, x.site.span, "raises here") for x in method.blocking),
        )
    if method.prepares:
        return Violation(
            f"`{method.function.name}` makes a query of a synchronous session ({shown}), in which"
            " whoever runs it waits; use an asynchronous session and `select()`",
            notes=tuple(Note(x.site.module, x.site.span, "made here") for x in method.blocking),
        )
    return Violation(
        f"`{method.function.name}` {done(method)} synchronously ({shown}){effect(method)};"
        f" {remedy(method)}",
        notes=tuple(Note(x.site.module, x.site.span, "blocks here") for x in method.blocking),
    )


def done(method: DataMethod) -> str:
    """Say what the method does while others wait."""
    return "waits" if all(x.sleeps for x in method.blocking) else "does I/O"


def remedy(method: DataMethod) -> str:
    """Say what lets others run meanwhile."""
    sleeping = [x.sleeps for x in method.blocking]
    if not all(sleeping):
        taken = ", taken in `__init__`" if method.takes_session_of_service else ""
        waiting = ", and `await asyncio.sleep(...)`" if any(sleeping) else ""
        return f"use an asynchronous client or session{taken}{waiting}"
    where = "" if method.function.is_async else " in an `async def`"
    return f"use `await asyncio.sleep(...)`{where}"


def effect(method: DataMethod) -> str:
    """Say what becomes of other requests meanwhile, as far as it is known who calls it."""
    coroutine, endpoint = method.coroutine, method.threaded_endpoint
    starter = method.starter
    if starter is method.function:
        return "; it runs before the first request"
    if starter is not None:
        return f"; `{starter.name}` runs it before the first request"
    if coroutine is not None:
        other = (
            ""
            if coroutine is method.function
            else f" and the coroutine `{named(coroutine)}` runs it,"
        )
        if method.holds_up_requests:
            return f",{other} so no other request moves meanwhile"
        loop = "the loop that runs it" if coroutine is method.function else "its loop"
        return f",{other} which stops everything else on {loop}"
    if endpoint is not None:
        return (
            f"; the endpoint `{endpoint.name}` is a plain `def` and runs in a thread, which it"
            " holds meanwhile"
        )
    return ", which stops every request where a coroutine calls it"


def named(function: Function) -> str:
    """Return the name of *function*, with its class where every class may have one of the name."""
    if function.cls is not None and function.name.startswith("__"):
        return f"{function.cls.name}.{function.name}"
    return function.name
