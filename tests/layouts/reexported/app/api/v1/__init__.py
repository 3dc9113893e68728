from . import items as stock
from .items import router as items_router

__all__ = ["items_router", "stock"]
