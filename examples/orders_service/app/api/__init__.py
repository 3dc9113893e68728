"""The HTTP API: versioned routes below one prefix, health checks beside it."""

from fastapi import APIRouter

from app.api import health, v1
from app.config import settings

api_router = APIRouter()
api_router.include_router(health.router)
api_router.include_router(v1.router, prefix=settings.api_v1_prefix)

__all__ = ["api_router"]
