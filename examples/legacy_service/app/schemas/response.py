from datetime import datetime
from typing import Generic, List, Optional, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")


class ApiResponse(BaseModel, Generic[T]):
    """Envelope of everything we return."""

    success: bool = Field(..., description="Whether the request was successful")
    message: Optional[str] = Field(None, description="Human-readable message")
    data: Optional[T] = Field(None, description="Response data")
    timestamp: datetime = Field(default_factory=datetime.utcnow)


class BatchResponse(ApiResponse[T]):
    """Envelope of many things done at once."""

    failed: int


class PaginatedResponse(BaseModel, Generic[T]):
    """Envelope of lists."""

    success: bool = True
    data: List[T]
    total: int
    page: int = Field(..., description="Current page number")
    page_size: int = Field(..., description="Items per page")


class ErrorResponse(BaseModel):
    """Envelope of errors."""

    success: bool = False
    error: str
    detail: str = Field(..., description="Error details")
