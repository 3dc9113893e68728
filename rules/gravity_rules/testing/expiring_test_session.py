"""Sessions of tests do not expire what they hold.

After a commit SQLAlchemy expires every object of the session and loads it again at the next access.
With an asynchronous session that access is an attribute, nobody awaits it, and the test fails with
`MissingGreenlet`. `expire_on_commit=False` leaves the objects as they are.

The fix is safe: it only takes away reloads that an asynchronous session cannot make.

## Bad
```python title=tests/conftest.py
from sqlalchemy.ext.asyncio import async_sessionmaker

Session = async_sessionmaker()
```

## Good
```python title=tests/conftest.py
from sqlalchemy.ext.asyncio import async_sessionmaker

Session = async_sessionmaker(expire_on_commit=False)
```
"""

from gravity_lint.edits import SetKeyword
from gravity_lint.model.testing.engines import SessionMaker, session_makers
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Scope,
    Severity,
    Violation,
    rule,
)


@rule(
    code="GRV513",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Testing Patterns",
    subjects=session_makers,
)
def check(maker: SessionMaker) -> Answer:
    """The factory says that its sessions keep objects as they are."""
    if maker.expires is None:
        return None
    if not maker.expires:
        return CONFORMS
    return Violation(
        "sessions of this factory expire their objects on commit, and no attribute can be awaited;"
        " make it with `expire_on_commit=False`"
    )


@check.fix(Applicability.SAFE)
def fix(maker: SessionMaker) -> Edits:
    """Say it."""
    return (SetKeyword(maker.site.call.span, "expire_on_commit", "False"),)
