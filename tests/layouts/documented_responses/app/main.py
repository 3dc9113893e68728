from fastapi import APIRouter, FastAPI

from app.answers import COMMON, EITHER, WRITING, Problem

app = FastAPI()
router = APIRouter(prefix="/api/v1/things", responses={404: {"model": Problem}})


@router.get("/{thing_id}", responses=COMMON)
async def get_thing(thing_id: int) -> dict[str, int]:
    return {"id": thing_id}


@router.put("/{thing_id}", responses=WRITING)
async def put_thing(thing_id: int) -> dict[str, int]:
    return {"id": thing_id}


@router.delete("/{thing_id}", status_code=204, responses={204: {"model": None}, **EITHER})
async def delete_thing(thing_id: int) -> None: ...


app.include_router(router, responses={500: {"description": "Something went wrong."}})
