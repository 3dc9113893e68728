"""A cache key is the same for the same arguments, in every process.

`hash()` of a string changes with every start of Python, `id()` and the `repr()` of most objects
with every object, and `json.dumps` writes a dict in the order in which it was filled. Keys made of
these miss what another worker has cached, and cannot be invalidated. `json.dumps(...,
sort_keys=True)` and a digest of `hashlib` are stable.

The fix adds `sort_keys=True`. It is unsafe: keys change, so what is cached under the old ones is
not found again, nor by another program that makes the same key; and a dict whose keys cannot be
compared cannot be sorted.

Hashes of numbers, the `repr` of numbers, texts and times, and a JSON text whose order the code
itself writes down are the same everywhere and not this rule's business; nor is the hash in a key by
which only a dictionary of the same process is asked.

## Bad
```python title=app/services/search_service.py
import json

from redis.asyncio import Redis


async def find(redis: Redis, filters: dict) -> str | None:
    return await redis.get(f"search:{json.dumps(filters)}")
```

## Good
```python title=app/services/search_service.py
import json

from redis.asyncio import Redis


async def find(redis: Redis, filters: dict) -> str | None:
    return await redis.get(f"search:{json.dumps(filters, sort_keys=True)}")
```
"""

from gravity_lint import facts as f
from gravity_lint.edits import SetKeyword
from gravity_lint.model.caching.ingredients import KeyIngredient, key_ingredients
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

REASONS = {
    "hash": "which for text is another in every process, so none finds what another has kept",
    "id": "which is another for every object",
    "repr": "which for most objects is their address",
}
INSTEAD = {
    "hash": "use a digest of `hashlib` in its place",
    "id": "use what identifies it, such as its primary key",
    "repr": "write out the values that tell it from others",
}


@rule(
    code="GRV606",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Caching Patterns",
    subjects=key_ingredients,
)
def check(ingredient: KeyIngredient) -> Answer:
    """Each part of the key is the same everywhere."""
    name = ingredient.path.rpartition(".")[2]
    if ingredient.swapped_in is not None:
        return Violation(
            f"`{ingredient.shown}` stands where `{f.render(ingredient.swapped_in.function)}` takes"
            " the key, and the key where it takes the value; swap them"
        )
    if ingredient.path == "json.dumps":
        if ingredient.sorts:
            return CONFORMS
        if ingredient.sorts is None or ingredient.stable:
            return None
        return Violation(
            f"this cache key is made of `{ingredient.shown}`, which keeps the order in which"
            " a dict was filled; dump it with `sort_keys=True`"
        )
    if ingredient.stable:
        return None
    return Violation(
        f"this cache key is made of `{ingredient.shown}`, {REASONS[name]}; {INSTEAD[name]}"
    )


@check.fix(Applicability.UNSAFE)
def fix(ingredient: KeyIngredient) -> Edits:
    """Sort the keys: what is cached under the old ones is not found again."""
    if ingredient.swapped_in is not None:
        return Withheld("which of the two is the key is for a person to say")
    if ingredient.path != "json.dumps":
        name = ingredient.path.rpartition(".")[2]
        return Withheld(f"what to make the key of instead of `{name}()` is for a person to say")
    code = f.render(ingredient.expression)
    return (SetKeyword(ingredient.span, "sort_keys", "True", code=code),)
