"""Every endpoint is called by a test.

What no test calls is tried first by a client. Requests of tests count by method and path, also
where parts of the path are filled in at run time; so do calls of the endpoint's function, its name
in `url_path_for`, and, where a request's path is not known, the paths that tests write anywhere.
The host to which they ask may be a setting. The rule says nothing of what tests may ask for whose
path stands elsewhere, in a scenario in another language, a schema or a table of cases, nor of a
service without tests beside or above which there are some.

## Bad
```python title=app/main.py
from fastapi import FastAPI

app = FastAPI()


@app.get("/api/v1/products")
async def list_products():
    return []
```
```python title=tests/test_products.py
def test_nothing():
    assert True
```

## Good
```python title=app/main.py
from fastapi import FastAPI

app = FastAPI()


@app.get("/api/v1/products")
async def list_products():
    return []
```
```python title=tests/test_products.py
from fastapi.testclient import TestClient

from app.main import app


def test_list_products():
    assert TestClient(app).get("/api/v1/products").status_code == 200
```
"""

from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.routing import endpoints_in
from gravity_lint.model.testing.requests import is_called
from gravity_lint.model.testing.tests import tests_in_view
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV508",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Testing Patterns",
    subjects=endpoints_in,
    default=False,
)
def check(endpoint: Endpoint) -> Answer:
    """Some test calls the endpoint."""
    if endpoint.paths is None:
        return None
    called = is_called(endpoint)
    if called is not False:
        return CONFORMS if called else None
    kind = "WebSocket" if endpoint.websocket else "/".join(sorted(endpoint.methods or ()))
    shown = f"{kind} `{endpoint.paths[0].path}`".lstrip()
    tests = tests_in_view(endpoint.module.service)
    return Violation(f"{tests} calls `{endpoint.name}` ({shown}); every endpoint has a test")
