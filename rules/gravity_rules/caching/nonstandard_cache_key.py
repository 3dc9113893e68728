"""Cache keys are lower-case `entity[:part]*`.

Entries are invalidated by pattern (`user:*`), and several services look into the same Redis. A key
in another shape is missed by the pattern and mistaken for somebody else's. Lists and streams are
queues, and called what they are.

## Bad
```python title=app/services/user_service.py
from redis.asyncio import Redis


async def remember(redis: Redis, user_id: int, name: str) -> None:
    await redis.set(f"UserName_{user_id}", name, ex=600)
```

## Good
```python title=app/services/user_service.py
from redis.asyncio import Redis


async def remember(redis: Redis, user_id: int, name: str) -> None:
    await redis.set(f"user:name:{user_id}", name, ex=600)
```
"""

import re

from gravity_lint.model.caching.keys import CacheKey, cache_keys
from gravity_lint.model.caching.texts import HOLE
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Cause,
    Expression,
    Options,
    Scope,
    Severity,
    Violation,
    rule,
)


class NonstandardCacheKeyOptions(Options, frozen=True):
    """The shape of a key in which each part that is not known reads ``x``."""

    pattern: Expression = r"[a-z{][a-z0-9_.{}-]*(:[^A-Z\s:]*)*"
    """A regular expression that the whole key matches."""


@rule(
    code="GRV602",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Caching Patterns",
    subjects=cache_keys,
    options=NonstandardCacheKeyOptions,
)
def check(key: CacheKey, options: NonstandardCacheKeyOptions) -> Answer:
    """The key has the shape, and its entity is a part of its own."""
    entity, *parts = key.text.split(":")
    if entity.startswith(HOLE):
        # The entity is not in view; what follows it may still be no part of any key.
        if re.fullmatch(options.pattern, "x" + key.text.replace(HOLE, "x")[1:]) is not None:
            return CONFORMS if entity == HOLE and parts else None
    elif re.fullmatch(options.pattern, key.text.replace(HOLE, "x")) is not None:
        glued = re.match(rf"([a-z0-9_.-]*[a-z0-9])[_.-]?{HOLE}", entity)
        if glued is None:
            return CONFORMS
        word, rest = glued[1], key.text[glued.end() - 1 :].replace(HOLE, "{...}")
        return Violation(
            f'cache key "{key.shown}" glues its entity to what follows, so no pattern `{word}:*`'
            f' finds it; write "{word}:{rest}"'
        )
    if re.fullmatch(options.pattern, "x" + key.text.replace(HOLE, "x")) is not None:
        wrong = f'begins with "{entity[:1] or ":"}"; its entity begins with a letter, such as'
        wrong += ' "user:profile:{id}"'
        cause = None
        if key.beginning is not None:
            module, held = key.beginning
            cause = Cause(module, held.span, f'keys start with "{held.value}", which {wrong}')
        return Violation(f'cache key "{key.shown}" {wrong}', cause=cause)
    return Violation(
        f'cache key "{key.shown}" is not lower-case `entity[:part]*`, such as "user:profile:{{id}}"'
    )
