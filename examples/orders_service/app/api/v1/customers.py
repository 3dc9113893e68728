"""Customers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, status

from app.api.parameters import CustomerId, DbSession, Limit, Skip
from app.core.auth import CurrentUser, get_current_user, require_role
from app.models.user import User, UserRole
from app.schemas.customer import CustomerCreate, CustomerRead, CustomerUpdate
from app.schemas.response import ApiResponse, PaginatedResponse
from app.services.customer_service import CustomerService

router = APIRouter(tags=["Customers"], dependencies=[Depends(get_current_user)])


@router.post(
    "",
    response_model=ApiResponse[CustomerRead],
    status_code=status.HTTP_201_CREATED,
    summary="Create a customer",
    description="Create a customer with an address of their own",
)
async def create_customer(
    customer_data: CustomerCreate, db: DbSession, current_user: CurrentUser
) -> ApiResponse[CustomerRead]:
    """
    Create a customer.

    Args:
        customer_data: Customer creation data
        db: Database session
        current_user: Authenticated user

    Returns:
        ApiResponse containing the created customer

    Raises:
        DuplicateResourceException: If the address belongs to another customer
    """
    customer = await CustomerService(db).create(customer_data, current_user.id)
    return ApiResponse(
        success=True,
        message="Customer created successfully",
        data=CustomerRead.model_validate(customer),
    )


@router.get(
    "",
    response_model=PaginatedResponse[CustomerRead],
    summary="List customers",
    description="Get one page of the customers, or of those that a search finds",
)
async def list_customers(
    db: DbSession,
    skip: Skip = 0,
    limit: Limit = 10,
    search: Annotated[
        str | None, Query(max_length=100, description="Part of a name or address")
    ] = None,
) -> PaginatedResponse[CustomerRead]:
    """
    List customers with pagination and search.

    Args:
        db: Database session
        skip: Number of items to skip
        limit: Number of items to return
        search: Part of a name or address

    Returns:
        PaginatedResponse containing customers
    """
    customers, total = await CustomerService(db).list_customers(
        skip=skip, limit=limit, search=search
    )
    return PaginatedResponse(
        success=True,
        data=[CustomerRead.model_validate(customer) for customer in customers],
        total=total,
        page=skip // limit + 1,
        page_size=limit,
    )


@router.get(
    "/{customer_id}",
    response_model=ApiResponse[CustomerRead],
    summary="Get customer by ID",
    description="Retrieve a single customer",
)
async def get_customer(customer_id: CustomerId, db: DbSession) -> ApiResponse[CustomerRead]:
    """
    Get customer by ID.

    Args:
        customer_id: Customer ID
        db: Database session

    Returns:
        ApiResponse containing the customer

    Raises:
        CustomerNotFoundException: If there is none
    """
    customer = await CustomerService(db).get_by_id(customer_id)
    return ApiResponse(success=True, data=CustomerRead.model_validate(customer))


@router.patch(
    "/{customer_id}",
    response_model=ApiResponse[CustomerRead],
    summary="Update customer",
    description="Change the given fields of a customer",
)
async def update_customer(
    customer_id: CustomerId,
    customer_data: CustomerUpdate,
    db: DbSession,
    current_user: CurrentUser,
) -> ApiResponse[CustomerRead]:
    """
    Update customer.

    Args:
        customer_id: Customer ID
        customer_data: Fields that change
        db: Database session
        current_user: Authenticated user

    Returns:
        ApiResponse containing the updated customer

    Raises:
        CustomerNotFoundException: If there is no such customer
        DuplicateResourceException: If the new address belongs to another customer
    """
    customer = await CustomerService(db).update(customer_id, customer_data, current_user.id)
    return ApiResponse(
        success=True,
        message="Customer updated successfully",
        data=CustomerRead.model_validate(customer),
    )


@router.delete(
    "/{customer_id}",
    response_model=ApiResponse[None],
    status_code=status.HTTP_200_OK,
    summary="Delete customer",
    description="Delete a customer who never ordered; for admins",
)
async def delete_customer(
    customer_id: CustomerId,
    db: DbSession,
    admin: Annotated[User, Depends(require_role(UserRole.ADMIN))],
) -> ApiResponse[None]:
    """
    Delete customer.

    Args:
        customer_id: Customer ID
        db: Database session
        admin: Authenticated admin

    Returns:
        ApiResponse with success message

    Raises:
        CustomerNotFoundException: If there is no such customer
        ValidationException: If the customer has orders
    """
    await CustomerService(db).delete(customer_id, admin.id)
    return ApiResponse(success=True, message="Customer deleted successfully")
