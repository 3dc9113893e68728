"""Envelopes that every response comes in."""

from datetime import datetime, timezone
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, computed_field

T = TypeVar("T")


def _now() -> datetime:
    """Give the current time, with its zone."""
    return datetime.now(timezone.utc)


class ApiResponse(BaseModel, Generic[T]):
    """Envelope of a single result."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "success": True,
                "message": "Operation completed successfully",
                "data": {"id": 1},
                "timestamp": "2025-11-10T10:00:00Z",
            }
        }
    )

    success: bool = Field(..., description="Whether the request was successful")
    message: str | None = Field(None, description="Human-readable message")
    data: T | None = Field(None, description="Response data")
    timestamp: datetime = Field(default_factory=_now, description="When the response was made")


class PaginatedResponse(BaseModel, Generic[T]):
    """Envelope of one page of a list."""

    success: bool = Field(True, description="Whether the request was successful")
    data: list[T] = Field(..., description="Items of this page")
    total: int = Field(..., ge=0, description="Total number of items")
    page: int = Field(..., ge=1, description="Number of this page, from 1")
    page_size: int = Field(..., ge=1, description="Items per page")

    @computed_field(description="Total number of pages")  # type: ignore[prop-decorator]
    @property
    def total_pages(self) -> int:
        """Count the pages; the last one may be incomplete."""
        return -(-self.total // self.page_size)


class ErrorResponse(BaseModel):
    """Envelope of an error."""

    success: bool = Field(False, description="Always false")
    error: str = Field(..., description="Error type")
    detail: str | list[dict[str, Any]] = Field(..., description="What went wrong, and where")
    timestamp: datetime = Field(default_factory=_now, description="When the response was made")
