"""Unit tests for CustomerService."""

import pytest

from app.core.exceptions import (
    CustomerNotFoundException,
    DuplicateResourceException,
    ValidationException,
)
from app.schemas.customer import CustomerCreate, CustomerUpdate
from app.services.customer_service import CustomerService

pytestmark = pytest.mark.asyncio


async def test_create_refuses_a_taken_address(db_session, customer, staff):
    """Two customers cannot share an address."""
    twin = CustomerCreate(name="Ada's twin", email=customer.email)

    with pytest.raises(DuplicateResourceException, match="ada@example.com"):
        await CustomerService(db_session).create(twin, user_id=staff.id)


async def test_update_changes_only_what_is_given(db_session, customer, staff):
    """Fields that are absent or null stay as they are."""
    changes = CustomerUpdate.model_validate({"name": "Countess of Lovelace", "email": None})

    updated = await CustomerService(db_session).update(customer.id, changes, user_id=staff.id)

    assert (updated.name, updated.email) == ("Countess of Lovelace", "ada@example.com")


async def test_update_refuses_a_taken_address(db_session, customer, staff):
    """A customer cannot take over another one's address."""
    service = CustomerService(db_session)
    other = await service.create(
        CustomerCreate(name="Charles", email="charles@example.com"), user_id=staff.id
    )

    with pytest.raises(DuplicateResourceException):
        await service.update(other.id, CustomerUpdate(email=customer.email), user_id=staff.id)


async def test_search_takes_wildcards_literally(db_session, customer):
    """A percent sign is looked for, it does not match everything."""
    service = CustomerService(db_session)

    assert await service.list_customers(search="LOVE") == ([customer], 1)
    assert await service.list_customers(search="%") == ([], 0)


async def test_customers_with_orders_stay(db_session, customer, order, staff):
    """A customer who ordered cannot be deleted."""
    with pytest.raises(ValidationException, match="has orders"):
        await CustomerService(db_session).delete(customer.id, user_id=staff.id)


async def test_customers_without_orders_go(db_session, customer, staff):
    """A deleted customer is not found."""
    service = CustomerService(db_session)

    await service.delete(customer.id, user_id=staff.id)

    with pytest.raises(CustomerNotFoundException):
        await service.get_by_id(customer.id)
