"""Keys are looked up with `SCAN`, not with `KEYS`.

`KEYS` walks through all keys of the server at once, and everybody else waits: milliseconds with a
thousand keys, seconds with some millions. `scan_iter` asks for them in portions. Off by default:
the patterns document itself still uses `keys`.

## Bad
```python title=app/core/cache.py
from redis.asyncio import Redis


async def invalidate(redis: Redis, pattern: str) -> None:
    keys = await redis.keys(pattern)
    if keys:
        await redis.delete(*keys)
```

## Good
```python title=app/core/cache.py
from redis.asyncio import Redis


async def invalidate(redis: Redis, pattern: str) -> None:
    async for key in redis.scan_iter(match=pattern):
        await redis.delete(key)
```
"""

from gravity_lint import facts as f
from gravity_lint.model.caching.redis import RedisCall, key_searches
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV690",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Caching Patterns",
    subjects=key_searches,
    default=False,
)
def check(search: RedisCall) -> Answer:
    """The server is asked in portions."""
    if search.method == "scan_iter":
        return CONFORMS
    return Violation(
        f"`{f.render(search.call.function)}` runs `KEYS`, which blocks the server while it walks"
        " through all its keys; iterate with `scan_iter`"
    )
