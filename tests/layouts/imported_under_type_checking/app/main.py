"""An import for type checkers only, beside the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from app.items import router

if TYPE_CHECKING:
    from fastapi import APIRouter

api: APIRouter = router
app: FastAPI = FastAPI()
app.include_router(api, prefix="/api/v1")
