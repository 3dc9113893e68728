"""`pytest.raises` names the exception that is meant.

`pytest.raises(Exception)` also passes when the code under test fails for another reason, down to a
mistyped name in the test itself. Name the domain exception, or say with `match` what its message
is. A test that looks at the caught exception afterwards has narrowed it down, too.

## Bad
```python title=tests/test_orders.py
import pytest


def test_unknown_order():
    with pytest.raises(Exception):
        {}["order"]
```

## Good
```python title=tests/test_orders.py
import pytest


def test_unknown_order():
    with pytest.raises(KeyError):
        {}["order"]
```
"""

from gravity_lint.model.testing.expectations import Raises, expected_raises
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV505",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Testing Patterns",
    subjects=expected_raises,
)
def check(raises: Raises) -> Answer:
    """The expected exception is narrower than all of them."""
    if raises.broad is None:
        return None
    if not raises.broad or raises.narrowed:
        return CONFORMS
    if raises.narrowed is None:
        return None
    if raises.is_one_of_several:
        broad = " and ".join(f"`{name}`" for name in raises.broad)
        return Violation(
            f"`pytest.raises` passes on any failure by {broad} among what it expects; leave"
            f" {'that' if len(raises.broad) == 1 else 'these'} out, or add `match`"
        )
    return Violation(
        f"`pytest.raises({raises.broad[0]})` passes on any failure; name the exception that is"
        " meant, or add `match`"
    )
