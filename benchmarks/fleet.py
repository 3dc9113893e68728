"""Write a fleet of services of any size: python benchmarks/fleet.py DIRECTORY [--lines N].

The services follow the patterns and depart from them here and there, always in
the same places, so two runs write the same fleet.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

ENTITIES = ("order", "invoice", "user", "product", "review", "coupon", "shipment", "ticket")

ROUTER = '''"""Routes of {entity}s."""

from fastapi import APIRouter, Depends, status

from app.core.responses import ApiResponse
from app.core.security import User, get_current_user
from app.schemas.{entity} import {cls}Create, {cls}Response
from app.services.{entity} import {cls}Service, get_{entity}_service

router = APIRouter(prefix="/{entity}s", tags=["{entity}s"])
'''
ROUTE = '''

@router.post(
    "/{number}",
    response_model=ApiResponse[{cls}Response],
    status_code={status},
    summary="Create a {entity}",
)
async def create_{entity}_{number}(
    payload: {cls}Create,
    service: {cls}Service = Depends(get_{entity}_service),
    current_user: User = Depends(get_current_user),
) -> ApiResponse[{cls}Response]:
    """Create one.

    Args:
        payload: What the client sends
        service: What does it
        current_user: Who asks

    Returns:
        What was created
    """
    created = await service.create_{number}(payload)
    return ApiResponse(success=True, message="created", data=created)
'''
SERVICE = '''"""What is done with {entity}s."""

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.exceptions import {cls}NotFoundException
from app.models.{entity} import {cls}
from app.schemas.{entity} import {cls}Create

logger = structlog.get_logger(__name__)


class {cls}Service:
    """Business rules."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
'''
METHOD = '''
    async def create_{number}(self, payload: {cls}Create) -> {cls}:
        """Create one.

        Args:
            payload: What the client sends

        Returns:
            The row

        Raises:
            {cls}NotFoundException: There is none of that number
        """
        result = await self.session.execute(select({cls}).where({cls}.id == payload.id))
        found = result.scalar_one_or_none()
        if found is None:
            {log}
            raise {cls}NotFoundException(payload.id)
        self.session.add(found)
        await self.session.commit()
        await self.session.refresh(found)
        logger.info("{entity}_created", id=found.id)
        return found
'''
PROVIDER = '''

def get_{entity}_service(session: AsyncSession) -> {cls}Service:
    """Provide the service."""
    return {cls}Service(session)
'''
SCHEMAS = '''"""Bodies of {entity}s."""

from pydantic import BaseModel, Field


class {cls}Create(BaseModel):
    """What a client sends."""

    id: int = Field(..., description="Its number")


class {cls}Response({cls}Create):
    """What a client gets."""
'''
MODEL = '''"""The table of {entity}s."""

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables."""


class {cls}(Base):
    """A row."""

    __tablename__ = "{entity}s"
    id: Mapped[int] = mapped_column(primary_key=True)
'''

EXCEPTIONS = '''"""What may go wrong."""


class GravityException(Exception):
    """The root of all."""

    status_code = 500
'''
EXCEPTION = '''

class {cls}NotFoundException(GravityException):
    """Raised when there is no such {entity}."""

    status_code = 404
'''
RESPONSES = '''"""The envelope of all answers."""

from typing import Generic, TypeVar

from pydantic import BaseModel, Field

T = TypeVar("T")


class ApiResponse(BaseModel, Generic[T]):
    """What every endpoint answers."""

    success: bool = Field(..., description="Whether it was done")
    message: str = Field(..., description="What was done")
    data: T = Field(..., description="What came of it")
'''
SECURITY = '''"""Who asks."""

from fastapi import Depends
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel

scheme = OAuth2PasswordBearer(tokenUrl="token")


class User(BaseModel):
    """Somebody."""

    id: int


async def get_current_user(token: str = Depends(scheme)) -> User:
    """Return who asks."""
    return User(id=len(token))
'''


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--lines", type=int, default=38_000)
    parser.add_argument("--services", type=int, default=20)
    given = parser.parse_args()
    files = lines = 0
    for path, text in fleet(given.services, given.lines):
        place = given.directory / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        files, lines = files + 1, lines + text.count("\n")
    print(f"{files} files, {lines} lines")


def fleet(services: int, lines: int) -> Iterator[tuple[str, str]]:
    """Yield the path and text of each file."""
    # A route and its method take 49 lines; beside them, an entity takes about 75.
    routes = max(1, (lines // services // len(ENTITIES) - 75) // 49)
    for service in range(services):
        for path, text in application(routes):
            yield f"{service:02}-service/{path}", text


def application(routes: int) -> Iterator[tuple[str, str]]:
    yield "pyproject.toml", '[project]\nname = "service"\n'
    yield "app/__init__.py", ""
    imports = "".join(f"from app.api.{e} import router as {e}_router\n" for e in ENTITIES)
    includes = "".join(f'app.include_router({e}_router, prefix="/api/v1")\n' for e in ENTITIES)
    yield "app/main.py", f"from fastapi import FastAPI\n\n{imports}\napp = FastAPI()\n{includes}"
    yield (
        "app/core/exceptions.py",
        EXCEPTIONS
        + "".join(EXCEPTION.format(cls=entity.title(), entity=entity) for entity in ENTITIES),
    )
    yield "app/core/responses.py", RESPONSES
    yield "app/core/security.py", SECURITY
    for entity in ENTITIES:
        names = {"entity": entity, "cls": entity.title()}
        numbers = range(routes)
        yield (
            f"app/api/{entity}.py",
            ROUTER.format(**names)
            + "".join(
                ROUTE.format(number=n, status="status.HTTP_201_CREATED" if n % 7 else 201, **names)
                for n in numbers
            ),
        )
        yield (
            f"app/services/{entity}.py",
            SERVICE.format(**names)
            + "".join(METHOD.format(number=n, log=logged(n), **names) for n in numbers)
            + PROVIDER.format(**names),
        )
        yield f"app/schemas/{entity}.py", SCHEMAS.format(**names)
        yield f"app/models/{entity}.py", MODEL.format(**names)


def logged(number: int) -> str:
    if number % 9:
        return 'logger.warning("not_found", id=payload.id)'
    return 'logger.warning(f"not found {payload.id}")'


if __name__ == "__main__":
    main()
