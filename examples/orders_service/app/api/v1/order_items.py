"""Lines of an order; mounted below the order."""

from fastapi import APIRouter, Depends, status

from app.api.parameters import DbSession, Limit, OrderId, Skip
from app.core.auth import CurrentUser, get_current_user
from app.schemas.order import OrderItemCreate, OrderItemRead
from app.schemas.response import ApiResponse, PaginatedResponse
from app.services.order_service import OrderService

router = APIRouter(tags=["Order items"], dependencies=[Depends(get_current_user)])


@router.post(
    "",
    response_model=ApiResponse[OrderItemRead],
    status_code=status.HTTP_201_CREATED,
    summary="Add a line",
    description="Add a line to an order that is still pending",
)
async def add_order_item(
    order_id: OrderId, item_data: OrderItemCreate, db: DbSession, current_user: CurrentUser
) -> ApiResponse[OrderItemRead]:
    """
    Add a line to an order.

    Args:
        order_id: Order ID
        item_data: Line to add
        db: Database session
        current_user: Authenticated user

    Returns:
        ApiResponse containing the added line

    Raises:
        OrderNotFoundException: If there is no such order
        OrderStateException: If the order is not pending any more
    """
    item = await OrderService(db).add_item(order_id, item_data, current_user.id)
    return ApiResponse(
        success=True,
        message="Line added successfully",
        data=OrderItemRead.model_validate(item),
    )


@router.get(
    "",
    response_model=PaginatedResponse[OrderItemRead],
    summary="List lines",
    description="Get one page of an order's lines",
)
async def list_order_items(
    order_id: OrderId, db: DbSession, skip: Skip = 0, limit: Limit = 10
) -> PaginatedResponse[OrderItemRead]:
    """
    List the lines of an order.

    Args:
        order_id: Order ID
        db: Database session
        skip: Number of items to skip
        limit: Number of items to return

    Returns:
        PaginatedResponse containing lines

    Raises:
        OrderNotFoundException: If there is no such order
    """
    items, total = await OrderService(db).list_items(order_id, skip=skip, limit=limit)
    return PaginatedResponse(
        success=True,
        data=[OrderItemRead.model_validate(item) for item in items],
        total=total,
        page=skip // limit + 1,
        page_size=limit,
    )
