"""Asynchronous clients are closed.

An `AsyncClient` holds connections, or the transport to the application. One that is not closed
leaves them to the garbage collector, which warns at a random later test, or never. Use
`async with`, or call `aclose()`.

## Bad
```python title=tests/test_orders.py
import pytest
from httpx import AsyncClient


@pytest.mark.asyncio
async def test_orders():
    client = AsyncClient(base_url="http://test")
    response = await client.get("/api/v1/orders")
    assert response.status_code == 200
```

## Good
```python title=tests/test_orders.py
import pytest
from httpx import AsyncClient


@pytest.mark.asyncio
async def test_orders():
    async with AsyncClient(base_url="http://test") as client:
        response = await client.get("/api/v1/orders")
    assert response.status_code == 200
```
"""

from gravity_lint import facts as f
from gravity_lint.model.testing.closing import MadeClient, made_clients
from gravity_lint.model.testing.running import awaited_for
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV511",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Testing Patterns",
    subjects=made_clients,
)
def check(client: MadeClient) -> Answer:
    """The client is entered with `async with`, or closed."""
    if client.closed is None:
        return None
    if client.closed:
        return CONFORMS
    made = f.render(client.site.call.function)
    what = f"`{client.name}`" if client.name is not None else f"this `{made}`"
    advice = f"make it with `async with {made}(...)`"
    if client.is_given_away:
        advice = f"yield it out of `async with {made}(...)`"
    if not client.may_be_awaited:
        strict = client.fixture is not None and awaited_for(client.fixture) is False
        advice += ", in an asynchronous " + (
            "fixture (`@pytest_asyncio.fixture`)" if strict else "function"
        )
    return Violation(f"{what} is never closed; {advice}")
