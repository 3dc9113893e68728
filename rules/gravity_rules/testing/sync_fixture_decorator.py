"""Async fixtures are made with `@pytest_asyncio.fixture`.

In its strict mode pytest-asyncio leaves what `@pytest.fixture` decorates alone: the test gets a
coroutine or an async generator instead of the client or the session. With `asyncio_mode = "auto"`
both spellings work, and anyio's plugin runs the async fixtures of the tests that it runs.

The fix is safe: the arguments of both decorators are the same.

## Bad
```python title=tests/conftest.py
import pytest


@pytest.fixture
async def answer():
    return 42
```

## Good
```python title=tests/conftest.py
import pytest_asyncio


@pytest_asyncio.fixture
async def answer():
    return 42
```
"""

from gravity_lint.edits import ReplaceExpression
from gravity_lint.model.code.references import spell_module, unneeded_imports
from gravity_lint.model.testing.fixtures import ASYNC, Fixture
from gravity_lint.model.testing.running import async_fixtures, awaited_for
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


@rule(
    code="GRV501",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Testing Patterns",
    subjects=async_fixtures,
)
def check(fixture: Fixture) -> Answer:
    """Something awaits the fixture before the test gets it."""
    if fixture.maker == ASYNC:
        return CONFORMS
    awaited = awaited_for(fixture)
    if awaited is None:
        return None
    if awaited:
        return CONFORMS
    given = "an async generator" if fixture.function.is_generator else "a coroutine"
    return Violation(
        f"`{fixture.function.name}` is async, but `@pytest.fixture` hands tests {given} that"
        " nobody awaits; decorate it with `@pytest_asyncio.fixture`"
    )


@check.fix(Applicability.SAFE)
def fix(fixture: Fixture) -> Edits:
    """Exchange the decorator, keep its arguments."""
    outside = fixture.function.parent or fixture.module
    spelling = spell_module(outside, "pytest_asyncio")
    named = fixture.call.function if fixture.call is not None else fixture.decorator
    if spelling is None:
        return Withheld("`pytest_asyncio` means something else there")
    replaced = ReplaceExpression(named.span, f"{spelling.text}.fixture")
    return (replaced, *spelling.edits, *unneeded_imports(fixture.module, named))
