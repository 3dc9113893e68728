"""Parameters that many endpoints take."""

from typing import Annotated

from fastapi import Depends, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import get_db

DbSession = Annotated[AsyncSession, Depends(get_db)]
Skip = Annotated[int, Query(ge=0, description="Number of items to skip")]
Limit = Annotated[int, Query(ge=1, le=100, description="Number of items to return")]
CustomerId = Annotated[int, Path(ge=1, description="ID of the customer")]
OrderId = Annotated[int, Path(ge=1, description="ID of the order")]
