"""Schemas of customers."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, EmailStr, Field


class CustomerCreate(BaseModel):
    """What is needed to create a customer."""

    name: str = Field(..., min_length=1, max_length=200, description="Full name or company")
    email: EmailStr = Field(..., description="Address for confirmations, unique")


class CustomerUpdate(BaseModel):
    """What may change of a customer; absent and null fields stay as they are."""

    name: str | None = Field(None, min_length=1, max_length=200, description="Full name or company")
    email: EmailStr | None = Field(None, description="Address for confirmations, unique")


class CustomerRead(BaseModel):
    """A customer, as the API shows them."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(..., description="ID of the customer")
    name: str = Field(..., description="Full name or company")
    email: EmailStr = Field(..., description="Address for confirmations")
    orders_placed: int = Field(..., description="Number of orders so far")
    created_at: datetime = Field(..., description="When the customer was created")
