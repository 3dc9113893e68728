"""Schemas of orders and their items."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from app.models.order import OrderStatus


class OrderItemCreate(BaseModel):
    """One line of an order to be."""

    sku: str = Field(..., pattern=r"^[A-Z0-9-]{3,32}$", description="Stock keeping unit")
    quantity: int = Field(..., ge=1, le=1000, description="Number of pieces")
    unit_price_cents: int = Field(..., ge=0, description="Price of one piece in cents")


class OrderCreate(BaseModel):
    """What is needed to place an order."""

    customer_id: int = Field(..., description="ID of the customer who orders")
    note: str | None = Field(None, max_length=500, description="Remark of the customer")
    items: list[OrderItemCreate] = Field(..., min_length=1, description="Lines of the order")


class OrderStatusChange(BaseModel):
    """The next state of an order."""

    status: OrderStatus = Field(..., description="State that the order goes to")


class OrderItemRead(BaseModel):
    """One line of an order, as the API shows it."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(..., description="ID of the line")
    sku: str = Field(..., description="Stock keeping unit")
    quantity: int = Field(..., description="Number of pieces")
    unit_price_cents: int = Field(..., description="Price of one piece in cents")


class OrderRead(BaseModel):
    """An order, as the API shows it."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(..., description="ID of the order")
    customer_id: int = Field(..., description="ID of the customer who ordered")
    status: OrderStatus = Field(..., description="How far the order is")
    note: str | None = Field(None, description="Remark of the customer")
    total_cents: int = Field(..., description="Sum of all lines in cents")
    items: list[OrderItemRead] = Field(..., description="Lines of the order")
    created_at: datetime = Field(..., description="When the order was placed")


class OrderSummary(BaseModel):
    """How many orders there are in each state."""

    by_status: dict[OrderStatus, int] = Field(..., description="Number of orders per state")
    revenue_cents: int = Field(..., description="Sum of all orders that are not cancelled")
