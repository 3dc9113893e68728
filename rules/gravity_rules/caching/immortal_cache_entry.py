"""What is written to Redis gets a time to live.

An entry that never expires is right until the day somebody changes what it was computed from, and
stays until the server is full and evicts what others need. `set` takes `ex`, `px`, `exat` or
`pxat`, the service's own client a `ttl`; `expire` on the same key does as well. Hashes are records
rather than cached results, and none of this rule's business; nor is a key that the service itself
deletes, also by a pattern, counts up or hands to a Lua script: it holds a state, such as a flag, a
lock or a number. What a search for keys has found is judged where it is first written.
What endpoints keep under one key as their callers have sent it is a setting, with nothing behind it
to be read again. Scripts are exempt.

## Bad
```python title=app/services/user_service.py
from redis.asyncio import Redis


async def remember(redis: Redis, user_id: int, name: str) -> None:
    await redis.set(f"user:{user_id}", name)
```

## Good
```python title=app/services/user_service.py
from redis.asyncio import Redis


async def remember(redis: Redis, user_id: int, name: str) -> None:
    await redis.set(f"user:{user_id}", name, ex=600)
```
"""

from gravity_lint import facts as f
from gravity_lint.model.caching.ingredients import is_swapped
from gravity_lint.model.caching.invalidation import gets_lifetime, is_removed
from gravity_lint.model.caching.origins import is_counted_on, is_kept_setting
from gravity_lint.model.caching.redis import RedisCall, entries
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule

_WITHOUT = {"setnx": "nx=True", "getset": "get=True"}
"""Methods of redis-py that take no time to live, and what makes `set` do the same."""


@rule(
    code="GRV603",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Caching Patterns",
    subjects=entries,
)
def check(entry: RedisCall) -> Answer:
    """The entry expires."""
    if entry.expires is None:
        return None
    if entry.expires or gets_lifetime(entry):
        return CONFORMS
    if is_removed(entry) is not False or is_kept_setting(entry) or is_counted_on(entry):
        return None
    if is_swapped(entry):
        return None  # `unstable-cache-key` says so, and what the key is shows once it is mended
    assert entry.key is not None
    key = f.render(entry.key)
    if entry.misnamed_lifetime:
        return Violation(
            f"`{key}` is not written at all: `{f.render(entry.call.function)}` takes no"
            f" `{entry.misnamed_lifetime}` and raises a TypeError; give it `{entry.lifetime}`"
        )
    return Violation(
        f"`{key}` is written without a time to live, so it never expires; {_advice(entry)}"
    )


def _advice(entry: RedisCall) -> str:
    """Say where the time to live goes: what is called tells what it takes."""
    if entry.wrapper is not None:
        return f"give it `{entry.lifetime}`"
    if entry.method in _WITHOUT and entry.plain:
        return f"write it by `set(..., {_WITHOUT[entry.method]}, ex=...)`"
    return "give it `ex`"
