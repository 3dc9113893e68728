"""What a type is in JSON is what pydantic and FastAPI make of it, on the way in and out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.contract.extraction import describe_all
from gravity_lint.contract.openapi import document
from tests.contract.documents import differences, operations
from tests.contract.pairs import running

HEAD = """
import datetime as dt
import decimal
import enum
import ipaddress
import pathlib
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Dict, Generic, List, Literal, NamedTuple, Optional, Set, Tuple
from typing import TypeVar, Union

import annotated_types as at
import pydantic
from fastapi import FastAPI, Header, Path, Query
from pydantic import AfterValidator, AliasGenerator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic import PlainSerializer, RootModel, StringConstraints, computed_field
from pydantic.alias_generators import to_camel, to_pascal
from typing_extensions import NotRequired, TypedDict

T = TypeVar("T")
U = TypeVar("U")
app = FastAPI()
Short = Annotated[str, StringConstraints(max_length=9)]
Maybe = Optional[T]
KINDS = Literal["a", "b"]


def camel(name: str) -> str:
    return to_camel(name)


class Number(int, enum.Enum):
    ONE = 1
    TWO = 2


class Auto(enum.Enum):
    A = enum.auto()
    B = enum.auto()


class Word(enum.StrEnum if hasattr(enum, "StrEnum") else str):
    pass


class Point(NamedTuple):
    x: int
    y: float


class Options(TypedDict):
    size: int
    name: NotRequired[str]


class Loose(TypedDict, total=False):
    size: int


@dataclass
class Data:
    a: int
    b: str = "x"


class Names(RootModel[List[str]]):
    pass


class Pair(BaseModel, Generic[T, U]):
    first: T
    second: U


class Ints(Pair[int, T], Generic[T]):
    third: T


class Tree(BaseModel):
    value: int
    children: List["Tree"] = []


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    first_name: str
    field_1: int = 1
    http_url_2x: str = ""


class Own(BaseModel):
    model_config = ConfigDict(alias_generator=camel)
    last_name: str


class Both(BaseModel):
    model_config = ConfigDict(
        alias_generator=AliasGenerator(validation_alias=to_camel, serialization_alias=to_pascal)
    )
    last_name: str


class Aliased(BaseModel):
    a: int = Field(alias="A")
    b: int = Field(validation_alias="inB", serialization_alias="outB")
    c: Annotated[int, Field(alias="C")] = 3


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int


class Child(Open):
    b: int = Field(default=2, exclude=True)
    c: str | None = None

    @computed_field
    @property
    def d(self) -> List[int]:
        return []


class Hidden(BaseModel):
    _secret: int = 1
    shown: int
"""
TEXT = """
str
int
float
bool
bytes
Any
dict
list
tuple
set
object
dt.datetime
dt.date
dt.time
dt.timedelta
decimal.Decimal
uuid.UUID
pathlib.Path
ipaddress.IPv4Address
ipaddress.IPv6Address
ipaddress.IPv4Network
Optional[int]
int | None
Union[int, str]
Union[int, str, None]
Maybe[int]
List[int]
Sequence[str]
deque[int]
Set[int]
frozenset[str]
Tuple[int, str]
Tuple[int, ...]
Dict[str, int]
Mapping[str, List[int]]
Dict[str, Any]
Literal["a", 1]
Literal["a"]
KINDS
Optional[KINDS]
Number
Auto
Point
Options
Loose
Data
Names
Pair[int, str]
Pair[Optional[int], List[Pair[str, str]]]
Pair
Ints[str]
Tree
Union[Cat, Dog]
Annotated[Union[Cat, Dog], Field(discriminator="kind")]
Camel
Own
Both
Aliased
Open
Child
Hidden
Short
Annotated[Short, Field(min_length=2)]
Annotated[int, Field(ge=1, lt=9)]
Annotated[int, at.Gt(1), at.Le(7)]
Annotated[List[int], at.Len(1, 3)]
Annotated[str, at.MinLen(2), BeforeValidator(str)]
Annotated[float, at.MultipleOf(0.5)]
Annotated[str, AfterValidator(str)]
Annotated[int, PlainSerializer(lambda v: str(v), return_type=str)]
Annotated[decimal.Decimal, Field(ge=0)]
Annotated[str, Field(pattern="^a+$")]
Optional[Annotated[int, Field(ge=1)]]
pydantic.EmailStr
pydantic.HttpUrl
pydantic.AnyUrl
pydantic.UUID4
pydantic.SecretStr
pydantic.PositiveInt
pydantic.NonNegativeInt
pydantic.NegativeFloat
pydantic.StrictInt
pydantic.conint(gt=1)
pydantic.constr(min_length=1, max_length=3)
pydantic.conlist(int, min_length=1)
pydantic.AwareDatetime
pydantic.PastDate
pydantic.FutureDatetime
pydantic.IPvAnyAddress
pydantic.FilePath
pydantic.Json
"""
PARAMETERS = """
@app.get("/{a}")
def parameters(
    a: pydantic.UUID4 = Path(...),
    b: pydantic.PositiveInt = Query(1),
    c: Short = Query("x", min_length=2),
    d: pydantic.PositiveInt = 3,
    e: Annotated[pydantic.PositiveInt, Query()] = 4,
    g: Optional[pydantic.PositiveInt] = Query(None),
    h: pydantic.conint(gt=3) = Query(5),
    i: List[pydantic.PositiveInt] = Query([]),
    j: Annotated[Short, Query(min_length=1)] = "y",
    k: pydantic.HttpUrl = Query("http://a"),
    x_token: str = Header("z"),
    x_plain: Annotated[str, Header(convert_underscores=False)] = "z",
    l: Annotated[List[int], Query(alias="ell", max_length=3)] = [],
    m: Number = Query(Number.ONE),
    n: KINDS = "a",
    o: Optional[Short] = None,
    p=4,
    q: str = Query(..., pattern="^a"),
): ...
"""
TYPES = TEXT.strip().splitlines()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """The operations that the source tells and those of the running application."""
    top = tmp_path_factory.mktemp("types")
    place = top / "service"
    (place / "app").mkdir(parents=True)
    (place / "pyproject.toml").touch()
    (place / "app" / "__init__.py").touch()
    code = (
        HEAD
        + PARAMETERS
        + "".join(
            f"\n\nclass M{number}(BaseModel):\n    field: {kind}\n\n\n"
            f'@app.post("/{number}")\nasync def f{number}(body: M{number}) -> M{number}: ...\n'
            for number, kind in enumerate(TYPES)
        )
    )
    (place / "app" / "main.py").write_text(code, encoding="utf-8")
    (top / "requests.json").write_text('{"service": []}', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(Path(running.__file__)), str(top), str(top / "requests.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    real = operations(json.loads(done.stdout)["service"]["openapi"])
    return operations(document(describe_all([place], place).descriptions, "types")), real


@pytest.mark.parametrize("number", range(len(TYPES)), ids=TYPES)
def test_a_type(number: int, both: tuple[dict[Any, Any], dict[Any, Any]]) -> None:
    known, real = (side["POST", f"/{number}"] for side in both)
    assert list(differences(known, real)) == []


def test_parameters(both: tuple[dict[Any, Any], dict[Any, Any]]) -> None:
    """FastAPI drops what limits the type of a parameter whose default is a marker."""
    known, real = (side["GET", "/{a}"] for side in both)
    assert list(differences(known, real)) == []


def test_nearly_all_types_are_known(both: tuple[dict[Any, Any], dict[Any, Any]]) -> None:
    unknown = [
        kind
        for number, kind in enumerate(TYPES)
        if "x-unknown" in repr(both[0]["POST", f"/{number}"])
    ]
    assert unknown == ["pydantic.Json"]
