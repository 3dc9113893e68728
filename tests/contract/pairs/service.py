"""A small service of which each pair changes one thing."""

FILES = {
    "app/__init__.py": "",
    "app/errors.py": '''
import json

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


class GravityException(Exception):
    """What domain exceptions have in common."""


class TooHeavyError(Exception):
    """An exception of another root."""


async def too_heavy(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "too heavy"}, status_code=409)


class AtSeaError(Exception):
    status_code = 500


class StrandedError(AtSeaError):
    status_code = 423


async def at_sea(request: Request, error: AtSeaError) -> JSONResponse:
    return JSONResponse({"detail": "at sea"}, status_code=error.status_code)


async def unknown(request: Request, error: LookupError) -> JSONResponse:
    return JSONResponse({"detail": "unknown"}, status_code=404)


async def unreadable(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "unreadable"}, status_code=400)


class BoatNotFoundError(GravityException):
    """There is no such boat."""


async def not_found(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "no such boat"}, status_code=404)


def install(app: FastAPI) -> None:
    app.add_exception_handler(BoatNotFoundError, not_found)
    app.add_exception_handler(TooHeavyError, too_heavy)
    app.add_exception_handler(AtSeaError, at_sea)
    app.add_exception_handler(LookupError, unknown)
    app.add_exception_handler(json.JSONDecodeError, unreadable)
''',
    "app/security.py": """
from enum import Enum

from fastapi import Depends, HTTPException, Security
from fastapi.security import OAuth2PasswordBearer, SecurityScopes

scheme = OAuth2PasswordBearer(tokenUrl="/token")


async def get_current_user(token: str = Depends(scheme)) -> str:
    if token != "secret":
        raise HTTPException(status_code=401)
    return token


def require_role(role: str):
    async def check(user: str = Depends(get_current_user)) -> str:
        if role != "sailor":
            raise HTTPException(status_code=403)
        return user

    return check


class Right(str, Enum):
    READ = "read"
    MOOR = "moor"


class Keeper:
    def __init__(self, rights: list[Right], lenient: bool = False) -> None:
        self.rights = rights

    async def __call__(self, user: str = Depends(get_current_user)) -> str:
        if Right.MOOR in self.rights:
            raise HTTPException(status_code=403)
        return user


async def scoped(scopes: SecurityScopes, user: str = Depends(get_current_user)) -> str:
    if "moor" in scopes.scopes:
        raise HTTPException(status_code=403)
    return user
""",
    "app/schemas.py": """
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Generic, Literal, TypeVar, Union

from pydantic import BaseModel, ConfigDict, Field, computed_field, field_serializer
from pydantic.alias_generators import to_camel

T = TypeVar("T")


class Colour(str, Enum):
    RED = "red"
    BLUE = "blue"


class ApiResponse(BaseModel, Generic[T]):
    success: bool
    data: T


class PaginatedResponse(BaseModel, Generic[T]):
    success: bool
    data: list[T]
    total: int
    page: int


class ErrorBody(BaseModel):
    error: str


class Engine(BaseModel):
    kind: Literal["engine"] = "engine"
    power: int


class Sail(BaseModel):
    kind: Literal["sail"] = "sail"
    area: float


class Owner(BaseModel):
    name: str
    email: str | None = None


class BoatBase(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    length: int = Field(ge=1, le=400)


class BoatCreate(BoatBase):
    colour: Colour
    note: str | None = None
    crew: int = 2
    tags: list[str] = Field(default=[], max_length=5)
    drive: Annotated[Union[Engine, Sail], Field(discriminator="kind")]


class BoatRead(BoatBase):
    model_config = ConfigDict(from_attributes=True)

    id: int
    colour: Colour
    price: Decimal
    built: datetime
    owner: Owner
    papers: dict[str, str]
    drive: Engine | Sail
    remark: str | None = None
    rank: int | None = None


class Harbour(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    harbour_name: str
    berth_count: int = Field(alias="berths")


def shout(name: str) -> str:
    return name.upper()


class Loud(BaseModel):
    model_config = ConfigDict(alias_generator=shout)

    crew: int
    flag: bool = False


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: str
    level: int = 1
""",
    "app/boats.py": """
import json
from typing import Annotated

from fastapi import APIRouter, Body, Cookie, Depends, File, Form, Header, HTTPException, Query
from fastapi import Response, Security, UploadFile, status
from fastapi.responses import JSONResponse, PlainTextResponse

from app.errors import BoatNotFoundError, StrandedError, TooHeavyError
from app.schemas import (
    ApiResponse,
    BoatCreate,
    BoatRead,
    Colour,
    Engine,
    ErrorBody,
    Harbour,
    Loud,
    Owner,
    PaginatedResponse,
    Sail,
    Strict,
)
from app.security import Keeper, Right, get_current_user, require_role, scheme, scoped

router = APIRouter(prefix="/boats", tags=["boats"])

BOAT = {
    "id": 1,
    "name": "Ariel",
    "length": 12,
    "colour": "red",
    "price": "10.5",
    "built": "2020-01-01T00:00:00",
    "owner": {"name": "Prospero"},
    "papers": {},
    "drive": {"power": 3},
    "rank": None,
}


def find(boat_id: int) -> dict:
    if boat_id > 100:
        raise BoatNotFoundError
    if boat_id > 50:
        raise HTTPException(status_code=410)
    return BOAT


def paging(limit: int = Query(10, ge=1, le=100), skip: int = Query(0, ge=0)) -> tuple[int, int]:
    return limit, skip


@router.get("", response_model=PaginatedResponse[BoatRead])
async def list_boats(
    *,
    pages: tuple[int, int] = Depends(paging),
    colour: Colour | None = None,
    name: Annotated[str | None, Query(alias="q", min_length=2)] = None,
    order: str = "name",
    kinds: Annotated[list[str], Query()] = [],
    trace: Annotated[str | None, Header()] = None,
    session: Annotated[str | None, Cookie()] = None,
):
    return {"success": True, "data": [BOAT], "total": 1, "page": 1}


@router.get("/names", response_model=list[str])
async def names():
    return ["Ariel"]


@router.get(
    "/{boat_id}", response_model=ApiResponse[BoatRead], responses={404: {"model": ErrorBody}}
)
async def get_boat(boat_id: int):
    return {"success": True, "data": find(boat_id)}


@router.post("", response_model=ApiResponse[BoatRead], status_code=status.HTTP_201_CREATED)
async def create_boat(boat: BoatCreate):
    return {"success": True, "data": BOAT}


@router.put("/{boat_id}", response_model=BoatRead, dependencies=[Depends(get_current_user)])
async def put_boat(boat_id: int, boat: BoatCreate):
    return BOAT


@router.patch("/{boat_id}", response_model=BoatRead)
async def patch_boat(
    boat_id: int,
    name: Annotated[str, Body()],
    length: Annotated[int | None, Body(le=400)] = None,
):
    return BOAT


@router.delete(
    "/{boat_id}",
    status_code=204,
    dependencies=[Depends(require_role("sailor"))],
)
async def delete_boat(boat_id: int) -> None:
    return None


@router.post("/{boat_id}/photo", response_model=ErrorBody)
async def photo(*, boat_id: int, file: UploadFile, title: Annotated[str, Form()] = "none"):
    return {"error": title}


@router.post("/{boat_id}/form", response_model=ErrorBody)
async def form(boat_id: int, title: Annotated[str, Form(max_length=20)]):
    return {"error": title}


@router.get("/{boat_id}/text", response_class=PlainTextResponse)
async def text(boat_id: int):
    return "Ariel"


@router.post("/harbours", response_model=Harbour)
async def harbours(harbour: Harbour):
    return harbour


@router.get("/{boat_id}/weight")
async def weight(boat_id: int):
    if boat_id > 40:
        raise TooHeavyError
    return 1


@router.get("/{boat_id}/course")
async def course(boat_id: int):
    if boat_id > 70:
        raise KeyError(boat_id)
    if boat_id > 40:
        raise StrandedError
    return json.loads("{" * (boat_id > 10) + "1")


LIMITED = {
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"detail": {"type": "string"}, "wait": {"type": "integer"}},
                "required": ["detail", "wait"],
            }
        },
        "text/plain": {},
    }
}


@router.get("/{boat_id}/chart", responses={429: LIMITED})
async def chart(boat_id: int):
    return 1


@router.post("/loud", response_model=Loud)
async def loud(loud: Loud):
    return loud


@router.post("/strict", response_model=Strict)
async def strict(strict: Strict):
    return strict


@router.get("/{boat_id}/owner", response_model=Owner, response_model_exclude_none=False)
async def owner(boat_id: int, user: str = Security(scoped, scopes=["read"])):
    return {"name": "Prospero"}


@router.get("/{boat_id}/berth")
async def berth(boat_id: int, user: str = Depends(Keeper(rights=[Right.READ]))):
    return 1


@router.get("/{boat_id}/raw")
async def raw(boat_id: int):
    return find(boat_id)
""",
    "app/main.py": """
from fastapi import FastAPI

from app import boats
from app.errors import install

app = FastAPI()
install(app)
app.include_router(boats.router, prefix="/api/v1")
""",
}
