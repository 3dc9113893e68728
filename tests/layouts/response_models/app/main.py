"""Where the response model comes from: the decorator wins, then the annotation."""

from typing import Generic, List, Optional, TypeVar, Union

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

T = TypeVar("T")


class ApiResponse(BaseModel, Generic[T]):
    success: bool
    data: Optional[T] = None


class Item(BaseModel):
    name: str


ItemAnswer = ApiResponse[Item]
app = FastAPI()


@app.get("/explicit", response_model=ApiResponse[Item])
async def explicit():
    return {}


@app.get("/annotated")
async def annotated() -> ApiResponse[Item]:
    return ApiResponse[Item](success=True)


@app.get("/both", response_model=ApiResponse[Item])
async def both() -> Item:
    return Item(name="x")


@app.get("/list")
async def listed() -> List[Item]:
    return []


@app.get("/alias")
async def alias() -> ItemAnswer:
    return ItemAnswer(success=True)


@app.get("/by-hand")
async def by_hand() -> Response:
    return Response()


@app.get("/by-hand-json")
async def by_hand_json() -> JSONResponse:
    return JSONResponse({})


@app.get("/nothing", response_model=None)
async def nothing() -> Union[Item, Response]:
    return Response()


@app.get("/bare")
async def bare():
    return 1


@app.get("/empty", response_model="")
async def empty():
    return {}


@app.get("/empty-mapping", response_model={})
async def empty_mapping():
    return {}
