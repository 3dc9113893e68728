"""Customers."""

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import (
    CustomerNotFoundException,
    DuplicateResourceException,
    ValidationException,
)
from app.models.customer import Customer
from app.repositories.customer_repository import CustomerRepository
from app.repositories.order_repository import OrderRepository
from app.schemas.customer import CustomerCreate, CustomerUpdate

logger = structlog.get_logger()


class CustomerService:
    """Service layer for customers."""

    def __init__(self, db: AsyncSession) -> None:
        """
        Initialize service with database session.

        Args:
            db: Database session
        """
        self.db = db
        self.customers = CustomerRepository(db)
        self.orders = OrderRepository(db)

    async def create(self, customer_data: CustomerCreate, user_id: int) -> Customer:
        """
        Create a customer.

        Args:
            customer_data: Customer creation data
            user_id: ID of the user who creates the customer

        Returns:
            Created customer

        Raises:
            DuplicateResourceException: If the address belongs to another customer
        """
        await self._require_free_email(customer_data.email)

        customer = Customer(**customer_data.model_dump())
        self.db.add(customer)
        await self.db.commit()
        await self.db.refresh(customer)

        logger.info("customer_created", customer_id=customer.id, created_by=user_id)
        return customer

    async def get_by_id(self, customer_id: int) -> Customer:
        """
        Get customer by ID.

        Args:
            customer_id: Customer ID

        Returns:
            Customer

        Raises:
            CustomerNotFoundException: If there is none
        """
        customer = await self.customers.get_by_id(customer_id)
        if customer is None:
            raise CustomerNotFoundException(customer_id)
        return customer

    async def list_customers(
        self, skip: int = 0, limit: int = 10, search: str | None = None
    ) -> tuple[list[Customer], int]:
        """
        List customers with pagination and search.

        Args:
            skip: Number of items to skip
            limit: Number of items to return
            search: Part of a name or address

        Returns:
            Tuple of (customers, total count)
        """
        return await self.customers.search(search, skip=skip, limit=limit)

    async def update(
        self, customer_id: int, customer_data: CustomerUpdate, user_id: int
    ) -> Customer:
        """
        Update a customer.

        Args:
            customer_id: Customer ID
            customer_data: Fields that change
            user_id: ID of the user who updates the customer

        Returns:
            Updated customer

        Raises:
            CustomerNotFoundException: If there is no such customer
            DuplicateResourceException: If the new address belongs to another customer
        """
        customer = await self.get_by_id(customer_id)
        if customer_data.email is not None and customer_data.email != customer.email:
            await self._require_free_email(customer_data.email)

        changes = customer_data.model_dump(exclude_unset=True, exclude_none=True)
        for field, value in changes.items():
            setattr(customer, field, value)
        await self.db.commit()
        await self.db.refresh(customer)

        logger.info(
            "customer_updated",
            customer_id=customer_id,
            fields=sorted(changes),
            updated_by=user_id,
        )
        return customer

    async def delete(self, customer_id: int, user_id: int) -> None:
        """
        Delete a customer who never ordered.

        Args:
            customer_id: Customer ID
            user_id: ID of the user who deletes the customer

        Raises:
            CustomerNotFoundException: If there is no such customer
            ValidationException: If the customer has orders
        """
        customer = await self.get_by_id(customer_id)
        if await self.orders.count_for_customer(customer_id) > 0:
            raise ValidationException(f"Customer with ID {customer_id} has orders")

        await self.customers.delete(customer)
        await self.db.commit()

        logger.info("customer_deleted", customer_id=customer_id, deleted_by=user_id)

    async def refresh_orders_placed(self, customer_id: int) -> None:
        """
        Count a customer's orders anew.

        Args:
            customer_id: Customer ID

        Raises:
            CustomerNotFoundException: If there is no such customer
        """
        customer = await self.get_by_id(customer_id)
        customer.orders_placed = await self.orders.count_for_customer(customer_id)
        await self.db.commit()

        logger.info(
            "customer_orders_counted", customer_id=customer_id, orders=customer.orders_placed
        )

    async def _require_free_email(self, email: str) -> None:
        """Refuse an address that a customer has."""
        if await self.customers.get_by_email(email) is not None:
            raise DuplicateResourceException(f"Customer with email '{email}' already exists")
