"""Tests of endpoints look at the status.

The status is the first thing that an endpoint answers. A test that only reads the body also passes
when a list endpoint answers 500 with an envelope, and fails with a `KeyError` where it could have
said "401 instead of 200". `status_code`, `raise_for_status()` and `is_success` all count, also in a
helper that the response is handed to, or that is told which status to expect. Event hooks of the
client see every answer and may look.

## Bad
```python title=tests/test_orders.py
from fastapi import FastAPI
from fastapi.testclient import TestClient

client = TestClient(FastAPI())


def test_list_orders():
    response = client.get("/api/v1/orders")
    assert response.json()["data"] == []
```

## Good
```python title=tests/test_orders.py
from fastapi import FastAPI
from fastapi.testclient import TestClient

client = TestClient(FastAPI())


def test_list_orders():
    response = client.get("/api/v1/orders")
    assert response.status_code == 200
    assert response.json()["data"] == []
```
"""

from gravity_lint.model.testing.answers import looks_at_status, requests_of
from gravity_lint.model.testing.tests import CollectedTest, collected_tests
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV506",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Testing Patterns",
    subjects=collected_tests,
)
def check(test: CollectedTest) -> Answer:
    """A test that makes requests looks at the status of an answer."""
    calls = requests_of(test)
    if not calls:
        return None
    answer = looks_at_status(test)
    if answer is None:
        return None
    if answer:
        return CONFORMS
    return Violation(
        f"`{test.name}` makes {'a request' if len(calls) == 1 else 'requests'} but never looks at"
        " the `status_code`; assert it first",
        at=calls[0].site.span,
    )
