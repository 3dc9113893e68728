"""Cached functions say under which prefix their results are kept.

Without a prefix of its own a cached function shares `cache:` with all others: nobody can tell what
a key holds, and its results cannot be invalidated without those of everybody else. Used without a
call, the decorator takes the function for its time to live.

## Bad
```python title=app/services/user_service.py
from app.core.cache import cache_result


@cache_result(ttl=600)
async def get_user(user_id: int) -> dict:
    return {"id": user_id}
```

## Good
```python title=app/services/user_service.py
from app.core.cache import cache_result


@cache_result(ttl=600, key_prefix="user")
async def get_user(user_id: int) -> dict:
    return {"id": user_id}
```
"""

from gravity_lint import facts as f
from gravity_lint.model import Function
from gravity_lint.model.caching.functions import CachedFunction, cached_functions
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV601",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Caching Patterns",
    subjects=cached_functions,
)
def check(cached: CachedFunction) -> Answer:
    """The decorator is called, and with a prefix."""
    name = cached.function.name
    if cached.call is None:
        return Violation(
            f"`@{cached.name}` is used without a call, so it takes `{name}` itself for its first"
            f' setting; write `@{cached.name}(ttl=..., key_prefix="...")`'
        )
    if cached.prefix is not None and not is_empty(cached.prefix):
        return CONFORMS
    if cached.call.unpacks:
        return None
    if isinstance(cached.maker, Function) and cached.prefix_parameter is None:
        return None
    return Violation(
        f"the results of `{name}` are cached under the prefix that all functions share; give"
        f" `{cached.name}` a `key_prefix` by which they can be found and invalidated"
    )


def is_empty(prefix: f.Expression) -> bool:
    """Tell whether a prefix is given, and is none: ``""``, ``None``."""
    return isinstance(prefix, f.Constant) and prefix.value in ("", None)
