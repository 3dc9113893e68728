"""Tests ask for routes that exist.

A test that asks for a path which the application does not have gets a 404, however well the
endpoint behind the right path works; where the test tolerates that answer, it tests nothing. The
rule compares method and path of each request with the application's routing table, and only if
that is fully known, with the routes that tests add. A path that differs from the route in its last
slash matches (see `redirected-test-call`), and a test that expects 404 or 405 is meant to miss.

## Bad
```python title=app/main.py
from fastapi import FastAPI

app = FastAPI()


@app.get("/api/v1/products/{product_id}")
async def get_product(product_id: int):
    return product_id
```
```python title=tests/test_products.py
from fastapi.testclient import TestClient

from app.main import app

client = TestClient(app)


def test_get_product():
    assert client.get("/api/v1/product/1").status_code == 200
```

## Good
```python title=app/main.py
from fastapi import FastAPI

app = FastAPI()


@app.get("/api/v1/products/{product_id}")
async def get_product(product_id: int):
    return product_id
```
```python title=tests/test_products.py
from fastapi.testclient import TestClient

from app.main import app

client = TestClient(app)


def test_get_product():
    assert client.get("/api/v1/products/1").status_code == 200
```
"""

from gravity_lint.model.testing.requests import Request, requests
from gravity_lint.rule import CONFORMS, Answer, Note, Scope, Severity, Violation, rule


@rule(
    code="GRV507",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Testing Patterns",
    subjects=requests,
)
def check(request: Request) -> Answer:
    """The application has a route for the request."""
    if request.met:
        return CONFORMS
    if request.expects_refusal or request.is_for_library or request.meets_unmounted:
        return None
    methods = sorted({m for route in request.certainly_at_path for m in route.methods or ()})
    if methods:
        return Violation(
            f"`{request.shown}` matches no route: the application answers this path only to"
            f" {', '.join(methods)}"
        )
    nearest = request.nearest
    if nearest is None or nearest.endpoint is None:
        return Violation(
            f"`{request.shown}` matches no route of the application; ask for a path that it has"
        )
    endpoint = nearest.endpoint
    return Violation(
        f"`{request.shown}` matches no route of the application; the nearest is `{nearest.path}`",
        notes=(Note(endpoint.module, endpoint.span, f"`{endpoint.name}` is registered here"),),
    )
