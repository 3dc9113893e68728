import pytest


@pytest.fixture
def warehouse_data():
    return {
        "name": "Central",
        "city": "Lyon"


@pytest.fixture
def supplier_data():
    return {"name": "Acme", "lead_time_days": 3}
