"""Every endpoint of the API is called at least once."""

import pytest

from app.main import app

pytestmark = pytest.mark.asyncio

# (method, path as the API documents it, body, status), in an order that works: the customer
# and the order of the fixtures have the ID 1, and the customer keeps the second order.
CALLS = [
    ("get", "/health", None, 200),
    ("get", "/health/ready", None, 200),
    (
        "post",
        "/api/v1/auth/register",
        {"email": "new@example.com", "full_name": "New", "password": "nanoseconds!"},
        201,
    ),
    (
        "post",
        "/api/v1/auth/login",
        {"email": "new@example.com", "password": "nanoseconds!"},
        200,
    ),
    ("get", "/api/v1/auth/me", None, 200),
    ("post", "/api/v1/customers", {"name": "Charles", "email": "charles@example.com"}, 201),
    ("get", "/api/v1/customers", None, 200),
    ("get", "/api/v1/customers/{customer_id}", None, 200),
    ("patch", "/api/v1/customers/{customer_id}", {"name": "Ada"}, 200),
    (
        "post",
        "/api/v1/orders",
        {"customer_id": 1, "items": [{"sku": "PEN-01", "quantity": 1, "unit_price_cents": 1}]},
        201,
    ),
    ("get", "/api/v1/orders", None, 200),
    ("get", "/api/v1/orders/summary", None, 200),
    ("get", "/api/v1/orders/export", None, 200),
    ("get", "/api/v1/orders/{order_id}", None, 200),
    (
        "post",
        "/api/v1/orders/{order_id}/items",
        {"sku": "CAP-11", "quantity": 1, "unit_price_cents": 1},
        201,
    ),
    ("get", "/api/v1/orders/{order_id}/items", None, 200),
    ("put", "/api/v1/orders/{order_id}/status", {"status": "confirmed"}, 200),
    ("delete", "/api/v1/orders/{order_id}", None, 200),
    ("delete", "/api/v1/customers/{customer_id}", None, 400),
]


async def test_every_endpoint(client, order, admin_headers):
    """The calls cover the API, and each gets the answer it should."""
    documented = {
        (method, path) for path, item in app.openapi()["paths"].items() for method in item
    }
    assert {(method, path) for method, path, _, _ in CALLS} == documented

    for method, path, body, expected in CALLS:
        url = path.format(customer_id=1, order_id=1)
        response = await client.request(method, url, json=body, headers=admin_headers)
        assert response.status_code == expected, f"{method} {path}: {response.text}"
