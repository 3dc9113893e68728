"""Tests write a path exactly as its route does.

Where only the last slash differs, the application answers 307 and points to the right path. httpx
does not follow redirects unless it is told to, so the test sees the 307 and no endpoint runs.
Starlette's `TestClient` follows.

## Bad
```python title=app/main.py
from fastapi import FastAPI

app = FastAPI()


@app.get("/api/v1/products")
async def list_products():
    return []
```
```python title=tests/test_products.py
import pytest
from httpx import ASGITransport, AsyncClient

from app.main import app


@pytest.mark.asyncio
async def test_list_products():
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        response = await client.get("/api/v1/products/")
    assert response.status_code == 200
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
import pytest
from httpx import ASGITransport, AsyncClient

from app.main import app


@pytest.mark.asyncio
async def test_list_products():
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        response = await client.get("/api/v1/products")
    assert response.status_code == 200
```
"""

from gravity_lint.model.testing.requests import Request, requests
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV591",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Testing Patterns",
    subjects=requests,
    default=False,
)
def check(request: Request) -> Answer:
    """The request reaches its route without a redirect."""
    if not request.met or request.call.target is None or request.target.is_open:
        return None
    if request.met_exactly or request.call.follows:
        return CONFORMS
    if request.call.follows is None or not request.table.redirects or request.expects_redirect:
        return None
    route = request.met[0]
    return Violation(
        f"`{request.shown}` differs from the route `{route.path}` in its last slash: the"
        " application answers 307, which httpx does not follow; write the path as the route does"
    )
