"""Addresses of brokers, caches and databases come from the settings.

A URL in the code is the same in every environment: the tests talk to production, or production to
somebody's laptop, and the password in it is in the repository for good. The settings class is where
such addresses live, defaults included, and what code falls back to where a setting is not there
(`settings.redis_url or "redis://..."`, or a `return` behind the one of the setting) is a default as
well. A pattern that finds such addresses, and one that others are only compared with, is none.

## Bad
```python title=app/core/database.py
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("postgresql+asyncpg://app:secret@db:5432/app")
```

## Good
```python title=app/core/database.py
from sqlalchemy.ext.asyncio import create_async_engine

from app.config import settings

engine = create_async_engine(settings.database_url)
```
"""

from gravity_lint.model.events.addresses import Address, addresses
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV711",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Event-Driven Patterns",
    subjects=addresses,
)
def check(address: Address) -> Answer:
    """The address stands in the settings, not in code."""
    if address.in_settings:
        return CONFORMS
    source = "`settings`" if address.has_settings else "the environment"
    what = f"the address of the {address.kind} (`{address.scheme}://...`) is written into the code"
    if address.parameter is not None:
        return Violation(
            f"{what}, as the default of `{address.parameter}`; let that be `None`, and read it from"
            f" {source} where nobody gives one"
        )
    return Violation(f"{what}; read it from {source}")
