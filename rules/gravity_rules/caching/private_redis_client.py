"""There is one Redis client, and it is made in `core/redis_client`.

A client that a module makes for itself has its own pool, its own timeouts and its own address, and
is closed by nobody at shutdown. Everybody imports the one client.

The place is known by its name: a module called `redis_client.py` or `redis.py`, a package called
`redis`, or a module of the core that is named for Redis or the cache.

## Bad
```python title=app/services/lock_service.py
from redis.asyncio import Redis

from app.config import settings

locks = Redis.from_url(settings.redis_url)
```

## Good
```python title=app/core/redis_client.py
from redis.asyncio import Redis

from app.config import settings

redis_client = Redis.from_url(settings.redis_url)
```
"""

from gravity_lint.model import CallSite
from gravity_lint.model.caching.redis import client_constructions
from gravity_lint.model.code.layers import matches
from gravity_lint.rule import CONFORMS, Answer, Options, Scope, Severity, Violation, rule


class PrivateRedisClientOptions(Options, frozen=True):
    """Where the client may be made: globs below the service root."""

    modules: tuple[str, ...] = (
        "**/redis_client.py",
        "**/redis.py",
        "**/redis/**",
        "**/core/**/*redis*",
        "**/core/**/*redis*/**",
        "**/core/**/*cache*",
        "**/core/**/*cache*/**",
    )
    """Globs; ``**`` crosses directories."""


@rule(
    code="GRV605",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Caching Patterns",
    subjects=client_constructions,
    options=PrivateRedisClientOptions,
)
def check(site: CallSite, options: PrivateRedisClientOptions) -> Answer:
    """The client is made where the others find it."""
    if any(matches(site.module.relative, pattern) for pattern in options.modules):
        return CONFORMS
    return Violation(
        f"`{site.module.name}` makes a redis client of its own; import the one of the service's"
        " `core/redis_client`"
    )
