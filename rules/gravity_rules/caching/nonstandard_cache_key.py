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

_GLUED = re.compile(rf"([a-z0-9_.-]*[a-z0-9])[_.-]?{HOLE}")
"""An entity and what it is glued to."""


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
        if _has_shape("x" + key.text[1:], options):
            return CONFORMS if entity == HOLE and parts else None
    elif _has_shape(key.text, options):
        glued = _GLUED.match(entity)
        if glued is None:
            return CONFORMS
        word, rest = glued[1], key.text[glued.end() - 1 :].replace(HOLE, "{...}")
        wrong = f"glues its entity to what follows, so no pattern `{word}:*` finds"
        cause = None
        if key.beginning is not None and key.beginning[1].value == glued[0].removesuffix(HOLE):
            cause = _cause(key, f'{wrong} them; write "{word}:"')
        return Violation(f'cache key "{key.shown}" {wrong} it; write "{word}:{rest}"', cause=cause)
    if _has_shape("x" + key.text, options):
        wrong = f'begins with "{entity[:1] or ":"}"; its entity begins with a letter, such as'
        wrong += ' "user:profile:{id}"'
        return Violation(f'cache key "{key.shown}" {wrong}', cause=_cause(key, wrong))
    wrong = 'is not lower-case `entity[:part]*`, such as "user:profile:{id}"'
    cause = _cause(key, wrong) if _is_wrong_in_its_beginning(key, options) else None
    return Violation(f'cache key "{key.shown}" {wrong}', cause=cause)


def _has_shape(text: str, options: NonstandardCacheKeyOptions) -> bool:
    return re.fullmatch(options.pattern, text.replace(HOLE, "x")) is not None


def _is_wrong_in_its_beginning(key: CacheKey, options: NonstandardCacheKeyOptions) -> bool:
    """Tell whether *key* would do if only the constant by which it begins were another."""
    if key.beginning is None:
        return False
    rest = key.text.removeprefix(str(key.beginning[1].value))
    mended = "x:" + rest if rest.startswith(HOLE) else "x" + rest
    return _has_shape(mended, options) and _GLUED.match(mended) is None


def _cause(key: CacheKey, wrong: str) -> Cause | None:
    """Return the constant by which *key* begins, and say what is *wrong* with it."""
    if key.beginning is None:
        return None
    module, held = key.beginning
    return Cause(module, held.span, f'keys start with "{held.value}", which {wrong}')
