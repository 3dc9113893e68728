from pydantic import BaseModel, ConfigDict


class Reservation(BaseModel):
    sku: str
    warehouse_id: int
    quantity: int


class StockLevel(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    sku: str
    warehouse_id: int
    quantity: int


class WarehouseIn(BaseModel):
    name: str
    city: str


class WarehouseOut(WarehouseIn):
    model_config = ConfigDict(from_attributes=True)

    id: int


class SupplierIn(BaseModel):
    name: str
    lead_time_days: int = 7


class SupplierOut(SupplierIn):
    model_config = ConfigDict(from_attributes=True)

    id: int
