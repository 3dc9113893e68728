"""Dependency overrides are taken back.

`app.dependency_overrides` belongs to the application, which lives as long as the test run. An
override that stays after its test answers for every later test, too: their results then depend on
the order in which they run. Clear, pop or restore it after the `yield`, or use `monkeypatch` or
`patch.dict`, which restore it themselves.

## Bad
```python title=app/main.py
from fastapi import FastAPI

app = FastAPI()


def get_db():
    return None
```
```python title=tests/conftest.py
import pytest

from app.main import app, get_db


@pytest.fixture
def client():
    app.dependency_overrides[get_db] = lambda: "fake"
    yield app
```

## Good
```python title=app/main.py
from fastapi import FastAPI

app = FastAPI()


def get_db():
    return None
```
```python title=tests/conftest.py
import pytest

from app.main import app, get_db


@pytest.fixture
def client():
    app.dependency_overrides[get_db] = lambda: "fake"
    yield app
    app.dependency_overrides.clear()
```
"""

from gravity_lint.model.testing.overrides import Overriding, overridings
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV503",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Testing Patterns",
    subjects=overridings,
)
def check(overriding: Overriding) -> Answer:
    """What is overridden for a test is restored after it."""
    if overriding.taken_back is None:
        return None
    if overriding.taken_back:
        return CONFORMS
    stays = "for every test that runs later"
    if overriding.cleared_elsewhere:
        stays = "until something else clears `dependency_overrides`"
    return Violation(
        f"`{overriding.function.name}` never takes this override back, so it stays {stays};"
        " clear `dependency_overrides` when the test is over"
    )
