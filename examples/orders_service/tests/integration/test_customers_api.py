"""Integration tests for /api/v1/customers."""

import pytest

pytestmark = pytest.mark.asyncio


async def test_create_customer(client, auth_headers):
    """POST /customers answers with the customer, and the second time with a conflict."""
    body = {"name": "Ada Lovelace", "email": "ada@example.com"}

    response = await client.post("/api/v1/customers", json=body, headers=auth_headers)
    assert response.status_code == 201
    assert response.json()["data"].items() >= {**body, "orders_placed": 0}.items()

    response = await client.post("/api/v1/customers", json=body, headers=auth_headers)
    assert response.status_code == 409
    assert response.json()["error"] == "DuplicateResource"


async def test_list_customers_pages(client, auth_headers):
    """GET /customers cuts the list into pages."""
    for number in range(15):
        response = await client.post(
            "/api/v1/customers",
            json={"name": f"Customer {number}", "email": f"customer{number}@example.com"},
            headers=auth_headers,
        )
        assert response.status_code == 201

    response = await client.get("/api/v1/customers?skip=10&limit=10", headers=auth_headers)

    assert response.status_code == 200
    page = response.json()
    assert [customer["name"] for customer in page["data"]] == [
        f"Customer {n}" for n in range(10, 15)
    ]
    assert (page["total"], page["page"], page["page_size"], page["total_pages"]) == (15, 2, 10, 2)


@pytest.mark.parametrize("query", ["skip=-1", "limit=0", "limit=101"])
async def test_pages_are_bounded(client, auth_headers, query):
    """Nobody reads the whole table at once."""
    response = await client.get(f"/api/v1/customers?{query}", headers=auth_headers)

    assert response.status_code == 422


async def test_get_and_update_customer(client, customer, auth_headers):
    """PATCH /customers/{id} changes what GET /customers/{id} shows."""
    response = await client.patch(
        f"/api/v1/customers/{customer.id}", json={"name": "Countess"}, headers=auth_headers
    )
    assert response.status_code == 200

    response = await client.get(f"/api/v1/customers/{customer.id}", headers=auth_headers)
    assert response.status_code == 200
    assert response.json()["data"]["name"] == "Countess"
    assert response.json()["data"]["email"] == "ada@example.com"


async def test_only_admins_delete_customers(client, customer, auth_headers, admin_headers):
    """DELETE /customers/{id} needs the role."""
    response = await client.delete(f"/api/v1/customers/{customer.id}", headers=auth_headers)
    assert response.status_code == 403
    assert response.json()["detail"] == "Role 'admin' required"

    response = await client.delete(f"/api/v1/customers/{customer.id}", headers=admin_headers)
    assert response.status_code == 200
    assert response.json()["data"] is None


async def test_customers_with_orders_cannot_be_deleted(client, customer, order, admin_headers):
    """DELETE /customers/{id} breaks a business rule where there are orders."""
    response = await client.delete(f"/api/v1/customers/{customer.id}", headers=admin_headers)

    assert response.status_code == 400
    assert response.json()["error"] == "ValidationError"
