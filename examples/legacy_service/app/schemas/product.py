from typing import Optional

from pydantic import BaseModel, validator


class ProductCreate(BaseModel):
    sku: str
    name: str
    price_cents: int

    @validator("sku")
    def upper_case_sku(cls, value):
        return value.upper()


class ProductUpdate(BaseModel):
    name: Optional[str] = None
    price_cents: Optional[int] = None


class ProductOut(BaseModel):
    id: int
    sku: str
    name: str
    price_cents: int

    class Config:
        from_attributes = True
