'''Tests say in a docstring what they show.

A failing test is read by somebody who did not write it. The docstring tells which behaviour is at
stake; the name alone seldom does.

## Bad
```python title=tests/test_orders.py
def test_total():
    assert sum([1, 2]) == 3
```

## Good
```python title=tests/test_orders.py
def test_total():
    """The total of an order is the sum of its items."""
    assert sum([1, 2]) == 3
```
'''

from gravity_lint.model.testing.tests import CollectedTest, collected_tests
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV504",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Testing Patterns",
    subjects=collected_tests,
)
def check(test: CollectedTest) -> Answer:
    """The test has a docstring."""
    docstring = test.function.docstring
    if docstring is not None and docstring.text.strip():
        return CONFORMS
    return Violation(f"`{test.name}` has no docstring; say in a sentence what it shows")
