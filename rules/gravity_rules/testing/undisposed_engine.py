"""Fixtures dispose of the engines that they create.

An engine keeps connections in a pool. An engine that a fixture leaves behind holds them until the
test run ends, on an event loop that may be closed by then, and a database server runs out of
connections before a large suite runs out of tests. Call `await engine.dispose()` after the `yield`.
An engine with `NullPool` keeps nothing.

## Bad
```python title=tests/conftest.py
import pytest_asyncio
from sqlalchemy.ext.asyncio import create_async_engine


@pytest_asyncio.fixture
async def engine():
    engine = create_async_engine("sqlite+aiosqlite://")
    yield engine
```

## Good
```python title=tests/conftest.py
import pytest_asyncio
from sqlalchemy.ext.asyncio import create_async_engine


@pytest_asyncio.fixture
async def engine():
    engine = create_async_engine("sqlite+aiosqlite://")
    yield engine
    await engine.dispose()
```
"""

from gravity_lint import facts as f
from gravity_lint.model.testing.engines import MadeEngine, engines_of_fixtures
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV512",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Testing Patterns",
    subjects=engines_of_fixtures,
)
def check(engine: MadeEngine) -> Answer:
    """The fixture disposes of its engine."""
    if engine.disposed is None:
        return None
    if engine.disposed:
        return CONFORMS
    fixture = engine.fixture
    advice = "call its `dispose()` after the `yield`"
    if not fixture.yields:
        first = "`yield` what it returns" if fixture.given else "`yield` at its end"
        advice = f"{first}, and call the engine's `dispose()` after that"
        if engine.ends_here:
            advice = "call its `dispose()` at the end"
    if engine.is_async and engine.runner is not None:
        runner = f.render(engine.runner)
        advice = f"{advice.replace('call', 'run')} with `{runner}(...)`, as it runs what it needs"
    elif engine.is_async:
        advice = advice.replace("call", "await")
        if not fixture.is_async:
            advice += ", in an asynchronous fixture"
    return Violation(
        f"the fixture `{fixture.function.name}` never disposes of the engine that it creates;"
        f" {advice}"
    )
