"""Orders."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, status
from fastapi.responses import PlainTextResponse

from app.api.parameters import DbSession, Limit, OrderId, Skip
from app.core.auth import CurrentUser, get_current_user, require_role
from app.models.order import OrderStatus
from app.models.user import User, UserRole
from app.schemas.order import (
    OrderCreate,
    OrderRead,
    OrderStatusChange,
    OrderSummary,
)
from app.schemas.response import ApiResponse, PaginatedResponse
from app.services.order_service import OrderService

router = APIRouter(prefix="/orders", tags=["Orders"])


@router.post(
    "",
    response_model=ApiResponse[OrderRead],
    status_code=status.HTTP_201_CREATED,
    summary="Place an order",
    description="Place an order of a customer, with all its lines",
)
async def create_order(
    order_data: OrderCreate, db: DbSession, current_user: CurrentUser
) -> ApiResponse[OrderRead]:
    """
    Place an order.

    Args:
        order_data: Order creation data
        db: Database session
        current_user: Authenticated user

    Returns:
        ApiResponse containing the placed order

    Raises:
        CustomerNotFoundException: If the customer does not exist
    """
    order = await OrderService(db).create(order_data, current_user.id)
    return ApiResponse(
        success=True,
        message="Order placed successfully",
        data=OrderRead.model_validate(order),
    )


@router.get(
    "",
    response_model=PaginatedResponse[OrderRead],
    summary="List orders",
    description="Get one page of the orders, newest first",
    dependencies=[Depends(get_current_user)],
)
async def list_orders(
    db: DbSession,
    skip: Skip = 0,
    limit: Limit = 10,
    order_status: Annotated[
        OrderStatus | None, Query(alias="status", description="State of the orders")
    ] = None,
    customer_id: Annotated[int | None, Query(description="Customer who ordered")] = None,
) -> PaginatedResponse[OrderRead]:
    """
    List orders with pagination.

    Args:
        db: Database session
        skip: Number of items to skip
        limit: Number of items to return
        order_status: State of the orders
        customer_id: Customer who ordered

    Returns:
        PaginatedResponse containing orders
    """
    orders, total = await OrderService(db).list_orders(
        skip=skip, limit=limit, status=order_status, customer_id=customer_id
    )
    return PaginatedResponse(
        success=True,
        data=[OrderRead.model_validate(order) for order in orders],
        total=total,
        page=skip // limit + 1,
        page_size=limit,
    )


@router.get(
    "/summary",
    response_model=ApiResponse[OrderSummary],
    summary="Summarize orders",
    description="Count orders per state and sum up revenue; up to a minute old",
    dependencies=[Depends(get_current_user)],
)
async def get_order_summary(db: DbSession) -> ApiResponse[OrderSummary]:
    """
    Summarize orders.

    Args:
        db: Database session

    Returns:
        ApiResponse containing the summary
    """
    totals = await OrderService(db).summarize()
    return ApiResponse(success=True, data=OrderSummary.model_validate(totals))


@router.get(
    "/export",
    response_class=PlainTextResponse,
    summary="Export orders",
    description="Download the newest orders as comma-separated values; for admins",
    dependencies=[Depends(require_role(UserRole.ADMIN))],
)
async def export_orders(db: DbSession) -> PlainTextResponse:
    """
    Export orders.

    Args:
        db: Database session

    Returns:
        Comma-separated values
    """
    content = await OrderService(db).export_csv()
    return PlainTextResponse(content, media_type="text/csv")


@router.get(
    "/{order_id}",
    response_model=ApiResponse[OrderRead],
    summary="Get order by ID",
    description="Retrieve a single order with its lines",
    dependencies=[Depends(get_current_user)],
)
async def get_order(order_id: OrderId, db: DbSession) -> ApiResponse[OrderRead]:
    """
    Get order by ID.

    Args:
        order_id: Order ID
        db: Database session

    Returns:
        ApiResponse containing the order

    Raises:
        OrderNotFoundException: If there is none
    """
    order = await OrderService(db).get_by_id(order_id)
    return ApiResponse(success=True, data=OrderRead.model_validate(order))


@router.put(
    "/{order_id}/status",
    response_model=ApiResponse[OrderRead],
    summary="Change status of order",
    description="Confirm, ship or cancel an order",
)
async def change_order_status(
    order_id: OrderId, change: OrderStatusChange, db: DbSession, current_user: CurrentUser
) -> ApiResponse[OrderRead]:
    """
    Move an order to its next state.

    Args:
        order_id: Order ID
        change: State that the order goes to
        db: Database session
        current_user: Authenticated user

    Returns:
        ApiResponse containing the order in its new state

    Raises:
        OrderNotFoundException: If there is no such order
        OrderStateException: If the order cannot go to that state
    """
    order = await OrderService(db).change_status(order_id, change.status, current_user.id)
    return ApiResponse(success=True, data=OrderRead.model_validate(order))


@router.delete(
    "/{order_id}",
    response_model=ApiResponse[None],
    status_code=status.HTTP_200_OK,
    summary="Delete order",
    description="Delete an order that was not shipped; for admins",
)
async def delete_order(
    order_id: OrderId,
    db: DbSession,
    admin: Annotated[User, Depends(require_role(UserRole.ADMIN))],
) -> ApiResponse[None]:
    """
    Delete order.

    Args:
        order_id: Order ID
        db: Database session
        admin: Authenticated admin

    Returns:
        ApiResponse with success message

    Raises:
        OrderNotFoundException: If there is no such order
        OrderStateException: If the order has been shipped
    """
    await OrderService(db).delete(order_id, admin.id)
    return ApiResponse(success=True, message="Order deleted successfully")
