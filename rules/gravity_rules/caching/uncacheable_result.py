"""What is cached can be awaited, and is JSON.

The cache decorator awaits the function and stores `json.dumps` of what it gives. A plain `def` has
nothing to await; an ORM object is no JSON, so the first call fails after all its work is done. What
is cached is plain data: `model_dump(mode="json")` of a schema, a dict, a number.

## Bad
```python title=app/services/user_service.py
from app.core.cache import cache_result
from app.models.user import User


@cache_result(ttl=600, key_prefix="user")
async def get_user(user_id: int) -> User | None:
    ...
```
```python title=app/models/user.py
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"
```

## Good
```python title=app/services/user_service.py
from app.core.cache import cache_result


@cache_result(ttl=600, key_prefix="user")
async def get_user(user_id: int) -> dict | None:
    ...
```
"""

from gravity_lint.model.caching.functions import CachedFunction, cached_functions
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV607",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Caching Patterns",
    subjects=cached_functions,
)
def check(cached: CachedFunction) -> Answer:
    """The function is awaited, and gives plain data."""
    name, decorator = cached.function.name, cached.name
    if not cached.function.is_async:
        if not cached.awaits:
            return None
        return Violation(
            f"`{name}` is a plain `def`, and `{decorator}` awaits what it calls; make it"
            " `async def`"
        )
    model = cached.orm_result
    if model is None:
        return CONFORMS
    if not cached.dumps_json:
        return None
    return Violation(
        f"`{name}` gives ORM objects of `{model}`, and `{decorator}` stores JSON; return plain data"
    )
