import pytest
from httpx import ASGITransport, AsyncClient

from app.main import app
from app.schemas.product import ProductCreate
from app.services.product_service import ProductService

PEN = {"sku": "PEN-01", "name": "Pen", "price_cents": 150}


@pytest.mark.asyncio
async def test_create_product(client, auth_headers):
    """A created product has an ID."""
    response = await client.post("/api/v1/products", json=PEN, headers=auth_headers)
    assert response.status_code == 200
    assert response.json()["data"]["id"]


@pytest.mark.asyncio
async def test_list_products(client, auth_headers):
    await client.post("/api/v1/products/", json=PEN, headers=auth_headers)
    response = await client.get("/api/v1/products/", headers=auth_headers)
    assert len(response.json()["data"]) == 1


@pytest.mark.asyncio
async def test_get_product(client, auth_headers):
    """A product is found by its ID."""
    response = await client.get("/api/v1/product/1", headers=auth_headers)
    assert response.status_code in (200, 404)


async def test_duplicate_sku(db_session):
    """A SKU is created once."""
    service = ProductService(db_session)
    await service.create(ProductCreate(**PEN), user_id=1)
    with pytest.raises(Exception):
        await service.create(ProductCreate(**PEN), user_id=1)


@pytest.mark.asyncio
async def test_delete_product(db_session):
    """Products can be deleted."""
    service = ProductService(db_session)
    product = await service.create(ProductCreate(**PEN), user_id=1)
    await service.delete(product.id)


@pytest.mark.asyncio
async def test_products_need_a_token():
    """Nobody sees products without a token."""
    client = AsyncClient(transport=ASGITransport(app=app), base_url="http://test")
    response = await client.get("/api/v1/products/")
    assert response.status_code == 403
