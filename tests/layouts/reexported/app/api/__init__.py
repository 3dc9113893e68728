from .v1 import items_router as api_router

__all__ = ["api_router"]
