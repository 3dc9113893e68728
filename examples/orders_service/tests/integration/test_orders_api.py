"""Integration tests for /api/v1/orders and the lines below it."""

import pytest

pytestmark = pytest.mark.asyncio


async def test_place_and_get_order(client, order_data, auth_headers):
    """POST /orders places what GET /orders/{id} shows."""
    response = await client.post(
        "/api/v1/orders", json=order_data.model_dump(), headers=auth_headers
    )
    assert response.status_code == 201
    placed = response.json()["data"]
    assert (placed["status"], placed["total_cents"]) == ("pending", 2500)

    response = await client.get(f"/api/v1/orders/{placed['id']}", headers=auth_headers)
    assert response.status_code == 200
    assert response.json()["data"] == placed


async def test_list_orders_by_status(client, order, auth_headers):
    """GET /orders filters by state."""
    response = await client.get("/api/v1/orders?status=pending", headers=auth_headers)
    assert response.status_code == 200
    assert [found["id"] for found in response.json()["data"]] == [order.id]

    response = await client.get("/api/v1/orders?status=shipped", headers=auth_headers)
    assert response.status_code == 200
    assert (response.json()["total"], response.json()["total_pages"]) == (0, 0)


async def test_change_status(client, order, auth_headers):
    """PUT /orders/{id}/status takes each step once."""
    for expected in (200, 409):
        response = await client.put(
            f"/api/v1/orders/{order.id}/status",
            json={"status": "confirmed"},
            headers=auth_headers,
        )
        assert response.status_code == expected

    assert response.json()["error"] == "OrderState"


async def test_summary_follows_the_orders(client, order, auth_headers):
    """GET /orders/summary is cached, and fresh all the same."""
    for by_status in ({"pending": 1}, {"cancelled": 1}):
        response = await client.get("/api/v1/orders/summary", headers=auth_headers)
        assert response.status_code == 200
        assert response.json()["data"]["by_status"] == by_status

        await client.put(
            f"/api/v1/orders/{order.id}/status",
            json={"status": "cancelled"},
            headers=auth_headers,
        )


async def test_export_is_for_admins(client, order, auth_headers, admin_headers):
    """GET /orders/export gives admins a table."""
    response = await client.get("/api/v1/orders/export", headers=auth_headers)
    assert response.status_code == 403

    response = await client.get("/api/v1/orders/export", headers=admin_headers)
    assert response.status_code == 200
    assert response.text.splitlines() == [
        "id,customer_id,status,total_cents",
        f"{order.id},{order.customer_id},pending,2500",
    ]


async def test_delete_order(client, order, admin_headers):
    """DELETE /orders/{id} leaves nothing to find."""
    response = await client.delete(f"/api/v1/orders/{order.id}", headers=admin_headers)
    assert response.status_code == 200

    response = await client.get(f"/api/v1/orders/{order.id}", headers=admin_headers)
    assert response.status_code == 404
    assert response.json()["detail"] == f"Order with ID {order.id} not found"


async def test_lines_of_an_order(client, order, auth_headers):
    """POST /orders/{id}/items adds to what GET /orders/{id}/items lists."""
    response = await client.post(
        f"/api/v1/orders/{order.id}/items",
        json={"sku": "CAP-11", "quantity": 2, "unit_price_cents": 50},
        headers=auth_headers,
    )
    assert response.status_code == 201

    response = await client.get(f"/api/v1/orders/{order.id}/items?limit=2", headers=auth_headers)
    assert response.status_code == 200
    assert [line["sku"] for line in response.json()["data"]] == ["PEN-01", "INK-07"]
    assert response.json()["total"] == 3


async def test_lines_need_an_order(client, auth_headers):
    """Lines of an order that does not exist are not an empty list."""
    response = await client.get("/api/v1/orders/999/items", headers=auth_headers)

    assert response.status_code == 404
