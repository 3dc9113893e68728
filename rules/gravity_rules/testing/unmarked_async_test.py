"""Async tests are marked.

In its strict mode pytest-asyncio runs only the async tests that carry `@pytest.mark.asyncio`: on
the function, on its class, or as `pytestmark` of its module. The others are skipped with a warning
or fail, depending on pytest's version; either way, what they test is not tested. anyio's mark is as
good, and with `asyncio_mode = "auto"` no mark is needed.

The fix adds the mark to the function.

## Bad
```python title=tests/test_answer.py
async def test_answer():
    assert True
```

## Good
```python title=tests/test_answer.py
import pytest


@pytest.mark.asyncio
async def test_answer():
    assert True
```
"""

from gravity_lint.edits import AddDecorator
from gravity_lint.model.code.references import spell_module
from gravity_lint.model.testing.marks import uses_anyio
from gravity_lint.model.testing.running import MARKS, async_tests, run_by_plugin
from gravity_lint.model.testing.tests import CollectedTest
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Options,
    Scope,
    Severity,
    Violation,
    Withheld,
    rule,
)


class UnmarkedAsyncTestOptions(Options, frozen=True):
    """The marks with which a plugin runs an async test."""

    marks: tuple[str, ...] = MARKS
    """Names behind ``pytest.mark``."""


@rule(
    code="GRV502",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Testing Patterns",
    subjects=async_tests,
    options=UnmarkedAsyncTestOptions,
)
def check(test: CollectedTest, options: UnmarkedAsyncTestOptions) -> Answer:
    """A plugin runs the async test."""
    answer = run_by_plugin(test, options.marks)
    if answer is None:
        return None
    if answer:
        return CONFORMS
    return Violation(
        f"`{test.name}` is async, but neither it nor its module has a mark that makes a plugin run"
        " it; mark it with `@pytest.mark.asyncio`"
    )


@check.fix(Applicability.SAFE)
def fix(test: CollectedTest, options: UnmarkedAsyncTestOptions) -> Edits:
    """Mark the function, unless the service runs its tests with another plugin."""
    spelling = spell_module(test.function.parent or test.module, "pytest")
    if uses_anyio(test.module.service) or "asyncio" not in options.marks:
        return Withheld("the service runs its async tests with another plugin")
    if spelling is None:
        return Withheld("`pytest` means something else there")
    return (
        AddDecorator(test.function.definition.span, f"{spelling.text}.mark.asyncio"),
        *spelling.edits,
    )
