"""Invalidation finds what was cached.

A pattern that matches no key which the service writes invalidates nothing, and says nothing: users
keep seeing what they have just changed. Usually the prefix was renamed in one place.

The rule speaks only where it sees all that the service writes: with one key that cannot be read, or
a caching library of its own, nothing is dead for certain.

## Bad
```python title=app/services/user_service.py
from app.core.cache import cache_result, invalidate_cache


@cache_result(ttl=600, key_prefix="user")
async def get_user(user_id: int) -> dict:
    return {"id": user_id}


async def rename(user_id: int) -> None:
    await invalidate_cache("users:*")
```

## Good
```python title=app/services/user_service.py
from app.core.cache import cache_result, invalidate_cache


@cache_result(ttl=600, key_prefix="user")
async def get_user(user_id: int) -> dict:
    return {"id": user_id}


async def rename(user_id: int) -> None:
    await invalidate_cache("user:*")
```
"""

from gravity_lint.model.caching.invalidation import invalidations, may_match, written_keys
from gravity_lint.model.caching.keys import CacheKey
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV608",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Caching Patterns",
    subjects=invalidations,
)
def check(pattern: CacheKey) -> Answer:
    """Some key of the service can match."""
    written = written_keys(pattern.module.service)
    if written is None:
        return None
    if any(may_match(pattern.text, key) for key in written):
        return CONFORMS
    return Violation(
        f'"{pattern.shown}" matches no key that the service caches, so nothing is invalidated'
    )
