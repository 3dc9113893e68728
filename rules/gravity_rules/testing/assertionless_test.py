"""Tests assert something.

A test without an assertion passes as long as nothing raises, whatever the code under test returns
or leaves behind. `assert`, `pytest.raises` and `pytest.warns`, the assertions of mocks and of
unittest, programs run with `check=True`, and helpers that assert all count, wherever they lie.
Nothing is said where a helper is not known but its name says that it checks, or where the test
calls a function whose job is to raise (`check_callback_url(url)`), or where its name, its docstring
or a comment says that nothing is to be raised. Where a test makes requests, GRV506 asks for a look
at the status.

## Bad
```python title=tests/test_orders.py
def test_total():
    sum([1, 2])
```

## Good
```python title=tests/test_orders.py
def test_total():
    assert sum([1, 2]) == 3
```
"""

from gravity_lint.model.testing.answers import looks_at_status, requests_of
from gravity_lint.model.testing.assertions import asserts, calls_nothing
from gravity_lint.model.testing.tests import CollectedTest, collected_tests
from gravity_lint.rule import CONFORMS, Answer, Options, Scope, Severity, Violation, rule


class AssertionlessTestOptions(Options, frozen=True):
    """Names of functions and methods from elsewhere that assert."""

    helpers: tuple[str, ...] = ()
    """Bare names."""


@rule(
    code="GRV510",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Testing Patterns",
    subjects=collected_tests,
    options=AssertionlessTestOptions,
)
def check(test: CollectedTest, options: AssertionlessTestOptions) -> Answer:
    """The test can fail for a reason that it names."""
    if test.skipped:
        return None
    answer = asserts(test, options.helpers)
    if answer is None:
        return None
    if answer:
        return CONFORMS
    if requests_of(test) and looks_at_status(test) is False:
        return None  # what it asks for has a status: GRV506
    if calls_nothing(test):
        return Violation(
            f"`{test.name}` calls nothing and asserts nothing; write what it is to test, or"
            " remove it"
        )
    return Violation(
        f"`{test.name}` asserts nothing, so it passes whatever its calls give; assert what they"
        " are expected to do"
    )
